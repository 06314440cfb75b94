import { expect, test, vi } from "vitest";
import { z } from "zod";
import { BrokerClient } from "./broker-client.js";
import type { Fetch } from "./exchange.js";
import type { Identity } from "./identity.js";
import { keyIsDue } from "./key-replacement.js";
import { enrolled, type World, world } from "./testing/world.js";

const whoami = { method: "GET", path: "/v1/things", schema: z.object({}) } as const;

interface Holder {
  readonly there: World;
  readonly identity: Identity;
  readonly oldKey: string;
  open(fetching?: Fetch): BrokerClient;
}

async function holder(): Promise<Holder> {
  const there = await world();
  const identity = await enrolled(there);
  there.broker.routes.set("GET /v1/things", () => ({ status: 200, body: {} }));
  const open = (fetching?: Fetch) =>
    new BrokerClient({ identity, clock: there.clock, ...(fetching && { fetch: fetching }) });
  return { there, identity, oldKey: identity.key.thumbprint, open };
}

/** Everything to this path fails, after it has arrived or without. */
const cut =
  (path: string, arrives: boolean): Fetch =>
  async (url, init) => {
    if (!url.endsWith(path)) return fetch(url, init);
    if (arrives) await fetch(url, init);
    throw new TypeError("fetch failed");
  };

test("the new key is signed by the old one, and speaks from then on [ID-10]", async () => {
  const { there, identity, oldKey, open } = await holder();
  const oldSigner = identity.key;
  const client = open();
  const thumbprint = await client.replaceKey();
  expect(thumbprint).not.toBe(oldKey);
  expect([identity.key.thumbprint, there.broker.thumbprint]).toEqual([thumbprint, thumbprint]);
  expect(identity.nextKey).toBeUndefined();
  const signedByOld = vi.spyOn(oldSigner, "sign");
  await client.request(whoami);
  expect(signedByOld).not.toHaveBeenCalled();
  expect(there.broker.complaints).toEqual(["nonce undefined"]);
});

test("the new key is kept before the broker is asked [ID-10]", async () => {
  const { there, identity, open } = await holder();
  const client = open();
  const prepared = vi.spyOn(identity, "prepareKey");
  let keptBefore: boolean | undefined;
  there.broker.before = ({ path }) => {
    if (path === "/v1/key") keptBefore = prepared.mock.settledResults[0]?.type === "fulfilled";
    return { status: 0, body: undefined };
  };
  await client.replaceKey();
  expect(keptBefore).toBe(true);
});

test("the key's age begins anew with the new key", async () => {
  const { there, identity, open } = await holder();
  const client = open();
  const before = identity.keySinceMs ?? 0;
  there.clock.step(60_000);
  await client.replaceKey();
  expect((identity.keySinceMs ?? 0) - before).toBeGreaterThanOrEqual(59_000);
});

test("an answer that was lost is settled by the new key", async () => {
  const { there, identity, open } = await holder();
  const replaced = open(cut("/v1/key", true)).replaceKey();
  await there.clock.passNext(1_000);
  await there.clock.passNext(1_000);
  expect(await replaced).toBe(there.broker.thumbprint);
  expect(identity.key.thumbprint).toBe(there.broker.thumbprint);
});

test("a question that never arrived leaves the old key speaking, and the new one waiting", async () => {
  const { there, identity, oldKey, open } = await holder();
  const failed = expect(open(cut("/v1/key", false)).replaceKey()).rejects.toMatchObject({
    name: "ParleyFault",
  });
  await there.clock.passNext(1_000);
  await there.clock.passNext(1_000);
  await failed;
  expect(identity.key.thumbprint).toBe(oldKey);
  const waiting = identity.nextKey?.thumbprint;
  expect(waiting).toBeDefined();
  expect(await open().replaceKey()).toBe(waiting);
});

test("after a crash in between, the new key is tried first, then the old one", async () => {
  const { there, identity, oldKey, open } = await holder();
  const next = await identity.prepareKey();
  const grants = vi.spyOn(next, "sign");
  await open().request(whoami);
  expect(grants).toHaveBeenCalled();
  expect(identity.key.thumbprint).toBe(oldKey);
  expect(identity.nextKey?.thumbprint).toBe(next.thumbprint);

  there.broker.thumbprint = next.thumbprint;
  await open().request(whoami);
  expect(identity.key.thumbprint).toBe(next.thumbprint);
  expect(identity.nextKey).toBeUndefined();
});

test("once the new key is the broker's, the old one is not used again", async () => {
  const { there, identity, open } = await holder();
  const { key } = identity;
  there.broker.thumbprint = (await identity.prepareKey()).thumbprint;
  const signed = vi.spyOn(key, "sign");
  await open().request(whoami);
  expect(signed).not.toHaveBeenCalled();
});

test("a refusal leaves the key as it is, and the new one is forgotten", async () => {
  const { there, identity, oldKey, open } = await holder();
  there.broker.before = ({ path }) =>
    path === "/v1/key"
      ? { status: 429, body: { type: "t", title: "t", status: 429, code: "key.too-often" } }
      : { status: 0, body: undefined };
  await expect(open().replaceKey()).rejects.toMatchObject({ code: "key.too-often" });
  expect([identity.key.thumbprint, identity.nextKey]).toEqual([oldKey, undefined]);
});

test("two who ask at the same time get the same new key", async () => {
  const { there, open } = await holder();
  const client = open();
  const [one, other] = await Promise.all([client.replaceKey(), client.replaceKey()]);
  expect(one).toBe(other);
  expect(there.broker.requests("/v1/key")).toHaveLength(1);
});

test("the key is due at half the lease", async () => {
  const { there, open } = await holder();
  const client = open();
  await client.request(whoami);
  there.clock.step(499_000);
  expect(keyIsDue(client, 1_000)).toBe(false);
  there.clock.step(2_000);
  expect(keyIsDue(client, 1_000)).toBe(true);
});
