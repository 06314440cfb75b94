/**
 * Identities from outside, as they live: twenty copies of one agent, one of which is lost; an agent and an organisation
 * that are suspended; connections that replace each other. Every step is on the record, and the record verifies.
 */
import { describe, expect, test } from "vitest";
import type { BrokerProcess } from "../fixtures/broker-process.js";
import { codeOf, exchange } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { enrol, type Principal, tokenRefusal } from "../fixtures/principal.js";
import {
  answersPing,
  type Connected,
  connectAs,
  frame,
  helloProof,
  RawSocket,
  refusedAs,
} from "../fixtures/raw-socket.js";
import { countFacts, type Fact, flawIn, kindsSince, readFacts } from "../fixtures/record.js";
import { makeAgent, makeInstance, mintFor } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

interface Cut {
  readonly cut: {
    readonly sockets: number;
    readonly sessions: number;
    readonly surviving: readonly string[];
  };
}

const cutBy = (by: Principal, path: string): Promise<Cut> => by.done<Cut>("POST", path);

/** Copies of one agent, each with a key of its own, all connected. */
async function copiesOf(admin: Principal, agent: string, uses: number) {
  const { token } = await mintFor(admin, agent, { uses });
  const principals = await Promise.all(Array.from({ length: uses }, () => enrol(admin.home, token)));
  const connected = await Promise.all(principals.map(connectAs));
  return { principals, connected };
}

const closes = (connected: readonly Connected[]) =>
  Promise.all(connected.map(async ({ socket }) => (await socket.closed).code));
const end = (connected: readonly Connected[]) => {
  for (const { socket } of connected) socket.end();
};

/** How many sockets the broker itself says that it has. */
async function socketsOf({ management }: BrokerProcess): Promise<number> {
  const metrics = await exchange(management, { method: "GET", path: "/metrics" });
  return Number(/^parley_sockets(?:\{.*\})? (\d+)$/m.exec(metrics.text)?.[1]);
}

