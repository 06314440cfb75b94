/**
 * The access token, and its renewal: asked for once however many wait for it, and again from two thirds of its life.
 * It settles, on the way, which key the broker knows when a replacement was left half done.
 */
import { accessTokenSchema, assertionTypeUrn } from "@parley/protocol";
import type { Exchange } from "./exchange.js";
import { ParleyFault } from "./fault.js";
import type { Enrolment, Identity, IdentityKey } from "./identity.js";
import { isRefused } from "./refusal.js";
import { clientAssertion, proofOfPossession } from "./statements.js";

export interface AccessToken {
  readonly text: string;
  /** The key it is bound to: proofs for this token are this key's, whatever the identity's key is by then. */
  readonly key: IdentityKey;
  /** In the clock's elapsed milliseconds. */
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/** Who the identity is at its broker; throws a ParleyFault when it has not been enrolled. */
export function enrolmentOf(identity: Identity): Enrolment {
  if (identity.enrolment === undefined) throw new ParleyFault("this identity has not been enrolled", "never");
  return identity.enrolment;
}

export class TokenSource {
  readonly #identity: Identity;
  readonly #exchange: Exchange;
  #token: AccessToken | undefined;
  #asked: Promise<AccessToken> | undefined;
  /** A next key that was there from the start: the process that made it did not live to hear the answer. */
  #nextMayBeKnown: boolean;

  constructor(identity: Identity, exchange: Exchange) {
    this.#identity = identity;
    this.#exchange = exchange;
    this.#nextMayBeKnown = identity.nextKey !== undefined;
  }

  /** A token that is good for a while yet. */
  async token(): Promise<AccessToken> {
    if (this.#token !== undefined && this.#exchange.clock.elapsed() < this.#token.renewAtMs)
      return this.#token;
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  /** Forgets this token, unless a newer one has come in the meantime. */
  drop(token: AccessToken | undefined): void {
    if (this.#token === token) this.#token = undefined;
  }

  /** The replacement's outcome is not known: the next token tells which key the broker knows. */
  async settleKey(): Promise<void> {
    this.#nextMayBeKnown = true;
    this.#token = undefined;
    await this.token();
  }

  async #ask(): Promise<AccessToken> {
    this.#token = await this.#grantToWhicheverKeyIsKnown();
    return this.#token;
  }

  async #grantToWhicheverKeyIsKnown(): Promise<AccessToken> {
    const { key, nextKey } = this.#identity;
    if (nextKey === undefined) return this.#grant(key);
    // The new one first: the use of a replaced key is what a thief's would look like.
    const [first, second] = this.#nextMayBeKnown ? [nextKey, key] : [key, nextKey];
    const token = await this.#grant(first).catch((error: unknown) => {
      if (isRefused(error, "assertion.invalid", "access.proof", "key.replaced")) return this.#grant(second);
      throw error;
    });
    this.#nextMayBeKnown = false;
    if (token.key === nextKey) await this.#identity.confirmKey(this.#exchange.now());
    return token;
  }

  async #grant(key: IdentityKey): Promise<AccessToken> {
    try {
      return await this.#requestToken(key);
    } catch (error) {
      if (!isRefused(error, "access.nonce")) throw error;
      return this.#requestToken(key);
    }
  }

  async #requestToken(key: IdentityKey): Promise<AccessToken> {
    const { principalId, issuer } = enrolmentOf(this.#identity);
    const { clock, nonce } = this.#exchange;
    const nowMs = this.#exchange.now();
    const url = `${issuer}/oauth/token`;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: assertionTypeUrn,
      client_assertion: await clientAssertion(key, principalId, issuer, nowMs),
    }).toString();
    const dpop = await proofOfPossession(key, { method: "POST", url, nonce, nowMs });
    const headers = { "content-type": "application/x-www-form-urlencoded", dpop };
    const askedAtMs = clock.elapsed();
    const answer = accessTokenSchema.safeParse(
      (await this.#exchange.send({ method: "POST", url, headers, body })).body,
    );
    if (!answer.success) throw new ParleyFault("the token endpoint's answer makes no sense here", "never");
    const lifeMs = answer.data.expires_in * 1_000;
    const text = answer.data.access_token;
    return { text, key, renewAtMs: askedAtMs + (lifeMs * 2) / 3, endsAtMs: askedAtMs + lifeMs };
  }
}
