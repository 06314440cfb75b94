/** Requests and their answers: told apart by what caused them, given to nobody else. */
import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { take, talking } from "../testing/talking.js";

const type = "markets.equity.request";

test("resolves with the answer, which no loop is given, and acknowledges it", async () => {
  const { session, talk } = await talking();
  const asked = session.request(type, { tickers: ["SPY"] });
  await talk.received("heard", 1);
  const [request] = talk.heard;
  expect(request?.correlationId).toBe(request?.id);
  talk.tells({ type: "markets.equity.response", causationId: request?.id ?? "", body: { price: 1 } });
  expect((await asked).json()).toEqual({ price: 1 });
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([1]);
  talk.tells({ body: "other" });
  expect((await take(session, 1))[0]?.n).toBe(2);
});

test("several wait at once, and each gets its own, by cause or by what it belongs to", async () => {
  const { session, talk } = await talking();
  const asked = [1, 2, 3].map((body) => session.request(type, body));
  const belonging = [4, 5].map((body) => session.request(type, body, { correlationId: "morning" }));
  await talk.received("heard", 5);
  const [first, second, third] = talk.heard;
  talk.tells(
    { causationId: third?.id ?? "", body: "c" },
    { correlationId: first?.id ?? "", body: "a" },
    { correlationId: "morning", causationId: makeId("envelope"), body: "d" },
    { causationId: second?.id ?? "", correlationId: "morning", body: "b" },
    { correlationId: "morning", body: "e" },
  );
  const answers = await Promise.all([...asked, ...belonging]);
  expect(answers.map((answer) => answer.json())).toEqual(["a", "b", "c", "d", "e"]);
});

test("an answer is acknowledged only once what came before it is handled [ENV-13]", async () => {
  const { session, talk } = await talking();
  const asked = session.request(type, 1);
  await talk.received("heard", 1);
  talk.tells({ body: "before" }, { causationId: talk.heard[0]?.id ?? "", body: "answer" });
  await asked;
  const next = session.request(type, 2);
  await talk.received("heard", 2);
  expect(talk.acks).toEqual([]);
  const loop = session.envelopes();
  expect((await loop.next()).value?.json()).toBe("before");
  void loop.next().catch(() => undefined);
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([2]);
  await loop.return?.();
  next.catch(() => undefined);
});

test("no answer in time is a fault of its own, and a late one comes to the loop", async () => {
  const { there, session, talk } = await talking();
  const asked = session.request(type, 1, { timeoutMs: 300 });
  const late = expect(asked).rejects.toMatchObject({ name: "RequestTimedOut", retry: "later" });
  await talk.received("heard", 1);
  there.clock.step(300);
  await late;
  talk.tells({ causationId: talk.heard[0]?.id ?? "", body: "late" });
  expect((await take(session, 1))[0]?.json()).toBe("late");
});

test("an abort gives up the waiting", async () => {
  const { session, talk } = await talking();
  const stop = new AbortController();
  const asked = session.request(type, 1, { signal: stop.signal });
  await talk.received("heard", 1);
  stop.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
});

test("what was not sent has no answer", async () => {
  const { session, talk } = await talking();
  talk.judge = () => ({ code: "contract.violation", rule: "messageTypes" });
  await expect(session.request(type, 1)).rejects.toMatchObject({ code: "contract.violation" });
  await expect(session.request("No", 1)).rejects.toMatchObject({ code: "request.malformed" });
});

test("a gentle end is the end of waiting once everything has come [SES-12]", async () => {
  const { session, talk, end } = await talking();
  const asked = [session.request(type, 1), session.request(type, 2)] as const;
  await talk.received("heard", 2);
  const later = talk.says({ causationId: talk.heard[0]?.id ?? "", body: "just in time" });
  end("completed_by_provider", 1);
  await session.closed;
  talk.deliver(later);
  expect((await asked[0]).json()).toBe("just in time");
  await expect(asked[1]).rejects.toMatchObject({ name: "SessionEnded", reason: "completed_by_provider" });
  await expect(session.request(type, 3)).rejects.toMatchObject({ name: "SessionEnded" });
});