describe("twenty instances of one agent", () => {
  test("of which one is revoked: it is out within a second, and no other feels it [ID-20]", async () => {
    const { admin } = world().a;
    const agent = await makeAgent(admin, "twenty");
    const begin = await countFacts(admin);
    const { principals, connected } = await copiesOf(admin, agent, 20);
    const [victim, ...siblings] = principals as [Principal, ...Principal[]];
    const [gone, ...staying] = connected as [Connected, ...Connected[]];
    const token = await victim.token();
    const listed = () =>
      admin.done<{ items: { id: string; connectedSince: string }[] }>(
        "GET",
        `/v1/agents/${agent}/instances?limit=200`,
      );
    const before = (await listed()).items.filter(({ id }) => id !== victim.id);
    const asked = performance.now();
    const { cut } = await cutBy(admin, `/v1/instances/${victim.id}/revoke`);
    const { code, at } = await gone.socket.closed;

    expect(cut).toEqual({ sockets: 1, sessions: 0, surviving: [] });
    expect(code).toBe(4403);
    expect(at - asked).toBeLessThan(1_000);
    expect(codeOf(await victim.get("/v1/whoami"))).toBe("identity.revoked");
    expect(await refusedAs(victim, token)).toBe(4403);
    expect(await tokenRefusal(victim)).toBe("identity.revoked");

    expect(await Promise.all(staying.map(answersPing))).toEqual(Array(19).fill(true));
    expect((await listed()).items.filter(({ id }) => id !== victim.id)).toEqual(before);
    expect((await siblings[0]?.get("/v1/whoami"))?.status).toBe(200);
    expect(await kindsSince(admin, begin)).toEqual([
      "enrolment-token.minted",
      ...Array(20).fill("instance.enrolled"),
      "instance.revoked",
    ]);
    end(staying);
  });

  test("are all out when their agent is suspended, and come back only with new tokens [ID-21]", async () => {
    const { admin, instance } = world().a;
    const agent = await makeAgent(admin, "suspended");
    const { principals, connected } = await copiesOf(admin, agent, 20);
    const neighbour = await connectAs(instance);
    const { cut } = await cutBy(admin, `/v1/agents/${agent}/suspend`);
    expect(cut).toEqual({ sockets: 20, sessions: 0, surviving: [] });
    expect(await closes(connected)).toEqual(Array(20).fill(4423));
    expect(await answersPing(neighbour)).toBe(true);
    const [one] = principals as [Principal];
    const old = await one.token();
    expect(codeOf(await one.get("/v1/whoami"))).toBe("identity.suspended");
    expect(await refusedAs(one, old)).toBe(4423);
    const [, two] = principals as [Principal, Principal];
    expect(await tokenRefusal(two)).toBe("identity.suspended");

    await admin.done("POST", `/v1/agents/${agent}/resume`);
    expect(codeOf(await one.get("/v1/whoami"))).toBe("access.invalid");
    expect(await refusedAs(one, old)).toBe(4401);
    one.forgetToken();
    expect((await one.get("/v1/whoami")).status).toBe(200);
    const again = await connectAs(one);
    expect(again.epoch).toBe(2);
    end([again, neighbour]);
  });

  test("that never read are cut like the others", async () => {
    const { admin, agent } = world().a;
    const { principals, connected } = await copiesOf(admin, agent, 3);
    const deaf = connected as [Connected, Connected, Connected];
    for (const { socket } of deaf) socket.stopReading();
    const before = await socketsOf(world().broker);
    const asked = performance.now();
    const cuts = await Promise.all(principals.map(({ id }) => cutBy(admin, `/v1/instances/${id}/revoke`)));
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(cuts.map(({ cut }) => cut)).toEqual(Array(3).fill({ sockets: 1, sessions: 0, surviving: [] }));
    expect(await socketsOf(world().broker)).toBeLessThanOrEqual(before - 3);
    for (const { socket } of deaf) socket.readAgain();
    await closes(deaf);
  });
});

describe("one instance", () => {
  test("has one connection: the newer ends the older, and that is a fact", async () => {
    const { admin, agent } = world().a;
    const instance = await makeInstance(admin, agent);
    const begin = await countFacts(admin);
    const older = await connectAs(instance);
    const newer = await connectAs(instance);
    expect((await older.socket.closed).code).toBe(4409);
    expect(newer.epoch).toBe(older.epoch + 1);
    expect(await kindsSince(admin, begin)).toEqual(["connection.replaced"]);
    const [fact] = (await readFacts(admin)).slice(begin);
    expect(fact?.content?.data).toMatchObject({ older: older.connection, newer: newer.connection });
    end([newer]);
  });

  test("is not heard on a connection that another has replaced in the same moment", async (context) => {
    const { admin, agent } = world().a;
    const instance = await makeInstance(admin, agent);
    const token = await instance.token();
    let refused = 0;
    // Both arrive while the broker stands still, so it finds them together; which one it reads first is its affair.
    for (let round = 0; round < 20 && refused === 0; round++) {
      const older = await connectAs(instance);
      const newer = new RawSocket(world().broker.url);
      const { value } = await newer.expect("challenge");
      const hello = { token, proof: helloProof(instance.home, value.nonce, token, instance.key) };
      const renew = { token, proof: helloProof(instance.home, older.nonce, token, instance.key) };
      world().broker.signal("SIGSTOP");
      newer.sayBytes(frame("hello", hello));
      older.socket.sayBytes(frame("renew", renew));
      world().broker.signal("SIGCONT");
      await newer.expect("welcome");
      await older.socket.closed;
      newer.end();
      const told = (await readFacts(admin)).filter(
        ({ content }) => content?.data.code === "connection.replaced",
      );
      refused = told.length;
    }
    // Which of two frames a broker reads first cannot be made sure of from outside: the rule's own test can.
    if (refused === 0) context.skip("in twenty rounds the older connection's frame was always read first");
    expect(refused).toBeGreaterThan(0);
  });

  test("goes on with a renewed token on the same connection, and never with somebody else's", async () => {
    const { admin, agent } = world().a;
    const instance = await makeInstance(admin, agent);
    const { socket, nonce } = await connectAs(instance);
    const fresh = await instance.signIn();
    socket.say("renew", { token: fresh, proof: helloProof(instance.home, nonce, fresh, instance.key) });
    await socket.expect("renewed");
    const other = await makeInstance(admin, agent);
    const token = await other.token();
    socket.say("renew", { token, proof: helloProof(other.home, nonce, token, other.key) });
    expect((await socket.closed).code).toBe(4401);
  });
});

