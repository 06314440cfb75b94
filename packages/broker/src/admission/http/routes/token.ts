/** The token endpoint (RFC 6749, 7523, 9449): an assertion and a proof by one registered key, for five minutes of access. */
import {
  accessTokenSchema,
  assertionTypeUrn,
  limits,
  makeId,
  type Refusal,
  tokenRequest,
} from "@parley/protocol";
import type { FastifyRequest } from "fastify";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import type { AccessTokens } from "../../authenticate/access-token.js";
import { checkAssertion } from "../../authenticate/assertion.js";
import { statedThumbprint } from "../../authenticate/jws.js";
import type { Nonces } from "../../authenticate/nonce.js";
import type { Proofs, Shown } from "../../authenticate/proof.js";
import { ok } from "../answer.js";
import { oneHeader } from "../headers.js";
import { forAnyone, type Route } from "../route.js";
import { noParams, noQuery } from "../schemas.js";

interface Needs {
  readonly relay: Relay;
  readonly records: Records;
  readonly tokens: AccessTokens;
  readonly proofs: Proofs;
  readonly nonces: Nonces;
  readonly issuer: () => string;
}

const path = "/oauth/token";

export function tokenRoute({ relay, records, tokens, proofs, nonces, issuer }: Needs): Route {
  const shownBy = async (request: FastifyRequest, now: number): Promise<Shown | Refusal> => {
    const proof = oneHeader(request, "dpop");
    if (proof === undefined) return { code: "access.missing" };
    const stated = statedThumbprint(proof);
    if (stated === undefined) return { code: "access.proof" };
    // A key that nobody has enrolled is worth no signature check, and no place among what was used.
    if (!(await records.knowsKey(stated))) return { code: "assertion.invalid" };
    return proofs.check(proof, { method: "POST", path, ath: undefined }, now);
  };

  return forAnyone({
    method: "POST",
    path,
    access: "bearer",
    name: "issueToken",
    tag: "identity",
    summary:
      "Get an access token: a client assertion and a DPoP proof, both signed by the principal's registered key",
    allowed: "every principal",
    params: noParams,
    query: noQuery,
    form: true,
    body: tokenRequest,
    answers: { 200: accessTokenSchema },
    async handle({ body, request, now }) {
      if (body.grant_type !== "client_credentials") return { code: "grant.unsupported" };
      if (body.client_assertion_type !== assertionTypeUrn) return { code: "assertion.invalid" };
      const shown = await shownBy(request, now);
      if ("code" in shown) return shown;
      const { thumbprint, key } = shown;
      const said = await checkAssertion(body.client_assertion, key, {
        issuer: issuer(),
        now,
        nonces,
        thumbprint,
      });
      if ("code" in said) return said;
      const { principal } = said;
      if (body.client_id !== undefined && body.client_id !== principal) return { code: "assertion.invalid" };
      const outcome = await relay({
        kind: "token.grant",
        id: makeId("command"),
        principal,
        thumbprint,
        alert: makeId("alert"),
      });
      if (outcome.outcome === "refused") return outcome.refusal;
      const { generation } = outcome.answer;
      const token = await tokens.issue({ principal, generation, thumbprint }, outcome.at);
      return ok({ access_token: token, token_type: "DPoP", expires_in: limits.accessTokenSeconds });
    },
  });
}
