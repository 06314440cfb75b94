/** Proofs of possession (DPoP, RFC 9449): this request, this token, this key, now, and only once [ID-16]. */
import { limits, type PublicKey, proofClaims, type Refusal, statementTypes } from "@parley/protocol";
import { verifyStatement } from "./jws.js";
import type { Nonces } from "./nonce.js";

export interface Asked {
  readonly method: string;
  /** The path of the request, without query or fragment, as it was typed. */
  readonly path: string;
  /** The digest of the access token; none where the proof stands alone. */
  readonly ath: string | undefined;
}

/** The key whose possession was shown. */
export interface Shown {
  readonly thumbprint: string;
  readonly key: PublicKey;
}

export interface Proofs {
  check(proof: string, asked: Asked, now: number): Promise<Shown | Refusal>;
}

export function openProofs(nonces: Nonces, issuer: () => string): Proofs {
  return {
    async check(proof, { method, path, ath }, now) {
      const statement = await verifyStatement(proof, statementTypes.proof, proofClaims);
      if (statement === undefined) return { code: "access.proof" };
      const { claims, thumbprint, key } = statement;
      if (claims.htm !== method || claims.htu !== issuer() + path || claims.ath !== ath)
        return { code: "access.proof" };
      if (claims.nonce === undefined || !nonces.isFresh(claims.nonce, now)) return { code: "access.nonce" };
      if (Math.abs(claims.iat * 1_000 - now) > limits.proofSecondsMax * 1_000)
        return { code: "access.proof" };
      const use = nonces.useOnce(thumbprint, claims.jti, now);
      if (use === "busy") return { code: "broker.busy", retryAfterMs: limits.nonceSeconds * 1_000 };
      return use === "replayed" ? { code: "access.replayed" } : { thumbprint, key };
    },
  };
}
