/**
 * Who speaks on a socket: an access token, and a proof over this connection's own nonce by the key that the token is
 * bound to. A recorded one is worth nothing on any other connection. Standing is judged where the decision is made.
 */
import { helloClaims, type InstanceId, isId, type Refusal, statementTypes } from "@parley/protocol";
import type { z } from "zod";
import type { Caller } from "../../governance/command.js";
import type { Access } from "../authenticate/access-token.js";
import { verifyStatement } from "../authenticate/jws.js";

export interface Admitted {
  readonly principal: InstanceId;
  readonly generation: string;
  readonly expiresAt: number;
  /** Of the key that was shown. */
  readonly thumbprint: string;
}

export interface Admit {
  hello(token: string, proof: string, nonce: string, now: number): Promise<Admitted | Refusal>;
}

export interface AdmitParts {
  readonly readAccessToken: (token: string, now: number) => Promise<Access | Refusal>;
  /** Told of a valid token that came with a proof which is not its holder's [REC-6]. */
  readonly misused?: (caller: Caller) => void;
  /** The only audience: read each time, because a port is known only once it is listened on. */
  readonly issuer: () => string;
}

export function openAdmit({ readAccessToken, issuer, misused }: AdmitParts): Admit {
  return {
    async hello(token, proof, nonce, now) {
      const access = await readAccessToken(token, now);
      if ("code" in access) return access;
      const statement = await verifyStatement(proof, statementTypes.hello, helloClaims);
      const { principal, generation, expiresAt } = access;
      const overThis = { aud: issuer(), nonce, ath: access.digest };
      if (statement?.thumbprint !== access.thumbprint || !isOver(statement.claims, overThis)) {
        misused?.({ principal, generation });
        return { code: "access.proof" };
      }
      // [SOC-5] Operators hold keys as well, but only instances connect.
      if (!isId("instance", principal)) return { code: "role.missing", rule: "instance" };
      return { principal, generation, expiresAt, thumbprint: access.thumbprint };
    },
  };
}

type Over = z.output<typeof helloClaims>;

const isOver = (claims: Over, expected: Over): boolean =>
  claims.aud === expected.aud && claims.nonce === expected.nonce && claims.ath === expected.ath;
