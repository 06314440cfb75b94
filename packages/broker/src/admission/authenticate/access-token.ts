/** Access tokens: five minutes, bound to a key. They say who, never what: role and standing are read where it counts. */
import { hash } from "node:crypto";
import {
  accessClaims,
  isPrincipalId,
  limits,
  makeId,
  type PrincipalId,
  type Refusal,
  statementTypes,
} from "@parley/protocol";
import type { BrokerKeys } from "../../keys.js";
import { isAlgorithm, isSignedBy, readCompact } from "./jws.js";

export interface Access {
  readonly principal: PrincipalId;
  readonly generation: string;
  /** Of the key that the token is bound to. */
  readonly thumbprint: string;
  readonly expiresAt: number;
  /** What a proof names as `ath`. */
  readonly digest: string;
}

export interface AccessTokens {
  issue(
    to: { readonly principal: PrincipalId; readonly generation: string; readonly thumbprint: string },
    now: number,
  ): Promise<string>;
  read(token: string, now: number): Promise<Access | Refusal>;
}

interface Verified {
  readonly access: Access;
  /** The broker's key that has signed it. */
  readonly kid: string;
}

/** Verified tokens, so that a signature is checked once and not at every request. */
const rememberedMax = 10_000;

export const digestOf = (text: string): string => hash("sha256", text, "base64url");

export function openAccessTokens(keys: BrokerKeys, issuer: () => string): AccessTokens {
  const verified = new Map<string, Verified>();

  const verify = async (token: string, digest: string, now: number): Promise<Verified | undefined> => {
    const read = readCompact(token);
    if (read === undefined || Object.keys(read.header).length !== 3) return undefined;
    const { alg, typ, kid } = read.header;
    if (!isAlgorithm(alg) || typ !== statementTypes.access || typeof kid !== "string") return undefined;
    const claims = accessClaims.safeParse(read.claims);
    if (!claims.success) return undefined;
    const { iss, aud, sub, client_id, gen, cnf, exp, iat } = claims.data;
    if (iss !== issuer() || aud !== issuer() || client_id !== sub || !isPrincipalId(sub)) return undefined;
    if (exp - iat !== limits.accessTokenSeconds || iat * 1_000 > now + 1_000) return undefined;
    const key = await keys.verifying("access", kid, now);
    if (key === undefined || !(await isSignedBy(token, key))) return undefined;
    const access = { principal: sub, generation: gen, thumbprint: cnf.jkt, expiresAt: exp * 1_000, digest };
    return { access, kid };
  };

  const remember = (one: Verified): void => {
    const oldest = verified.keys().next();
    if (verified.size >= rememberedMax && oldest.done === false) verified.delete(oldest.value);
    verified.set(one.access.digest, one);
  };

  /** What was verified once is good as long as the key that has signed it: a memory does not outlive a rotation. */
  const recall = async (digest: string, now: number): Promise<Verified | undefined> => {
    const known = verified.get(digest);
    return known && (await keys.verifying("access", known.kid, now)) && known;
  };

  return {
    issue({ principal, generation, thumbprint }, now) {
      const iat = Math.floor(now / 1_000);
      const who = { iss: issuer(), aud: issuer(), sub: principal, client_id: principal };
      const claims = {
        ...who,
        iat,
        exp: iat + limits.accessTokenSeconds,
        jti: makeId("accessToken"),
        gen: generation,
        cnf: { jkt: thumbprint },
      };
      return keys.sign("access", claims, statementTypes.access);
    },
    async read(token, now) {
      const digest = digestOf(token);
      const known = await recall(digest, now);
      const one = known ?? (await verify(token, digest, now));
      if (one === undefined || now >= one.access.expiresAt) return { code: "access.invalid" };
      if (known === undefined) remember(one);
      return one.access;
    },
  };
}
