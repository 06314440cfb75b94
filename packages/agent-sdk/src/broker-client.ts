/**
 * REST with an identity: every call carries a token and a proof of its key; what a stale nonce, an ended token or a
 * lost answer needs is done here, once. For operators and agents alike.
 */
import { limits, pageOf } from "@parley/protocol";
import type { z } from "zod";
import { type AccessToken, enrolmentOf, TokenSource } from "./access-token.js";
import { backoffMs, randomFraction } from "./backoff.js";
import { brokerAddress } from "./broker-address.js";
import { pause } from "./clock.js";
import { type Answer, Exchange, type ExchangeOptions, type Method } from "./exchange.js";
import { ParleyFault } from "./fault.js";
import type { Identity } from "./identity.js";
import { replaceKey } from "./key-replacement.js";
import { isRefused } from "./refusal.js";
import { eventsIn, type ServerEvent } from "./server-events.js";
import { proofOfPossession, randomText } from "./statements.js";

/** How a client speaks to its broker. */
export interface BrokerClientOptions extends ExchangeOptions {
  /** Who speaks, and with which key. */
  readonly identity: Identity;
  /** Only to be sure: the identity knows its broker. */
  readonly broker?: string;
}

/** One request. */
export interface Ask {
  /** What is done. */
  readonly method: Method;
  /** From the root: `/v1/agents`. Segments that come from elsewhere must be encoded. */
  readonly path: string;
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The same key for the same creation, however often it is asked. A POST without one is given a random one. */
  readonly idempotencyKey?: string;
  /** The version that was read, for a PATCH. */
  readonly ifMatch?: number;
  /** Nobody waits for the answer any longer. */
  readonly signal?: AbortSignal;
}

/** One request, and what its answer must look like. */
export interface AskFor<S extends z.ZodType> extends Ask {
  /** What is not in it is not in the answer either; an answer that does not fit is a fault. */
  readonly schema: S;
}

/** A stream, and from where on. */
export interface Listen extends Pick<Ask, "path" | "query" | "signal"> {
  /** The id of the last event that was taken. */
  readonly after?: string | undefined;
}

const attemptsMax = 3;

/** The broker's REST, as one identity: an operator's or an instance's. */
export class BrokerClient {
  /** Who speaks. */
  readonly identity: Identity;
  /** The broker's address, as it knows itself. */
  readonly issuer: string;
  /** What carries the requests, and has learnt the broker's time. */
  readonly exchange: Exchange;
  /** The access token, got and renewed on the way. */
  readonly tokens: TokenSource;

  constructor(options: BrokerClientOptions) {
    this.identity = options.identity;
    this.issuer = enrolmentOf(options.identity).issuer;
    if (options.broker !== undefined && brokerAddress(options.broker) !== this.issuer) {
      throw new ParleyFault(`this identity belongs to ${this.issuer}, not to ${options.broker}`, "never");
    }
    this.exchange = new Exchange(options);
    this.tokens = new TokenSource(this.identity, this.exchange);
  }

  /** Asks, and answers what the schema makes of the broker's answer. Rejects with ParleyRefusal or ParleyFault. */
  async request<S extends z.ZodType>(ask: AskFor<S>): Promise<z.output<S>> {
    const answer = ask.schema.safeParse((await this.send(ask)).body);
    if (answer.success) return answer.data;
    throw new ParleyFault(
      `${ask.method} ${ask.path}: the broker's answer makes no sense here`,
      "never",
      answer.error,
    );
  }

