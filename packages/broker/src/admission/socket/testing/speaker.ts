/** An instance as the socket meets it: a key, tokens bound to it, and proofs. The tokens are the test's own. */
import { hash } from "node:crypto";
import {
  type InstanceId,
  limits,
  makeId,
  type PrincipalId,
  type Refusal,
  statementTypes,
} from "@parley/protocol";
import { CompactSign, exportJWK, generateKeyPair } from "jose";
import type { Access } from "../../authenticate/access-token.js";

export const issuer = "https://broker.example";

export interface Speaker<P extends PrincipalId = InstanceId> {
  readonly principal: P;
  readonly thumbprint: string;
  token(over?: Partial<Access>): string;
  proof(over: { token: string; nonce: string; header?: object; claims?: object }): Promise<string>;
}

/** The tokens of a test, each known by its text. */
export class Tokens {
  readonly #known = new Map<string, Access>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly read = async (token: string, now: number): Promise<Access | Refusal> => {
    const access = this.#known.get(token);
    return access === undefined || now >= access.expiresAt ? { code: "access.invalid" } : access;
  };

  async speaker<P extends PrincipalId = InstanceId>(
    principal: P = makeId("instance") as PrincipalId as P,
  ): Promise<Speaker<P>> {
    const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
    const { x = "" } = await exportJWK(publicKey);
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    const thumbprint = hash("sha256", `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, "base64url");
    const issue = (over: Partial<Access>): string => {
      const token = makeId("accessToken");
      const expiresAt = this.#now() + limits.accessTokenSeconds * 1_000;
      this.#known.set(token, {
        principal,
        generation: "0.0.0",
        thumbprint,
        expiresAt,
        digest: digestOf(token),
        ...over,
      });
      return token;
    };
    return {
      principal,
      thumbprint,
      token: (over = {}) => issue(over),
      proof: ({ token, nonce, header, claims }) =>
        new CompactSign(Buffer.from(JSON.stringify({ aud: issuer, nonce, ath: digestOf(token), ...claims })))
          .setProtectedHeader({ alg: "EdDSA", typ: statementTypes.hello, jwk, ...header })
          .sign(privateKey),
    };
  }
}

const digestOf = (token: string): string => hash("sha256", token, "base64url");
