/** What a session sends: in order, as far as there is room, and each until it is answered. */
import { limits } from "@parley/protocol";
import { expect, test } from "vitest";
import { talking } from "../testing/talking.js";
import { sessionOf } from "../testing/town.js";

const type = "markets.equity.request";

test("resolves with where it stands when the broker has it for good, and says what is left [ENV-10]", async () => {
  const { session, talk } = await talking();
  const sent = await session.send(
    type,
    { tickers: ["SPY"] },
    { correlationId: "c", headers: { "x-desk": "7" } },
  );
  expect(talk.heard).toEqual([
    {
      ...{ session: session.id, id: sent.id, type, contentType: "application/json" },
      ...{ correlationId: "c", "x-desk": "7" },
    },
  ]);
  expect(talk.payloads).toEqual(['{"tickers":["SPY"]}']);
  expect(sent).toMatchObject({ n: 1, seq: 1, position: 5, repeated: false, left: { envelopes: 1_000 } });
  expect(sent.digest).toBe(talk.sent[0]?.stamp.payload);
});

test("bytes go out as they are, text in UTF-8, nothing as nothing", async () => {
  const { session, talk } = await talking();
  await Promise.all([
    session.send(type, Uint8Array.of(104, 105)),
    session.send(type, "zwölf"),
    session.send(type),
    session.send(type, null),
    session.send(type, Uint8Array.of(33), { contentType: "image/png" }),
  ]);
  expect(talk.payloads).toEqual(["hi", "zwölf", "", "null", "!"]);
  expect(talk.heard.map(({ contentType }) => contentType)).toEqual([
    undefined,
    "text/plain; charset=utf-8",
    undefined,
    "application/json",
    "image/png",
  ]);
});

test("what is sent in one turn shares a message, in the order of the calls, with ids that rise [ENV-9]", async () => {
  const { session, talk } = await talking();
  const sends = Array.from({ length: 200 }, (_, index) => session.send(type, index));
  const sent = await Promise.all(sends);
  expect(talk.messages).toEqual([200]);
  expect(talk.payloads).toEqual(sends.map((_, index) => String(index)));
  expect(sent.map(({ n }) => n)).toEqual(sends.map((_, index) => index + 1));
  const ids = talk.heard.map(({ id }) => id);
  expect([...ids].sort()).toEqual(ids);
});

test("a message is of 256 frames and 4 MiB at most [FRM-1]", async () => {
  const { session, talk } = await talking();
  talk.sendUpTo = { n: 1_000, bytes: 2 ** 30 };
  await session.send(type);
  const small = Array.from({ length: 300 }, () => session.send(type));
  await Promise.all(small);
  expect(talk.messages).toEqual([1, 256, 44]);
  await Promise.all(Array.from({ length: 5 }, () => session.send(type, new Uint8Array(1_000_000))));
  expect(talk.messages.slice(3)).toEqual([4, 1]);
});

test("waits for room before it sends, in the order of the calls [ENV-12]", async () => {
  const { there, session, talk } = await talking();
  const { envelopesUnhandledMax } = limits;
  const sends = Array.from({ length: envelopesUnhandledMax + 3 }, (_, index) => session.send(type, index));
  await Promise.all(sends.slice(0, envelopesUnhandledMax));
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(talk.heard).toHaveLength(envelopesUnhandledMax);
  talk.sendUpTo = { n: envelopesUnhandledMax + 2, bytes: limits.bytesUnhandledMax };
  there.calls.tell({ event: "credit", session: session.id, sendUpTo: talk.sendUpTo });
  await sends[envelopesUnhandledMax + 1];
  expect(talk.heard).toHaveLength(envelopesUnhandledMax + 2);
  talk.sendUpTo = { n: 1_000, bytes: limits.bytesUnhandledMax };
  there.calls.tell({ event: "credit", session: session.id, sendUpTo: talk.sendUpTo });
  expect((await sends.at(-1))?.n).toBe(envelopesUnhandledMax + 3);
  expect(talk.payloads).toEqual(sends.map((_, index) => String(index)));
});

