/**
 * Who speaks on a socket: an access token, and a proof over this connection's own nonce by the key that the token is
 * bound to. A recorded one is worth nothing on any other connection. Standing is judged where the decision is made.
 */
import { helloClaims, type InstanceId, isId, type Refusal, statementTypes } from "@parley/protocol";
import type { Access } from "../authenticate/access-token.js";
import { verifyStatement } from "../authenticate/jws.js";

export interface Admitted {
  readonly principal: InstanceId;
  readonly generation: string;
  readonly expiresAt: number;
}

export interface Admit {
  hello(token: string, proof: string, nonce: string, now: number): Promise<Admitted | Refusal>;
}

export interface AdmitParts {
  readonly readAccessToken: (token: string, now: number) => Promise<Access | Refusal>;
  /** The only audience: read each time, because a port is known only once it is listened on. */
  readonly issuer: () => string;
}

export function openAdmit({ readAccessToken, issuer }: AdmitParts): Admit {
  return {
    async hello(token, proof, nonce, now) {
      const access = await readAccessToken(token, now);
      if ("code" in access) return access;
      const statement = await verifyStatement(proof, statementTypes.hello, helloClaims);
      if (statement === undefined) return { code: "access.proof" };
      const { claims, thumbprint } = statement;
      const overThis = claims.aud === issuer() && claims.nonce === nonce && claims.ath === access.digest;
      if (!overThis || thumbprint !== access.thumbprint) return { code: "access.proof" };
      // [SOC-5] Operators hold keys as well, but only instances connect.
      const { principal, generation, expiresAt } = access;
      if (!isId("instance", principal)) return { code: "role.missing", rule: "instance" };
      return { principal, generation, expiresAt };
    },
  };
}