  /** Asks, and answers exactly what the broker answered. */
  async send(ask: Ask): Promise<Answer> {
    const idempotencyKey = ask.idempotencyKey ?? (ask.method === "POST" ? randomText() : undefined);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#authenticated((token) => this.#once(ask, idempotencyKey, token));
      } catch (error) {
        const again = error instanceof ParleyFault && error.retry === "later" && attempt + 1 < attemptsMax;
        // Had a PATCH arrived, its repeat would be refused as stale, and be wrong about why.
        if (!again || ask.method === "PATCH") throw error;
        await pause(this.exchange.clock, backoffMs("at-once", attempt + 1, randomFraction()), ask.signal);
      }
    }
  }

  /** Every item of a list, page after page. */
  async *each<S extends z.ZodType>(ask: Omit<AskFor<S>, "method" | "body">): AsyncGenerator<z.output<S>> {
    for (let cursor: string | undefined; ; ) {
      const query = { limit: limits.pageMax, ...ask.query, cursor };
      const page = readPage((await this.send({ ...ask, method: "GET", query })).body, ask);
      yield* page.items;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  /** The events of a stream, from the one after `after` on, until the broker ends it. Rejects as `request` does. */
  async *events({ path, query, after, signal }: Listen): AsyncGenerator<ServerEvent> {
    const { first, rest } = await this.#authenticated(async (token) => {
      const headers = after === undefined ? {} : { "last-event-id": after };
      const call = await this.#called({ method: "GET", path, ...(query && { query }) }, token, headers);
      const pieces = this.exchange.listen({ ...call, signal });
      return { first: await pieces.next(), rest: pieces };
    });
    if (first.done) return;
    yield* eventsIn(beginningWith(first.value, rest));
  }

  /** Replaces the key, and answers the new one's thumbprint. The new key is kept before it is asked for [ID-10]. */
  replaceKey(): Promise<string> {
    return replaceKey(this);
  }

  async #authenticated<T>(once: (token: AccessToken) => Promise<T>): Promise<T> {
    const token = await this.tokens.token();
    try {
      return await twiceForNonce(once, token);
    } catch (error) {
      if (!isRefused(error, "access.invalid")) throw error;
      this.tokens.drop(token);
      return twiceForNonce(once, await this.tokens.token());
    }
  }

  async #once(ask: Ask, idempotencyKey: string | undefined, token: AccessToken): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    if (ask.ifMatch !== undefined) headers["if-match"] = `"v${ask.ifMatch}"`;
    if (ask.body !== undefined) headers["content-type"] = "application/json";
    const call = { ...(await this.#called(ask, token, headers)), signal: ask.signal };
    return this.exchange.send(ask.body === undefined ? call : { ...call, body: JSON.stringify(ask.body) });
  }

  /** With the token and a proof of its key [ID-17]. */
  async #called(
    ask: Pick<Ask, "method" | "path" | "query">,
    token: AccessToken,
    headers: Readonly<Record<string, string>>,
  ) {
    const { method } = ask;
    const url = addressOf(this.issuer, ask);
    const { nonce } = this.exchange;
    const nowMs = this.exchange.now();
    const dpop = await proofOfPossession(token.key, { method, url, nonce, nowMs, token: token.text });
    return { method, url, headers: { authorization: `DPoP ${token.text}`, dpop, ...headers } };
  }
}

async function twiceForNonce<T>(once: (token: AccessToken) => Promise<T>, token: AccessToken): Promise<T> {
  try {
    return await once(token);
  } catch (error) {
    if (!isRefused(error, "access.nonce")) throw error;
    return once(token);
  }
}

async function* beginningWith(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function addressOf(issuer: string, ask: Pick<Ask, "path" | "query">): string {
  // Dots alone would lead to another path than the one that was asked for, under the same signature.
  if (ask.path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    throw new ParleyFault(`${ask.path}: "." and ".." are no names`, "never");
  }
  const url = new URL(issuer + ask.path);
  for (const [name, value] of Object.entries(ask.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function readPage<S extends z.ZodType>(body: unknown, ask: Omit<AskFor<S>, "method" | "body">) {
  const page = pageOf(ask.schema).safeParse(body);
  if (page.success) return page.data;
  throw new ParleyFault(`GET ${ask.path}: the broker's answer makes no sense here`, "never", page.error);
}