test("waits for room for its bytes, header and payload together [ENV-12]", async () => {
  const { there, session, talk } = await talking();
  const { id } = await session.send(type, "x");
  const bytes = JSON.stringify(talk.heard[0]).length + 1;
  const room = (count: number) =>
    there.calls.tell({ event: "credit", session: session.id, sendUpTo: { n: 1_000, bytes: count } });
  const large = limits.bytesUnhandledMax - 3 * bytes;
  const filling = session.send(type, "y".repeat(large));
  const last = session.send(type, "z".repeat(bytes));
  await filling;
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(talk.heard).toHaveLength(2);
  room(limits.bytesUnhandledMax + bytes);
  expect((await last).n).toBe(3);
  expect(id < (await last).id).toBe(true);
});

test("a refusal rejects that one, with what is left, and no other [ENV-2]", async () => {
  const { session, talk } = await talking();
  talk.judge = ({ type: said }) =>
    said === "markets.bonds"
      ? { code: "contract.violation", rule: "messageTypes" }
      : said === "markets.fast"
        ? { code: "envelope.rate", retryAfterMs: 70 }
        : undefined;
  const sends = ["markets.bonds", type, "markets.fast"].map((said) => session.send(said));
  const [bonds, fine, fast] = await Promise.allSettled(sends);
  expect(bonds).toMatchObject({
    reason: {
      name: "ParleyRefusal",
      code: "contract.violation",
      rule: "messageTypes",
      left: { envelopes: 1_000 },
    },
  });
  expect(fine).toMatchObject({ value: { n: 1 } });
  expect(fast).toMatchObject({ reason: { code: "envelope.rate", retryAfterMs: 70, retry: "later" } });
});

test("what has no answer when the connection is lost is sent again, first, in order, under its id [ENV-3]", async () => {
  const { there, session, talk } = await talking();
  talk.isSilent = true;
  const taken = session.send(type, 1);
  const other = session.send(type, 2);
  await talk.received("heard", 2);
  talk.isSilent = false;
  const joined = there.calls.received("join", 2);
  there.broker.sockets.at(-1)?.close(4408);
  const { forMs } = await there.watch.next("waiting");
  const newer = session.send(type, 3);
  there.clock.step(forMs);
  expect(await joined).toMatchObject({ cursor: { after: 0, era: 1 } });
  expect(await taken).toMatchObject({ n: 1, repeated: true });
  expect(await other).toMatchObject({ n: 2, repeated: true });
  expect(await newer).toMatchObject({ n: 3, repeated: false });
  expect(talk.payloads).toEqual(["1", "2", "1", "2", "3"]);
  expect(talk.heard[0]?.id).toBe(talk.heard[2]?.id);
  expect(there.troubles).toEqual([]);
});

test("what was taken is told also where the session has closed in the meantime [ENV-3]", async () => {
  const { there, session, talk, end } = await talking();
  talk.isSilent = true;
  const taken = session.send(type, 1);
  await talk.received("heard", 1);
  talk.isSilent = false;
  end("completed_by_provider", 0);
  await session.closed;
  const lost = session.send(type, 2);
  await expect(lost).rejects.toMatchObject({ code: "session.state", state: "closed" });
  await there.reconnect();
  expect(await taken).toMatchObject({ n: 1, repeated: true });
});

test("… and where a sibling holds the side by now", async () => {
  const { there, session, talk } = await talking();
  talk.isSilent = true;
  const taken = session.send(type, 1);
  await talk.received("heard", 1);
  talk.isSilent = false;
  there.calls.answers.join = () => ({ refusal: { code: "session.not-held" } });
  await there.reconnect();
  expect(await taken).toMatchObject({ n: 1, repeated: true });
  await expect(session.send(type, 2)).rejects.toMatchObject({ code: "session.not-held" });
});

test("a connection that has lost its hold joins again, and sends again, once", async () => {
  const { there, session, talk } = await talking();
  let refusals = 1;
  talk.judge = () => (refusals-- > 0 ? { code: "session.not-held" } : undefined);
  expect(await session.send(type, 1)).toMatchObject({ n: 1 });
  expect(there.calls.of("join")).toHaveLength(2);
  refusals = 5;
  await expect(session.send(type, 2)).rejects.toMatchObject({ code: "session.not-held" });
});

