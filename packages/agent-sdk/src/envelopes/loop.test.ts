/** How a loop over a session ends, and what it comes upon: the end of the session, a hole, a signal, another loop. */
import { expect, test } from "vitest";
import type { Session } from "../session.js";
import { take, talking } from "../testing/talking.js";
import { EnvelopesMissing } from "./missing.js";

const bodies = async (session: Session, count: number) =>
  (await take(session, count)).map((envelope) => envelope.json());

test("a gentle end comes after everything that was sent [SES-12]", async () => {
  const { session, talk, end } = await talking();
  talk.tells({ body: 1 });
  const later = talk.says({ body: 2 }, { body: 3 });
  end("completed_by_provider", 3);
  await session.closed;
  talk.deliver(later);
  const seen: unknown[] = [];
  for await (const envelope of session) seen.push(envelope.json());
  expect(seen).toEqual([1, 2, 3]);
  await talk.received("acks", 2);
  expect(talk.acks).toEqual([1, 3]);
  for await (const envelope of session) throw new Error(`${envelope.n} after the end`);
});

test("a gentle end ends who waits, also when it comes after all that was sent", async () => {
  const { session, talk, end } = await talking();
  const reading = (async () => {
    const seen: unknown[] = [];
    for await (const envelope of session) seen.push(envelope.json());
    return seen;
  })();
  talk.tells({ body: 1 });
  await talk.received("acks", 1);
  end("duration_reached", 1);
  expect(await reading).toEqual([1]);
});

test("a hard end cuts: what was not given out is not [SES-12]", async () => {
  const { session, talk, end } = await talking();
  talk.tells({ body: 1 }, { body: 2 });
  expect(await bodies(session, 1)).toEqual([1]);
  const waiting = session.request("markets.equity.request", 1);
  end("membership_removed", 2);
  const cut = { name: "SessionCut", reason: "membership_removed", session: session.id };
  await expect(waiting).rejects.toMatchObject(cut);
  await expect(take(session, 1)).rejects.toMatchObject(cut);
});

test("what cannot be delivered is told, and thrown where it would have stood [ENV-14]", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 });
  const told: unknown[] = [];
  session.on("missing", (missing) => told.push(missing));
  talk.says({ body: 2 }, { body: 3 });
  talk.missing = [{ from: 2, to: 3, why: "erased" }];
  await there.reconnect();
  await there.calls.received("join", 2);
  talk.tells({ body: 4 });
  const seen: unknown[] = [];
  const read = async () => {
    for await (const envelope of session) if (seen.push(envelope.json()) === 2) break;
  };
  const hole = await read().catch((error: unknown) => error);
  expect(hole).toBeInstanceOf(EnvelopesMissing);
  expect(hole).toMatchObject({ session: session.id, from: 2, to: 3, why: "erased" });
  expect(told).toEqual(talk.missing);
  await read();
  expect(seen).toEqual([1, 4]);
  // Nobody will ever handle what is in the hole.
  talk.tells({ body: 5 });
  for await (const envelope of session) {
    session.acknowledge(envelope);
    break;
  }
  while (talk.acks.at(-1) !== 5) await talk.received("acks", talk.acks.length + 1);
});

test("a hole at the end is told before the end", async () => {
  const { there, session, talk, end } = await talking();
  talk.says({ body: 1 });
  end("idle_timeout", 1);
  await session.closed;
  talk.missing = [{ from: 1, to: 1, why: "erased" }];
  await there.reconnect();
  await there.calls.received("join", 2);
  await expect(take(session, 1)).rejects.toMatchObject({ name: "EnvelopesMissing", from: 1 });
  for await (const envelope of session) throw new Error(`${envelope.n} after the end`);
});

test("one loop at a time, and one that is aborted gives up waiting", async () => {
  const { session, talk } = await talking();
  const stop = new AbortController();
  const loop = session.envelopes({ signal: stop.signal });
  const next = loop.next();
  await expect(loop.next()).rejects.toThrow("waited for already");
  await expect(take(session, 1)).rejects.toThrow("another loop");
  stop.abort(new Error("enough"));
  await expect(next).rejects.toThrow("enough");
  await expect(session.envelopes({ signal: stop.signal }).next()).rejects.toThrow("enough");
  expect(await loop.next()).toEqual({ done: true, value: undefined });
  talk.tells({ body: 1 });
  expect(await bodies(session, 1)).toEqual([1]);
});

test("the end of the agent ends the loop", async () => {
  const { there, session } = await talking();
  const waiting = expect(take(session, 1)).rejects.toMatchObject({ message: "the agent is closed" });
  await there.agent.close();
  await waiting;
  expect(there.clock.timers).toBe(0);
});

test("the goodbye says what was handled", async () => {
  const { there, session, talk } = await talking();
  talk.tells({ body: 1 }, { body: 2 }, { body: 3 });
  const loop = session.envelopes();
  for (let count = 0; count < 3; count++) await loop.next();
  const said = talk.received("acks", 1);
  await there.agent.close();
  await said;
  expect(talk.acks).toEqual([2]);
});

test("what the broker finds missing on the way is told in its place, and the record is looked at behind it [ENV-15]", async () => {
  const { there, session, talk } = await talking();
  const [first, , third] = talk.says({ body: 1 }, { body: 2 }, { body: 3 });
  const fourth = talk.says({ body: 4 });
  talk.deliver([first ?? new Uint8Array()]);
  const missing = { from: 2, to: 2, why: "erased" as const };
  there.calls.tell({ event: "session.missing", session: session.id, missing });
  talk.deliver([third ?? new Uint8Array(), ...fourth]);
  expect(await bodies(session, 1)).toEqual([1]);
  await expect(take(session, 1)).rejects.toMatchObject({ name: "EnvelopesMissing", ...missing });
  expect(await bodies(session, 2)).toEqual([3, 4]);
  await session.send("markets.equity.request", 1);
  talk.tells({ body: 5 });
  expect(await bodies(session, 1)).toEqual([5]);
  expect(there.troubles).toEqual([]);
  talk.head = { ...talk.head, hash: "Z".repeat(43) };
  talk.happens("session.violated");
  await expect(take(session, 1)).rejects.toMatchObject({ name: "RecordDiffers" });
});
