/**
 * Evidence over the wire: what the broker states of sessions and logs is checked here with public keys alone, by who
 * shares no memory with it, and again after it was killed and started.
 */
import { createPublicKey, hash, verify } from "node:crypto";
import {
  type CheckpointView,
  canonicalJson,
  type EvidenceCrypto,
  type Json,
  leafHash,
  originOf,
  type ProofView,
  parseCheckpoint,
  type ReceiptClaims,
  type ReceiptView,
  readCheckpoint,
  receiptClaims,
  receiptText,
  type SessionView,
  verifyConsistency,
  verifyInclusion,
} from "@parley/protocol";
import { compactVerify, importJWK } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { exchange, jsonOf } from "../fixtures/exchange.js";
import { proposal } from "../fixtures/market.js";
import type { Principal } from "../fixtures/principal.js";
import { sessionFacts } from "../fixtures/sessions.js";
import { openTalkStage, type Pair } from "./talk-stage.js";

const crypto: EvidenceCrypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: (x, signature, message) =>
    verify(
      null,
      message,
      createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
      signature,
    ),
};

const stage = openTalkStage("evidence");
const url = () => stage.opened.world.broker.url;

interface BrokerKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly "parley:use": string;
}

async function keysFor(use: string): Promise<readonly BrokerKey[]> {
  const { keys } = jsonOf<{ keys: BrokerKey[] }>(
    await exchange(url(), { method: "GET", path: "/.well-known/jwks.json" }),
  );
  return keys.filter((key) => key["parley:use"] === use);
}