test("a request that breaks the contract and ends the session says which rule it broke [SES-12]", async () => {
  const { session, talk, end } = await talking();
  const earlier = session.request(type, 1);
  await talk.received("heard", 1);
  talk.judge = () => {
    end("contract_violation", 0);
    return { code: "contract.violation", rule: "maxEnvelopes", limit: 1, used: 1 };
  };
  await expect(session.request(type, 2)).rejects.toMatchObject({
    ...{ name: "ParleyRefusal", code: "contract.violation", rule: "maxEnvelopes", limit: 1, used: 1 },
  });
  await expect(earlier).rejects.toMatchObject({ name: "SessionEnded", reason: "contract_violation" });
});

test("a request that came too late says how the session ended", async () => {
  const { session, talk, end } = await talking();
  talk.judge = () => {
    end("completed_by_provider", 0);
    return { code: "session.state", state: "closed" };
  };
  const asked = session.request(type, 1);
  await expect(asked).rejects.toMatchObject({ name: "SessionEnded", reason: "completed_by_provider" });
});

const traceOf = (letter: string, span = "1") => `00-${letter.repeat(32)}-${span.repeat(16)}-01`;

describe("the trace of an envelope", () => {
  test("is the one that is said, or the one that is active, and a request's is that of its answer", async () => {
    let active: string | undefined;
    const { session, talk } = await talking("provider", { traceparent: () => active });
    talk.tells({ type, traceparent: traceOf("a") }, { type });
    const [traced, untraced] = await take(session, 2);
    if (traced === undefined || untraced === undefined) throw new Error("two were sent");
    const say = async (active_: string | undefined, send: () => Promise<unknown>) => {
      active = active_;
      await send();
      return talk.heard.at(-1)?.traceparent;
    };
    expect(await say(undefined, () => session.send(type))).toBeUndefined();
    expect(await say(undefined, () => session.send(type, 1, { traceparent: traceOf("b") }))).toBe(
      traceOf("b"),
    );
    expect(await say(traceOf("c"), () => session.send(type))).toBe(traceOf("c"));
    expect(await say(traceOf("c"), () => session.send(type, 1, { traceparent: traceOf("b") }))).toBe(
      traceOf("b"),
    );
    expect(
      await say(traceOf("c"), () => session.send(type, 1, { headers: { traceparent: traceOf("d") } })),
    ).toBe(traceOf("d"));
    // An answer goes on where its request was, or in a span of that trace, and in no other.
    expect(await say(undefined, () => session.reply(traced, type))).toBe(traceOf("a"));
    expect(await say(traceOf("a", "2"), () => session.reply(traced, type))).toBe(traceOf("a", "2"));
    expect(await say(traceOf("c"), () => session.reply(traced, type))).toBe(traceOf("a"));
    expect(await say(traceOf("c"), () => session.reply(untraced, type))).toBe(traceOf("c"));
  });

  test("is that of a request, too", async () => {
    const { session, talk } = await talking("consumer", { traceparent: () => traceOf("c") });
    const abort = new AbortController();
    const asked = session.request(type, 1, { signal: abort.signal }).catch(() => undefined);
    await talk.received("heard", 1);
    expect(talk.heard[0]?.traceparent).toBe(traceOf("c"));
    abort.abort();
    await asked;
  });

  test("is not another one when the same is sent again under its id", async () => {
    let active = traceOf("c");
    const { session, talk } = await talking("consumer", { traceparent: () => active });
    const id = makeId("envelope");
    await session.send(type, 1, { id });
    active = traceOf("d");
    await session.send(type, 1, { id: makeId("envelope") });
    expect(talk.heard.map(({ traceparent }) => traceparent)).toEqual([undefined, undefined]);
  });

  test.each([
    ["is spelled amiss", () => "00-trace"],
    [
      "throws",
      () => {
        throw new Error("no context");
      },
    ],
  ])("keeps nothing from being sent where its library %s", async (_title, traceparent) => {
    const { session, talk } = await talking("consumer", { traceparent });
    await session.send(type, 1);
    expect(talk.heard.map((header) => header.traceparent)).toEqual([undefined]);
  });
});

test("reply says what it is because of, and what it belongs to", async () => {
  const { session, talk } = await talking("provider");
  talk.tells({ type, correlationId: "morning" }, { type });
  const [one, other] = await take(session, 2);
  if (one === undefined || other === undefined) throw new Error("two were sent");
  await session.reply(one, "markets.equity.response", { price: 1 });
  await session.reply(other, "markets.equity.response", { price: 2 }, { headers: { "x-desk": "7" } });
  expect(talk.heard).toMatchObject([
    { correlationId: "morning", causationId: one.id },
    { correlationId: other.id, causationId: other.id, "x-desk": "7" },
  ]);
});
