/** The chain that this side computes along the way: whatever the broker's record says otherwise is found, and stops it. */
import { expect, test } from "vitest";
import { take, talking } from "../testing/talking.js";
import { RecordDiffers } from "./chain.js";

const type = "markets.equity.request";
type World = Awaited<ReturnType<typeof talking>>;

/** The session has stopped, and nothing else has. */
async function differs({ there, session }: World): Promise<void> {
  while (there.troubles.length === 0) await new Promise(setImmediate);
  expect(there.troubles[0]).toBeInstanceOf(RecordDiffers);
  const fault = { name: "RecordDiffers", retry: "never", session: session.id };
  await expect(session.send(type)).rejects.toMatchObject(fault);
  await expect(session.request(type)).rejects.toMatchObject(fault);
  await expect(take(session, 1)).rejects.toMatchObject(fault);
  expect(there.agent.state.state).toBe("connected");
  await session.close();
  expect(there.calls.of("close")).toHaveLength(1);
}

/** A while of everything that can happen. */
async function course({ session, talk }: World): Promise<void> {
  await session.send(type, 1);
  talk.tells({ body: 1 }, { body: 2 });
  talk.happens("session.violated");
  await Promise.all([session.send(type, 2), session.send(type, 3)]);
  talk.tells({ body: 3 });
  await take(session, 3);
}

test("what was sent, delivered and told makes the chain that the broker states [ENV-7]", async () => {
  const world = await talking();
  for (let round = 0; round < 3; round++) await course(world);
  await world.there.reconnect();
  await course(world);
  await expect(world.there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(world.there.troubles).toEqual([]);
});

test("a segment of the other side is looked at when its last envelope has come", async () => {
  const world = await talking();
  const [first, ...rest] = world.talk.says({ body: 1 }, { body: 2 }, { body: 3 });
  world.talk.deliver([first ?? new Uint8Array()]);
  await take(world.session, 1);
  // Its outcome overtakes what is still to come of the segment before.
  const sent = world.session.send(type, 1);
  await sent;
  world.talk.deliver(rest);
  await take(world.session, 2);
  await course(world);
  expect(world.there.troubles).toEqual([]);
});

const hashOf = (letter: string) => letter.repeat(43);

test.each([
  ["the head in an outcome", { head: { position: 5, hash: hashOf("B") } }],
  ["the digest of what was sent", "digest"],
] as const)("finds another %s", async (_, what) => {
  const world = await talking();
  world.talk.spoil = <T>(said: T): T => {
    const outcome = said as { accepted: { envelopes: object[] }[]; stands: object };
    const isDigest = what === "digest";
    const accepted = outcome.accepted.map((one) => ({
      ...one,
      envelopes: one.envelopes.map((each) => ({ ...each, ...(isDigest && { digest: hashOf("C") }) })),
    }));
    return { ...outcome, accepted, stands: { ...outcome.stands, ...(!isDigest && what) } } as T;
  };
  // Whether it was taken is not in doubt where only the head is.
  await world.session.send(type, 1).catch(() => undefined);
  world.talk.spoil = (said) => said;
  await differs(world);
});

test.each([
  ["cause", { cause: "cmd_00000000000000000000000000" }],
  ["time", { at: "2026-01-05T10:00:00.001Z" }],
  ["instance", { instance: "ins_00000000000000000000000000" }],
  ["seq", { seq: 9 }],
  ["bytes", { segment: { n: 1, seq: 1, count: 1, sent: 7 } }],
  ["count", { segment: { n: 1, seq: 1, count: 2, sent: 7 } }],
  ["mark", { stray: true }],
])("finds another %s in a stamp", async (_, spoilt) => {
  const world = await talking();
  world.talk.spoil = (said) => ({ ...said, ...spoilt });
  world.talk.tells({ body: 1 });
  world.talk.spoil = (said) => said;
  world.talk.tells({ body: 2 });
  await world.session.send(type, 1).catch(() => undefined);
  await differs(world);
});

test.each([
  ["whose payload has another digest", { payload: hashOf("D") }],
  ["of another agent", { agent: "agt_00000000000000000000000000" }],
  ["of another organisation", { organisation: "org_00000000000000000000000000" }],
  ["of our own side", { side: "consumer" }],
])("gives nobody an envelope %s [ENV-11]", async (_, spoilt) => {
  const world = await talking();
  world.talk.spoil = (said) => ({ ...said, ...spoilt });
  const given = expect(take(world.session, 1)).rejects.toBeInstanceOf(RecordDiffers);
  world.talk.tells({ body: 1 });
  await given;
  world.talk.spoil = (said) => said;
  await differs(world);
});

test.each([
  ["content", { content: { kind: "session.other" } }],
  ["hash", { hash: hashOf("E") }],
  ["one before it", { previous: hashOf("F") }],
  ["kind", { kind: "session.resumed" }],
  ["stream", { stream: "session:ses_other" }],
])("finds a fact with another %s", async (_, spoilt) => {
  const world = await talking();
  world.talk.spoil = (said) => ({ ...said, ...spoilt });
  world.talk.happens("session.violated");
  world.talk.spoil = (said) => said;
  await differs(world);
});

test("a fact whose content was erased still has its place", async () => {
  const world = await talking();
  world.talk.spoil = (said) => ({ ...said, content: null });
  world.talk.happens("session.violated");
  world.talk.spoil = (said) => said;
  await course(world);
  expect(world.there.troubles).toEqual([]);
});

test("what happened while this side was away is not looked at, what comes after is", async () => {
  const world = await talking();
  await course(world);
  const closed = world.there.watch.next("waiting");
  world.there.broker.sockets.at(-1)?.close(4408);
  const { forMs } = await closed;
  world.talk.happens("session.resumed", false);
  world.talk.happens("session.violated", false);
  world.there.clock.step(forMs);
  await world.there.calls.received("join", 2);
  await course(world);
  expect(world.there.troubles).toEqual([]);
  world.talk.head = { ...world.talk.head, hash: hashOf("G") };
  world.talk.happens("session.violated");
  await differs(world);
});

test("a record that is another after a lost connection is found, where it is as long [ENV-14]", async () => {
  const world = await talking();
  await course(world);
  await expect(world.there.agent.retract("x")).rejects.toThrow("makes no sense");
  world.talk.head = { ...world.talk.head, hash: hashOf("H") };
  await world.there.reconnect();
  await differs(world);
});
