/** Who asks over HTTP: an access token and a proof of its key, judged before the body is read. */
import type { Refusal } from "@parley/protocol";
import type { FastifyRequest } from "fastify";
import type { AccessTokens } from "../authenticate/access-token.js";
import type { Proofs } from "../authenticate/proof.js";
import { oneHeader } from "./headers.js";
import type { Authenticated } from "./route.js";

export type Authenticate = (request: FastifyRequest, now: number) => Promise<Authenticated | Refusal>;

const scheme = /^DPoP ([A-Za-z0-9._-]+)$/;

export function openAuthenticate(tokens: AccessTokens, proofs: Proofs): Authenticate {
  return async (request, now) => {
    const authorization = oneHeader(request, "authorization");
    const token = authorization === undefined ? undefined : scheme.exec(authorization)?.[1];
    const proof = oneHeader(request, "dpop");
    if (token === undefined || proof === undefined) return { code: "access.missing" };
    const access = await tokens.read(token, now);
    if ("code" in access) return access;
    const [path = ""] = request.url.split("?");
    const shown = await proofs.check(proof, { method: request.method, path, ath: access.digest }, now);
    if ("code" in shown) return shown;
    // [ID-17] A stolen token is worth nothing without the key that it is bound to.
    if (shown.thumbprint !== access.thumbprint) return { code: "access.proof" };
    const { principal, generation, thumbprint } = access;
    return { caller: { principal, generation }, thumbprint };
  };
}