/** Asked for until it is there: a second has to end first, and be signed. */
async function found<T extends object>(by: Principal, path: string, member?: string): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await by.get(path);
    const shown = answer.status === 200 ? jsonOf<T>(answer) : undefined;
    if (shown !== undefined && (member === undefined || Reflect.get(shown, member) !== null)) return shown;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} has not come`);
}

const receiptOf = async (by: Principal, { session }: Pair): Promise<ReceiptView> => {
  const { receipt } = await found<{ receipt: ReceiptView }>(by, `/v1/sessions/${session}/receipt`, "receipt");
  return receipt;
};

/** All that anybody needs to believe it: the broker's public keys. */
async function believe({ statement, proof, session }: ReceiptView): Promise<ReceiptClaims> {
  const [key] = await keysFor("receipt");
  const { payload, protectedHeader } = await compactVerify(
    statement,
    await importJWK({ ...key } as never, "EdDSA"),
    { algorithms: ["EdDSA"] },
  );
  expect(protectedHeader).toEqual({ alg: "EdDSA", kid: key?.kid, typ: "parley-receipt+jwt" });
  const text = new TextDecoder().decode(payload);
  const claims = receiptClaims.parse(JSON.parse(text));
  expect(receiptText(claims)).toBe(text);
  expect(claims).toMatchObject({ iss: url(), session });
  const { head, leaf: index, size, hashes, checkpoint, log } = proof;
  expect(head).toMatchObject({ stream: `session:${session}`, ...claims.head });
  const xs = (await keysFor("checkpoint")).map(({ x }) => x);
  const signed = await readCheckpoint(checkpoint, xs, crypto);
  expect(signed).toMatchObject({ origin: originOf(url(), log, 1), size });
  const leaf = leafHash(canonicalJson(head as unknown as Json), crypto);
  const { root = "" } = signed ?? {};
  expect(verifyInclusion({ index, size, leaf, proof: hashes, root }, crypto)).toBe(true);
  return claims;
}

/** Two words and an answer; closed by its consumer. */
async function talked(): Promise<Pair> {
  const pair = await stage.pair();
  const { session, consumer, provider } = pair;
  await consumer.sendAll([
    { session, type: "markets.request", payload: "one" },
    { session, type: "markets.request", payload: "two" },
  ]);
  await provider.received(session, 2);
  provider.ack(session, 2);
  await provider.send({ session, type: "markets.response", payload: "three" });
  await consumer.received(session, 1);
  consumer.ack(session, 1);
  await consumer.close(session);
  return pair;
}

describe("a receipt [REC-11]", () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await talked();
  });

  test("states for both organisations in the same words what the session was", async () => {
    const { a, b } = stage.opened.world;
    const [one, other] = [await receiptOf(a.admin, pair), await receiptOf(b.auditor, pair)];
    expect(one.statement).toBe(other.statement);
    const claims = await believe(one);
    expect(await believe(other)).toEqual(claims);
    expect(one.proof.log).not.toBe(other.proof.log);
    const { session, consumer, provider } = pair;
    expect(claims).toMatchObject({
      session,
      consumer: {
        organisation: a.id,
        instances: [consumer.principal.id],
        envelopes: 2,
        types: { "markets.request": 2 },
      },
      provider: {
        organisation: b.id,
        instances: [provider.principal.id],
        envelopes: 1,
        types: { "markets.response": 1 },
      },
      closed: { reason: "completed_by_consumer", by: consumer.principal.id },
    });
    const facts = await sessionFacts(a.admin, { id: session as never });
    expect(claims.head).toEqual({ position: facts.length, hash: facts.at(-1)?.hash });
  });

  test("is shown to both sides, and is not there for anybody else [API-4]", async () => {
    const { a, platform } = stage.opened.world;
    await believe(await receiptOf(pair.consumer.principal, pair));
    await believe(await receiptOf(pair.provider.principal, pair));
    const path = `/v1/sessions/${pair.session}/receipt`;
    const hidden = await a.enroller.get(path);
    const absent = await a.enroller.get("/v1/sessions/ses_7zzzzzzzzzzzzzzzzzzzzzzzzz/receipt");
    expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
    expect((await platform.get(path)).status).toBe(404);
  });

  test("is told of to whoever held a side and is connected", async () => {
    const next = await talked();
    const told = await next.consumer.speaking.event("receipt.ready", next.session);
    expect(told).toEqual({ event: "receipt.ready", session: next.session });
    await next.provider.speaking.event("receipt.ready", next.session);
    await believe(await receiptOf(next.consumer.principal, next));
  });

  test("follows a rejection too, and no session that is open has one", async () => {
    const open = await stage.pair();
    const decided = await stage.offered({ acceptance: "provider" });
    const [consumer, provider] = [stage.consumer(), stage.provider()];
    const proposed = proposal(consumer.principal, decided);
    const { id: session } = await consumer.speaking.done<SessionView>("propose", proposed);
    await provider.speaking.done("reject", { session });
    const claims = await believe(await receiptOf(consumer.principal, { ...open, session }));
    expect(claims).toMatchObject({ acceptedAt: null, closed: { reason: "rejected" } });
    const path = `/v1/sessions/${open.session}/receipt`;
    expect(jsonOf(await consumer.principal.get(path))).toEqual({ receipt: null });
  });

  test("the chain can be followed without what it says [REC-12]", async () => {
    const { items } = await found<{ items: { hash: string; previous: string }[] }>(
      pair.provider.principal,
      `/v1/sessions/${pair.session}/chain`,
    );
    const facts = await sessionFacts(stage.opened.world.a.admin, { id: pair.session as never });
    expect(items).toEqual(facts.map(({ content: _content, ...link }) => link));
  });
});

describe("the head of a log [REC-8]", () => {
  const headFor = async (by: Principal): Promise<CheckpointView> => {
    const path = "/v1/audit/checkpoint";
    return (await found<{ checkpoint: CheckpointView }>(by, path, "checkpoint")).checkpoint;
  };

  test("is signed, of one's own log, and told to an instance when it connects", async () => {
    const { a, b } = stage.opened.world;
    const xs = (await keysFor("checkpoint")).map(({ x }) => x);
    for (const { id, admin } of [a, b]) {
      const { note, origin, size, root } = await headFor(admin);
      expect(await readCheckpoint(note, xs, crypto)).toEqual({ origin, size, root });
      expect(origin).toBe(originOf(url(), `org:${id}`, 1));
    }
    const newcomer = await stage.another("consumer");
    const told = parseCheckpoint(String(newcomer.speaking.welcome.checkpoint))?.checkpoint;
    const { origin, size } = await headFor(a.admin);
    expect(told).toMatchObject({ origin });
    expect(told?.size).toBeLessThanOrEqual(size);
  });

  test("only ever grows: each is the beginning of the next [REC-10]", async () => {
    const { world } = stage.opened;
    const before = await headFor(world.a.admin);
    await talked();
    let after = before;
    for (let tries = 0; after.size === before.size && tries < 300; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      after = await headFor(world.a.admin);
    }
    const path = `/v1/audit/proof?from=${before.size}&to=${after.size}`;
    const { hashes } = await found<ProofView>(world.a.admin, path);
    const grown = { first: before.size, firstRoot: before.root, second: after.size, secondRoot: after.root };
    expect(after.size).toBeGreaterThan(before.size);
    expect(verifyConsistency({ ...grown, proof: hashes }, crypto)).toBe(true);
  });

  test("a proof is of what is there, and of one's own log alone [REC-10]", async () => {
    const { a } = stage.opened.world;
    const { size, root } = await headFor(a.admin);
    const proved = await found<Extract<ProofView, { leaf: number }>>(
      a.admin,
      `/v1/audit/proof?leaf=0&size=${size}`,
    );
    expect(proved.root).toBe(root);
    const { hash: leaf, hashes: proof } = proved;
    expect(verifyInclusion({ index: 0, size, leaf, proof, root }, crypto)).toBe(true);
    for (const beyond of [`leaf=0&size=${size + 1_000_000}`, `from=0&to=1`, `from=3&to=2`, `leaf=5&size=5`])
      expect((await a.admin.get(`/v1/audit/proof?${beyond}`)).status).toBe(404);
    for (const wrong of ["", "?leaf=1", "?leaf=-1&size=2", "?leaf=01&size=2", "?leaf=1&size=2&from=1&to=2"])
      expect((await a.admin.get(`/v1/audit/proof${wrong}`)).status).toBe(400);
    expect((await a.enroller.get("/v1/audit/checkpoint")).status).toBe(403);
  });
});