test.each(["connection.replaced", "broker.going-away"] as const)(
  "what is refused %s is sent again over the next connection, and not before",
  async (code) => {
    const { there, session, talk } = await talking();
    talk.judge = () => ({ code });
    const sent = session.send(type, 1);
    await talk.received("heard", 1);
    await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
    expect(talk.heard).toHaveLength(1);
    talk.judge = () => undefined;
    await there.reconnect();
    expect(await sent).toMatchObject({ n: 1 });
  },
);

test("an abort takes back what is not on its way; of what is, nobody hears any more", async () => {
  const { there, session, talk } = await talking();
  const [early, late, waiting] = [new AbortController(), new AbortController(), new AbortController()];
  const never = session.send(type, 0, { signal: early.signal });
  early.abort(new Error("enough"));
  await expect(never).rejects.toThrow("enough");
  talk.isSilent = true;
  const gone = session.send(type, 1, { signal: late.signal });
  await talk.received("heard", 1);
  late.abort(new Error("too late"));
  await expect(gone).rejects.toThrow("too late");
  waiting.abort(new Error("never begun"));
  await expect(session.send(type, 2, { signal: waiting.signal })).rejects.toThrow("never begun");
  expect(talk.payloads).toEqual(["1"]);
  talk.isSilent = false;
  await there.reconnect();
  expect(await session.send(type, 3)).toMatchObject({ n: 2 });
  expect(talk.payloads).toEqual(["1", "1", "3"]);
});

test("the same id is the same envelope, or none [ENV-3]", async () => {
  const { session, talk } = await talking();
  const { id } = await session.send(type, 1);
  expect(await session.send(type, 1, { id })).toMatchObject({ id, n: 1, repeated: true });
  talk.isSilent = true;
  const other = { id: talk.view.id.replace("ses", "env") as typeof id };
  const [once, twice] = [session.send(type, 2, other), session.send(type, 2, other)];
  await expect(session.send(type, 3, other)).rejects.toMatchObject({ code: "envelope.id-reused" });
  await talk.received("heard", 3);
  expect(talk.heard).toHaveLength(3);
  void once.catch(() => undefined);
  void twice.catch(() => undefined);
});

test("close waits for the answers, and nothing is sent after it", async () => {
  const { there, session, talk } = await talking();
  const order: string[] = [];
  const sent = session.send(type, 1).then(() => order.push("sent"));
  const closing = session.close().then(() => order.push("closed"));
  await expect(session.send(type, 2)).rejects.toThrow("being closed");
  await Promise.all([sent, closing]);
  expect(order).toEqual(["sent", "closed"]);
  expect(talk.heard).toHaveLength(1);
  expect(there.calls.of("close")).toHaveLength(1);
});

test("what waits for room when the session ends is refused", async () => {
  const { session, talk, end } = await talking();
  talk.sendUpTo = { n: 1, bytes: 1_000 };
  await session.send(type, 1);
  // The credit that was said at first stands: only what is beyond it waits.
  const sends = Array.from({ length: limits.envelopesUnhandledMax }, () => session.send(type));
  const last = expect(sends.at(-1)).rejects.toMatchObject({ code: "session.state", state: "closed" });
  end("completed_by_provider", 0);
  await last;
  await Promise.all(sends.slice(0, -1));
});

test("the end of the agent ends what waits", async () => {
  const { there, session, talk } = await talking();
  talk.isSilent = true;
  const failing = expect(session.send(type, 1)).rejects.toMatchObject({ message: "the agent is closed" });
  await talk.received("heard", 1);
  await there.agent.close();
  await failing;
  await expect(session.send(type, 2)).rejects.toMatchObject({ message: "the agent is closed" });
  expect(there.clock.timers).toBe(0);
});

test("who does not hold the side sends nothing, and is given nothing", async () => {
  const { there } = await talking();
  const view = sessionOf(there, "provider", { state: "active" });
  const items = [view];
  there.broker.routes.set("GET /v1/sessions", () => ({ status: 200, body: { items, nextCursor: null } }));
  const [listed] = await there.agent.sessions();
  await expect(listed?.send(type)).rejects.toMatchObject({ code: "session.not-held" });
  expect(() => listed?.envelopes()).toThrow("holds this side");
});