describe("an organisation that is suspended", () => {
  test("is out as a whole, its admins too; the others do not notice", async () => {
    const { platform, a, b } = world();
    const here = await copiesOf(b.admin, b.agent, 3);
    const there = await connectAs(a.instance);
    const begin = await countFacts(b.admin);
    const { cut } = await cutBy(platform, `/v1/organisations/${b.id}/suspend`);
    expect(cut).toEqual({ sockets: 3, surviving: [] });
    expect(await closes(here.connected)).toEqual([4423, 4423, 4423]);
    expect(codeOf(await b.admin.get("/v1/whoami"))).toBe("identity.suspended");
    expect(await tokenRefusal(b.auditor)).toBe("identity.suspended");
    expect(await answersPing(there)).toBe(true);

    await platform.done("POST", `/v1/organisations/${b.id}/resume`);
    expect(codeOf(await b.admin.get("/v1/whoami"))).toBe("access.invalid");
    b.admin.forgetToken();
    b.instance.forgetToken();
    expect((await b.instance.get("/v1/whoami")).status).toBe(200);
    expect(await kindsSince(b.admin, begin)).toEqual(["organisation.suspended", "organisation.resumed"]);
    end([there]);
  });
});

describe("the record of all this", () => {
  test("verifies with a few lines of our own, for each of its three readers [REC-1]", async () => {
    for (const reader of [world().platform, world().a.admin, world().b.auditor]) {
      const facts = await readFacts(reader);
      expect(facts.length).toBeGreaterThan(5);
      expect(flawIn(facts)).toBeUndefined();
    }
  });

  const spoil: readonly (readonly [string, (facts: Fact[]) => Fact[]])[] = [
    ["a fact left out", (facts) => facts.toSpliced(3, 1)],
    ["a fact said twice", (facts) => facts.toSpliced(3, 0, ...facts.slice(3, 4))],
    ["two facts in another order", (facts) => facts.toSpliced(3, 2, ...facts.slice(3, 5).reverse())],
    ["another time", (facts) => facts.with(3, { ...(facts[3] as Fact), at: "2020-01-01T00:00:00.000Z" })],
    ["another kind", (facts) => facts.with(3, { ...(facts[3] as Fact), kind: "agent.revoked" })],
    [
      "another content",
      (facts) => facts.with(3, { ...(facts[3] as Fact), content: { actor: "x", subject: "x", data: {} } }),
    ],
  ];
  test.each(spoil)("would not verify with %s", async (_name, spoiled) => {
    const facts = await readFacts(world().a.admin);
    expect(flawIn(spoiled(facts))).toMatch(/^[45]: /);
  });

  test("names who did it, to whom, and nobody of another organisation", async () => {
    const facts = await readFacts(world().a.admin);
    const revoked = facts.find(({ kind }) => kind === "instance.revoked");
    expect(revoked?.content?.actor).toBe(world().a.admin.id);
    expect(revoked?.content?.subject).toMatch(/^ins_/);
    const text = JSON.stringify(facts);
    for (const foreign of [world().b.id, world().b.admin.id, world().b.agent, world().b.instance.id]) {
      expect(text).not.toContain(foreign);
    }
  });
});
