/** Who asks over HTTP: an access token and a proof of its key, judged before the body is read. */
import type { Refusal, RefusalCode } from "@parley/protocol";
import type { FastifyRequest } from "fastify";
import type { Caller } from "../../governance/command.js";
import type { AccessTokens } from "../authenticate/access-token.js";
import type { Proofs, Shown } from "../authenticate/proof.js";
import { oneHeader } from "./headers.js";
import type { Authenticated } from "./route.js";

export type Authenticate = (request: FastifyRequest, now: number) => Promise<Authenticated | Refusal>;

const scheme = /^DPoP ([A-Za-z0-9._-]+)$/;

/** Told of a valid token that came with a proof which is not its holder's, or not for the first time [REC-6]. */
export type Misused = (caller: Caller, code: RefusalCode, request: FastifyRequest) => Promise<void>;

export function openAuthenticate(tokens: AccessTokens, proofs: Proofs, misused: Misused): Authenticate {
  return async (request, now) => {
    const authorization = oneHeader(request, "authorization");
    const token = authorization === undefined ? undefined : scheme.exec(authorization)?.[1];
    const proof = oneHeader(request, "dpop");
    if (token === undefined || proof === undefined) return { code: "access.missing" };
    const access = await tokens.read(token, now);
    if ("code" in access) return access;
    const [path = ""] = request.url.split("?");
    const { principal, generation, thumbprint, expiresAt } = access;
    const caller = { principal, generation };
    const shown = await proofs.check(proof, { method: request.method, path, ath: access.digest }, now);
    const refusal = refusalOf(shown, thumbprint);
    if (refusal === undefined) return { caller, thumbprint, expiresAt };
    // An old nonce is how everybody's next request begins; the others are how a stolen token shows.
    if (refusal.code === "access.proof" || refusal.code === "access.replayed")
      await misused(caller, refusal.code, request);
    return refusal;
  };
}

/** [ID-17] A stolen token is worth nothing without the key that it is bound to. */
function refusalOf(shown: Shown | Refusal, thumbprint: string): Refusal | undefined {
  if ("code" in shown) return shown;
  return shown.thumbprint === thumbprint ? undefined : { code: "access.proof" };
}
