/** Sessions that outlive what held them: a connection, an era, the instance's hold, the process. */
import { encodeFrame, encodeJsonFrame, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { refuse, silent } from "../testing/fake-calls.js";
import { take, talking } from "../testing/talking.js";
import { closed, offerOf, sessionOf } from "../testing/town.js";
import { socketOf } from "../testing/watched-agent.js";

const type = "markets.equity.request";
const settled = async ({ there }: Pick<Awaited<ReturnType<typeof talking>>, "there">) => {
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
};

test("one that has closed gently is gone on with, and drained, in a new process [SES-12]", async () => {
  const { there, talk } = await talking();
  const over = there.show({
    ...closed(there, { ...talk.view, id: makeId("session") }, "completed_by_provider"),
    provider: { ...talk.view.provider, sent: { envelopes: 0, bytes: 0, acknowledged: 0 } },
  });
  there.calls.answers.join = () => over;
  const drained = await there.agent.resume(over.id);
  expect(drained.state).toBe("closed");
  for await (const envelope of drained) throw new Error(`nobody sent ${envelope.n}`);
  await expect(drained.send(type)).rejects.toMatchObject({ code: "session.state" });
});

test("one that nobody here has joined gives nothing when it is over", async () => {
  const { there } = await talking();
  const view = there.show(sessionOf(there, "provider", { state: "active" }));
  const items = [view];
  there.broker.routes.set("GET /v1/sessions", () => ({ status: 200, body: { items, nextCursor: null } }));
  const [listed] = await there.agent.sessions();
  there.show(closed(there, view, "completed_by_consumer"));
  const sent = { consumer: 3, provider: 0 };
  there.calls.tell({ event: "session.closed", session: view.id, reason: "completed_by_consumer", sent });
  await listed?.closed;
  expect(() => listed?.envelopes()).toThrow("holds this side");
});

test("one that was lost to a sibling is begun anew when it is taken again; in hand before, it stays lost", async () => {
  const { there, session, talk } = await talking();
  const { join } = there.calls.answers;
  const waiting = expect(take(session, 1)).rejects.toMatchObject({ code: "session.not-held" });
  there.calls.answers.join = () => refuse({ code: "session.not-held" });
  await there.reconnect();
  await waiting;
  if (join !== undefined) there.calls.answers.join = join;
  const again = await there.agent.resume(session.id);
  expect(again).not.toBe(session);
  talk.tells({ body: 1 });
  expect((await take(again, 1))[0]?.json()).toBe(1);
  expect(await again.send(type)).toMatchObject({ n: 1 });
  await expect(session.send(type)).rejects.toMatchObject({ code: "session.not-held" });
  there.show(closed(there, talk.view, "completed_by_provider"));
  there.calls.tell({ event: "session.closed", session: session.id, reason: "completed_by_provider" });
  expect([await session.closed, await again.closed]).toMatchObject([{}, { reason: "completed_by_provider" }]);
});

test("what is read after it is over is acknowledged over whichever connection there is", async () => {
  const { there, session, talk, end } = await talking();
  talk.tells({ body: 1 }, { body: 2 });
  await settled({ there });
  end("completed_by_provider", 2);
  await session.closed;
  await there.reconnect();
  await settled({ there });
  expect(there.calls.of("join")).toHaveLength(1);
  const seen: unknown[] = [];
  for await (const envelope of session) seen.push(envelope.json());
  expect(seen).toEqual([1, 2]);
  expect(await there.calls.received("join", 2)).toMatchObject({ cursor: { after: 2 } });
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([2]);
});

test("an older record is not gone on with as if it were the same: the cursor is of its era [ENV-14]", async () => {
  const { there, session, talk } = await talking();
  const waiting = expect(take(session, 1)).rejects.toMatchObject({
    name: "SessionCut",
    reason: "record_restored",
  });
  there.broker.era = 2;
  there.calls.answers.join = () => refuse({ code: "cursor.era" });
  there.show(closed(there, talk.view, "record_restored"));
  await there.reconnect();
  expect(await there.calls.received("join", 2)).toMatchObject({ cursor: { era: 1, after: 0 } });
  await waiting;
});

test("what is answered after all, while it is about to be sent again, is answered", async () => {
  const { there, session, talk } = await talking();
  talk.isSilent = true;
  talk.judge = ({ id }) => (id === talk.heard[0]?.id ? { code: "session.not-held" } : undefined);
  const first = session.send(type, 1);
  await talk.received("messages", 1);
  const second = session.send(type, 2);
  await talk.received("messages", 2);
  const [notHeld = new Uint8Array(), taken = new Uint8Array()] = talk.unsaid;
  const { join } = there.calls.answers;
  there.calls.answers.join = () => silent;
  socketOf(there).send(notHeld);
  const { id } = await there.calls.received("join", 2);
  const reply = encodeJsonFrame("reply", { id, ok: true, result: talk.joined(0) });
  talk.isSilent = false;
  talk.judge = () => undefined;
  socketOf(there).send(Buffer.concat([reply, taken]));
  expect(await second).toMatchObject({ n: 1, repeated: false });
  expect(await first).toMatchObject({ n: 2, repeated: false });
  expect(there.troubles).toEqual([]);
  expect(talk.payloads).toEqual(["1", "2", "1"]);
  expect(join).toBeDefined();
});

test("a reply to a join of a connection before says nothing of this one", async () => {
  const { there, session } = await talking();
  const { join } = there.calls.answers;
  there.calls.answers.join = () => silent;
  await there.reconnect();
  const { id } = await there.calls.received("join", 2);
  const heard = there.calls.of("join").length;
  await there.reconnect();
  while (there.calls.of("join").length < heard + 2) await new Promise(setImmediate);
  const newer = there.calls.of("join").find((call) => call.id !== id && call !== there.calls.of("join")[0]);
  const answer = () => join?.({ call: "join", id, session: session.id, cursor: { after: 0, era: 1 } });
  const resume = (await Promise.resolve(answer())) as object;
  there.calls.reply(newer?.id ?? "", resume);
  there.calls.reply(id, resume);
  await settled({ there });
  expect(await session.send(type)).toMatchObject({ n: 1 });
});

test("what is over and cannot be drained is not waited for; what was sent there is known all the same", async () => {
  const { there, session, talk, end } = await talking();
  talk.isSilent = true;
  const sent = session.send(type, 1);
  await talk.received("heard", 1);
  const waiting = expect(take(session, 1)).rejects.toMatchObject({ code: "session.state", state: "closed" });
  end("completed_by_provider", 2);
  await session.closed;
  there.calls.answers.join = () => refuse({ code: "session.state", state: "closed" });
  talk.isSilent = false;
  await there.reconnect();
  await waiting;
  expect(await sent).toMatchObject({ repeated: true });
});

test("… also while the session cannot be read", async () => {
  const { there, session, talk } = await talking();
  talk.isSilent = true;
  const sent = session.send(type, 1);
  await talk.received("heard", 1);
  there.calls.answers.join = () => refuse({ code: "session.state", state: "closed" });
  there.broker.routes.delete(`GET /v1/sessions/${session.id}`);
  talk.isSilent = false;
  await there.reconnect();
  expect(await sent).toMatchObject({ repeated: true });
});

test("an end that overtakes the reply to a proposal is told to who waits for more", async () => {
  const { there, talk } = await talking();
  const view = there.show({ ...talk.view, id: makeId("session"), state: "accepted", activeAt: null });
  there.calls.answers.propose = () => {
    there.calls.tell({ event: "session.closed", session: view.id, reason: "completed_by_provider" });
    there.show(closed(there, view, "completed_by_provider"));
    return view;
  };
  const engaging = there.agent.engage(offerOf(), { until: "active" });
  await expect(engaging).rejects.toMatchObject({ name: "SessionEnded", reason: "completed_by_provider" });
});

test("a session that could not be closed is talked in again", async () => {
  const { there, session } = await talking();
  there.calls.answers.close = () => refuse({ code: "broker.busy", retryAfterMs: 1 });
  await expect(session.close()).rejects.toMatchObject({ code: "broker.busy" });
  expect(await session.send(type)).toMatchObject({ n: 1 });
});

test("who gives up waiting for the close closes all the same", async () => {
  const { there, session, talk } = await talking();
  talk.isSilent = true;
  const sent = session.send(type, 1);
  await talk.received("heard", 1);
  const stop = new AbortController();
  const closing = expect(session.close({ signal: stop.signal })).rejects.toThrow("enough");
  stop.abort(new Error("enough"));
  await closing;
  talk.isSilent = false;
  await there.reconnect();
  expect(await sent).toMatchObject({ repeated: true });
  await there.calls.received("close");
});

test.each([
  ["an outcome", () => encodeJsonFrame("outcome", { sessions: [{ session: "x", accepted: {} }] })],
  ["an outcome of nothing", () => encodeJsonFrame("outcome", [])],
  ["a head", () => encodeJsonFrame("outcome", { sessions: [{ ...empty, stands: { ...stands, head: {} } }] })],
  ["a refusal", () => encodeJsonFrame("outcome", { sessions: [{ ...empty, refused: [{ id: "env_1" }] }] })],
  ["a stamp", () => encodeFrame("deliver", bytes("[]"), bytes("{}"), bytes(""))],
  ["a stamp in no UTF-8", () => encodeFrame("deliver", Uint8Array.of(0xff), bytes("{}"), bytes(""))],
  ["an envelope of its own", () => encodeFrame("send", bytes("{}"), bytes(""))],
])("%s that is none ends the connection, and the agent comes back [FRM-3]", async (_, make) => {
  const { there, session } = await talking();
  const lost = there.watch.next("waiting");
  socketOf(there).send(make());
  const { forMs, loss } = await lost;
  expect(loss).toMatchObject({ why: "ended", ending: { reason: "lost" } });
  there.clock.step(forMs);
  await there.watch.next("connected");
  expect(await session.send(type)).toMatchObject({ n: 1 });
  expect(there.troubles).toHaveLength(1);
});

const bytes = (text: string) => new TextEncoder().encode(text);
const left = { envelopes: null, bytes: 0, milliseconds: 5 };
const stands = { state: "active", left, sendUpTo: { n: 1, bytes: 1 }, head: null };
const empty = { session: "ses_1", accepted: [], repeated: [], refused: [], stands };

test("an outcome of a session that is not known here means nothing", async () => {
  const { there, session } = await talking();
  socketOf(there).send(encodeJsonFrame("outcome", { sessions: [{ ...empty, stands: null }, empty] }));
  expect(await session.send(type)).toMatchObject({ n: 1 });
});
