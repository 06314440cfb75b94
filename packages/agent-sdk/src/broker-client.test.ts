import { refusals } from "@parley/protocol";
import { expect, test } from "vitest";
import { z } from "zod";
import { BrokerClient } from "./broker-client.js";
import type { Fetch } from "./exchange.js";
import { enrolled, type World, world } from "./testing/world.js";

const thing = z.object({ thing: z.string() });
const things = { method: "GET", path: "/v1/things", schema: thing } as const;
const answered = { status: 200, body: { thing: "one" } } as const;

async function client(there: World, fetching?: Fetch): Promise<BrokerClient> {
  const identity = await enrolled(there);
  there.broker.routes.set("GET /v1/things", () => answered);
  there.broker.routes.set("POST /v1/things", () => ({ ...answered, status: 201 }));
  there.broker.routes.set("PATCH /v1/things", () => answered);
  return new BrokerClient({ identity, clock: there.clock, ...(fetching && { fetch: fetching }) });
}

/** Lets the first answer to `path` get lost on its way back. */
function losing(path: string, times = 1): Fetch {
  let left = times;
  return async (url, init) => {
    const response = await fetch(url, init);
    if (new URL(url).pathname !== path || left === 0) return response;
    left -= 1;
    throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
  };
}

test("a call carries a token and a proof of its key [ID-17]", async () => {
  const there = await world();
  expect(await (await client(there)).request(things)).toEqual({ thing: "one" });
  // The one complaint is how a client that knows no nonce hears of it.
  expect(there.broker.complaints).toEqual(["nonce undefined"]);
});

test("assertions and proofs are written in the broker's time, however wrong this machine's clock is [ID-18]", async () => {
  for (const aheadMs of [-400 * 86_400_000, 400 * 86_400_000]) {
    const there = await world(aheadMs);
    await (await client(there)).request(things);
    expect(there.broker.complaints).toEqual(["nonce undefined"]);
  }
});

test("a new nonce is taken up with one more try", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request(things);
  there.broker.nonce = "nonce-2";
  await speaker.request(things);
  expect(there.broker.requests("/v1/things")).toHaveLength(3);
});

test("a nonce that comes with any answer is used from then on", async () => {
  const there = await world();
  const speaker = await client(there);
  there.broker.routes.set("GET /v1/things", () => {
    there.broker.nonce = "nonce-2";
    return { ...answered, headers: { "dpop-nonce": "nonce-2" } };
  });
  await speaker.request(things);
  await speaker.request(things);
  expect(there.broker.requests("/v1/things")).toHaveLength(2);
});

test("a broker that never accepts a nonce is asked twice, not for ever", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request(things);
  there.broker.before = (seen) => {
    if (seen.path === "/v1/things") there.broker.nonce += "x";
    return { status: 0, body: undefined };
  };
  await expect(speaker.request(things)).rejects.toMatchObject({ code: "access.nonce" });
  expect(there.broker.requests("/v1/things")).toHaveLength(3);
});

test("after the machine has slept the broker is asked for its time again", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request(things);
  there.clock.jumpWall(90_000);
  const before = there.broker.nowMs;
  there.broker.nowMs = () => before() + 90_000;
  await speaker.request(things);
  expect(there.broker.complaints).toEqual(["nonce undefined", "nonce undefined"]);
});

test("a token that has ended is replaced once", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request(things);
  there.broker.voidTokens();
  await speaker.request(things);
  expect(there.broker.requests("/oauth/token")).toHaveLength(3);
  there.broker.routes.set("GET /v1/things", () => ({
    status: 401,
    body: { type: "t", title: "t", status: 401, code: "access.invalid" },
  }));
  await expect(speaker.request(things)).rejects.toMatchObject({ code: "access.invalid" });
});

test.each(["identity.suspended", "identity.revoked", "identity.expired"] as const)(
  "%s is a refusal at once",
  async (code) => {
    const there = await world();
    const speaker = await client(there);
    const { status, title } = refusals[code];
    there.broker.routes.set("GET /v1/things", () => ({ status, body: { type: "t", title, status, code } }));
    await expect(speaker.request(things)).rejects.toMatchObject({ name: "ParleyRefusal", code, status });
    expect(there.broker.requests("/v1/things")).toHaveLength(1);
  },
);

test("a refusal carries the rule, the limit and what was used [ERR-2]", async () => {
  const there = await world();
  const speaker = await client(there);
  const problem = {
    type: "urn:parley:refusal:limit.reached",
    title: "The limit is reached",
    status: 409,
    code: "limit.reached",
    rule: "agentsPerOrganisation",
    limit: 3,
    used: 3,
    retryAfterMs: 5,
  };
  there.broker.routes.set("POST /v1/things", () => ({ status: 409, body: problem }));
  const { code, rule, limit, used, retryAfterMs } = problem;
  const refused = speaker.request({ ...things, method: "POST", body: {} });
  await expect(refused).rejects.toMatchObject({ code, rule, limit, used, retryAfterMs, retry: "never" });
});

