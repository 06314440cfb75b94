/** The client assertion (RFC 7523) and its proof: both by one key, for one principal, no older than a minute [ID-5]. */
import {
  assertionClaims,
  isPrincipalId,
  limits,
  type PrincipalId,
  type PublicKey,
  type Refusal,
  statementTypes,
} from "@parley/protocol";
import { verifyWithKey } from "./jws.js";
import type { Nonces } from "./nonce.js";

/** Who says that it is whom, with the key that the proof has shown. */
export async function checkAssertion(
  assertion: string,
  key: PublicKey,
  context: {
    readonly issuer: string;
    readonly now: number;
    readonly nonces: Nonces;
    readonly thumbprint: string;
  },
): Promise<{ readonly principal: PrincipalId } | Refusal> {
  const { issuer, now, nonces, thumbprint } = context;
  const claims = await verifyWithKey(assertion, statementTypes.assertion, assertionClaims, key);
  const invalid = { code: "assertion.invalid" } as const;
  if (
    claims === undefined ||
    claims.aud !== issuer ||
    claims.iss !== claims.sub ||
    !isPrincipalId(claims.sub)
  )
    return invalid;
  const lives = claims.exp - claims.iat;
  if (lives <= 0 || lives > limits.assertionSecondsMax) return invalid;
  // Two seconds of grace on either side: `Date`, from which the client knows the time, has whole seconds.
  if (claims.iat * 1_000 > now + 2_000 || claims.exp * 1_000 + 2_000 <= now) return invalid;
  const use = nonces.useOnce(thumbprint, `assertion ${claims.jti}`, now);
  if (use === "busy") return { code: "broker.busy", retryAfterMs: limits.nonceSeconds * 1_000 };
  return use === "first" ? { principal: claims.sub } : { code: "access.replayed" };
}
