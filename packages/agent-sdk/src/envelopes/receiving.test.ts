/** What a session is given: in order, each once, acknowledged when the next is asked for, and the end of it. */
import { limits, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import type { Session } from "../session.js";
import { take, talking } from "../testing/talking.js";
import { offerOf } from "../testing/town.js";
import { received } from "../testing/watched-agent.js";

/** So much has been heard of what was sent before. */
const heardAll = async ({ there }: Pick<Awaited<ReturnType<typeof talking>>, "there">) => {
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
};
const bodies = async (session: Session, count: number) =>
  (await take(session, count)).map((envelope) => envelope.json());

test("gives what was sent: the sender's header, the broker's stamp, the payload as it is [ENV-11]", async () => {
  const { session, talk } = await talking();
  talk.tells({ type: "markets.tick", correlationId: "c", "x-desk": "7", body: { price: 1 } });
  const [envelope] = await take(session, 1);
  const { provider } = talk.view;
  expect(envelope).toMatchObject({
    ...{ session: session.id, type: "markets.tick", n: 1, seq: 1, redelivered: false, cursor: "1.1" },
    from: { agent: provider.agent.id, organisation: provider.organisation.id },
    header: { correlationId: "c", "x-desk": "7" },
  });
  expect(envelope?.id).toMatch(/^env_/);
  expect(Date.parse(envelope?.at ?? "")).toBeGreaterThan(0);
  expect(envelope?.text()).toBe('{"price":1}');
  expect(envelope?.json()).toEqual({ price: 1 });
  expect(envelope?.payload).toBeInstanceOf(Uint8Array);
});

test("a payload that is no text, or no JSON, is a fault of its own", async () => {
  const { session, talk } = await talking();
  talk.tells({ body: "\ud800" }, {});
  const [envelope] = await take(session, 1);
  expect(envelope?.json()).toBe("\ud800");
  Object.assign(envelope ?? {}, { payload: Uint8Array.of(0xff) });
  expect(() => envelope?.text()).toThrow("not UTF-8");
  Object.assign(envelope ?? {}, { payload: Uint8Array.of(0x7b) });
  expect(() => envelope?.json()).toThrow("not JSON");
});

test("an envelope is acknowledged when the next is asked for, and not when the loop is left [ENV-13]", async () => {
  const { session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 });
  const given: unknown[] = [];
  for await (const envelope of session) {
    given.push(envelope.json());
    if (given.length === 1) continue;
    break;
  }
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([1]);
  talk.tells({ body: 3 });
  expect(await bodies(session, 1)).toEqual([3]);
  expect(given).toEqual([1, 2]);
  expect(talk.acks).toEqual([1]);
});

test("a loop that asks on acknowledges what one before it was left with", async () => {
  const { session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 }, { body: 3 });
  expect(await bodies(session, 1)).toEqual([1]);
  const seen: unknown[] = [];
  for await (const envelope of session) if (seen.push(envelope.json()) === 2) break;
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([2]);
});

test("acknowledge says so for a loop that is about to be left", async () => {
  const { session, talk } = await talking();
  talk.tells({ body: 1 });
  for await (const envelope of session) {
    session.acknowledge(envelope);
    break;
  }
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([1]);
});

test("acknowledgements go together: every sixteen, and when there is nothing left to do [ENV-13]", async () => {
  const { session, talk } = await talking();
  talk.tells(...Array.from({ length: 40 }, (_, body) => ({ body })));
  const reading = (async () => {
    for await (const envelope of session) {
      await new Promise(setImmediate);
      if (envelope.n === 41) break;
    }
  })();
  await talk.received("acks", 3);
  expect(talk.acks).toEqual([16, 32, 40]);
  talk.tells({ body: "last" });
  await reading;
});

test("what is done is said before long, however long the next takes", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 });
  const loop = session.envelopes();
  await loop.next();
  await loop.next();
  await there.clock.passNext(20);
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([1]);
  await loop.return?.();
});

test("after a lost connection nothing is given twice, and nothing left out [ENV-14]", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 }, { body: 3 });
  expect(await bodies(session, 2)).toEqual([1, 2]);
  await there.reconnect();
  expect(await there.calls.received("join", 2)).toMatchObject({ cursor: { after: 3, era: 1 } });
  talk.deliverAfter(0);
  talk.tells({ body: 4 });
  expect(await bodies(session, 2)).toEqual([3, 4]);
});