test("a code that this SDK does not know is a refusal all the same", async () => {
  const there = await world();
  const speaker = await client(there);
  const body = { type: "t", title: "Not on Sundays", status: 429, code: "calendar.sunday" };
  there.broker.routes.set("GET /v1/things", () => ({ status: 429, body }));
  await expect(speaker.request(things)).rejects.toMatchObject({ code: "calendar.sunday", retry: "later" });
});

test("callers that wait for a token at the same time wait for the same one", async () => {
  const there = await world();
  const speaker = await client(there);
  await Promise.all(Array.from({ length: 8 }, () => speaker.request(things)));
  expect(there.broker.requests("/oauth/token")).toHaveLength(2);
});

test("a token is renewed at two thirds of its life, not before", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request(things);
  there.clock.step(199_999);
  await speaker.request(things);
  expect(there.broker.requests("/oauth/token")).toHaveLength(2);
  there.clock.step(1);
  await speaker.request(things);
  expect(there.broker.requests("/oauth/token")).toHaveLength(3);
});

test("a creation whose answer was lost is asked again under the same key [API-6]", async () => {
  const there = await world();
  const speaker = await client(there, losing("/v1/things"));
  const made = speaker.request({ ...things, method: "POST", body: { name: "x" } });
  await there.clock.passNext(1_000);
  await made;
  const keys = there.broker.requests("/v1/things").map((seen) => seen.headers["idempotency-key"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(keys[1]).toBe(keys[0]);
});

test("two creations have two keys", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request({ ...things, method: "POST", body: {} });
  await speaker.request({ ...things, method: "POST", body: {} });
  const keys = there.broker.requests("/v1/things").map((seen) => seen.headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(2);
});

test("a change under If-Match is not repeated when its answer was lost", async () => {
  const there = await world();
  const speaker = await client(there, losing("/v1/things"));
  const changed = speaker.request({ ...things, method: "PATCH", body: {}, ifMatch: 7 });
  await expect(changed).rejects.toMatchObject({ name: "ParleyFault", retry: "later" });
  expect(there.broker.requests("/v1/things").map((seen) => seen.headers["if-match"])).toEqual(['"v7"']);
});

test("a broker that cannot be reached is a fault that says why, after three tries", async () => {
  const there = await world();
  const speaker = await client(there, losing("/v1/things", 3));
  const asked = expect(speaker.request(things)).rejects.toThrow(/cannot reach http.*: read ECONNRESET/);
  await there.clock.passNext(1_000);
  await there.clock.passNext(1_000);
  await asked;
  expect(there.broker.requests("/v1/things")).toHaveLength(3);
});

test("an answer that does not come in time is a fault", async () => {
  const there = await world();
  const speaker = await client(there, (url, init) =>
    url.endsWith("/v1/things")
      ? new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal?.reason)))
      : fetch(url, init),
  );
  const asked = speaker.request({ ...things, method: "PATCH", body: {} });
  const failed = expect(asked).rejects.toThrow("no answer within 15 s");
  await there.clock.passNext(15_000);
  await failed;
});

test("an abort is the caller's own reason, not a fault", async () => {
  const there = await world();
  const speaker = await client(there);
  const reason = new Error("enough");
  await expect(speaker.request({ ...things, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("an answer of another shape is a fault", async () => {
  const there = await world();
  const speaker = await client(there);
  there.broker.routes.set("GET /v1/things", () => ({ status: 200, body: { thing: 1 } }));
  await expect(speaker.request(things)).rejects.toMatchObject({ name: "ParleyFault", retry: "never" });
});

test("a failure without a problem says what came, and that it may pass", async () => {
  const there = await world();
  const speaker = await client(there);
  there.broker.routes.set("PATCH /v1/things", () => ({ status: 502, body: "<h1>Bad gateway</h1>" }));
  const asked = speaker.request({ ...things, method: "PATCH", body: {} });
  await expect(asked).rejects.toMatchObject({
    name: "ParleyFault",
    retry: "later",
    message: expect.stringMatching(/answered 502/),
  });
});

test("the proof names the address without its query [ID-16]", async () => {
  const there = await world();
  const speaker = await client(there);
  await speaker.request({ ...things, query: { limit: 3, cursor: undefined } });
  expect(there.broker.requests("/v1/things").map((seen) => seen.query)).toEqual(["limit=3"]);
});

test("a list is read page after page [API-5]", async () => {
  const there = await world();
  const speaker = await client(there);
  there.broker.routes.set("GET /v1/things", ({ query }) => {
    const second = new URLSearchParams(query).get("cursor") === "next";
    const body = second
      ? { items: [{ thing: "c" }], nextCursor: null }
      : { items: [{ thing: "a" }, { thing: "b" }], nextCursor: "next" };
    return { status: 200, body };
  });
  const found: string[] = [];
  for await (const item of speaker.each({ path: "/v1/things", schema: thing })) found.push(item.thing);
  expect(found).toEqual(["a", "b", "c"]);
});

test("an identity speaks to its own broker only", async () => {
  const there = await world();
  const identity = await enrolled(there);
  expect(() => new BrokerClient({ identity, broker: "https://other.example" })).toThrow("belongs to");
});