test("what was said of the handling is said again over the next connection", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 });
  expect(await bodies(session, 2)).toEqual([1, 2]);
  await talk.received("acks", 1);
  await there.reconnect();
  await talk.received("acks", 2);
  expect(talk.acks).toEqual([1, 1]);
});

test("what was left out is asked for again; left out twice, it is a fault", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 });
  const [, third] = [talk.says({ body: 2 }), talk.says({ body: 3 })];
  talk.deliver(third);
  expect(await there.calls.received("join", 2)).toMatchObject({ cursor: { after: 1 } });
  expect(await bodies(session, 3)).toEqual([1, 2, 3]);
  there.calls.answers.join = ({ cursor }) => talk.joined(cursor?.after);
  talk.says({ body: 4 });
  talk.tells({ body: 5 });
  await there.calls.received("join", 3);
  await heardAll({ there });
  talk.deliverAfter(4);
  await expect(take(session, 1)).rejects.toThrow("envelope 4 was left out");
});

test("holds what the other side has room for, lets go of more, and asks for it when there is room [ENV-8]", async () => {
  const { there, session, talk } = await talking();
  const { envelopesUnhandledMax: most } = limits;
  talk.tells(...Array.from({ length: most }, (_, body) => ({ body })));
  talk.tells({ body: most }, { body: most + 1 });
  await heardAll({ there });
  const seen = bodies(session, most + 2);
  expect(await there.calls.received("join", 2)).toMatchObject({ cursor: { after: most } });
  expect(await seen).toEqual(Array.from({ length: most + 2 }, (_, body) => body));
});

test("goes on in a new process after the cursor, or after what was acknowledged [ENV-14]", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 });
  const [, second] = await take(session, 2);
  expect(await there.agent.resume(session.id, { cursor: second?.cursor ?? "" })).toBe(session);
  expect(there.calls.of("join")).toHaveLength(1);
  const other = await talking();
  const { there: elsewhere, talk: again } = other;
  elsewhere.show(again.view);
  await expect(elsewhere.agent.resume(makeId("session"), { cursor: "1" })).rejects.toThrow(RangeError);
  await expect(elsewhere.agent.resume(makeId("session"), { cursor: "0.1" })).rejects.toThrow(
    "no envelope's cursor",
  );
  elsewhere.calls.answers.join = ({ cursor }) => ({ ...again.joined(cursor?.after), id: talk.view.id });
  const resumed = await elsewhere.agent.resume(talk.view.id, { cursor: "1.2" });
  expect(resumed).toMatchObject({ id: talk.view.id, resumed: true });
  expect((await elsewhere.calls.received("join", 2)).cursor).toEqual({ era: 1, after: 2 });
});

test("what comes with the reply to a join, or before it, is not lost", async () => {
  const { there, talk } = await talking();
  const late = talk.says({ body: 1 });
  const { join } = there.calls.answers;
  const view = there.show({ ...talk.view, id: makeId("session") });
  there.calls.answers.propose = () => {
    talk.deliver(
      late.map((frame) =>
        Buffer.from(Buffer.from(frame).toString("latin1").replaceAll(talk.view.id, view.id), "latin1"),
      ),
    );
    return view;
  };
  there.calls.answers.join = (call) => ({ ...(join?.(call) as object), id: call.session });
  const session = await there.agent.engage(offerOf());
  expect(session.id).toBe(view.id);
  expect(await there.calls.received("join", 2)).toMatchObject({ session: view.id });
});

test("a stamp that is none ends the connection; nothing of it is given", async () => {
  const { there, session, talk } = await talking();
  talk.spoil = (said) => ({ ...said, n: -1 });
  const lost = there.watch.next("waiting");
  talk.tells({ body: 1 });
  expect(await lost).toMatchObject({ loss: { why: "ended" } });
  expect(there.troubles).toMatchObject([{ name: "ParleyFault" }]);
  talk.spoil = (said) => said;
  await received(there, "ack", 0);
  expect(session.state).toBe("active");
});
