import { type Call, limits, makeId, problemOf } from "@parley/protocol";
import { expect, test } from "vitest";
import { z } from "zod";
import { type CallOptions, Calls } from "./calls.js";
import { SteppedClock } from "./testing/stepped-clock.js";

const session = makeId("session");
const number = z.object({ n: z.number() });

function desk() {
  const clock = new SteppedClock();
  const calls = new Calls(clock);
  const sent: Call[] = [];
  const attach = () => calls.attach((call) => sent.push(call));
  const join = (options?: CallOptions) => calls.call({ call: "join", session }, number, options);
  const say = (index: number, result: unknown = { n: index }) =>
    calls.replied({ id: sent[index]?.id, ok: true, result });
  return { clock, calls, sent, attach, join, say };
}

test("each reply finds its call, in whatever order they come", async () => {
  const { attach, join, say } = desk();
  attach();
  const asked = [join(), join(), join()];
  for (const index of [2, 0, 1]) say(index);
  expect(await Promise.all(asked)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
});

test("what is asked without a connection goes out over the next, in order", async () => {
  const { attach, sent, calls, say } = desk();
  const asked = [1, 2].map(() => calls.call({ call: "join", session }, number));
  expect(sent).toEqual([]);
  attach();
  expect(sent).toHaveLength(2);
  say(0);
  say(1);
  expect(await Promise.all(asked)).toEqual([{ n: 0 }, { n: 1 }]);
});

test("what has no reply when the connection is lost is sent again with the same id; what has is not", async () => {
  const { attach, join, say, sent, calls } = desk();
  attach();
  const first = join();
  const second = join();
  say(0);
  await first;
  calls.detach();
  const third = join();
  attach();
  expect(sent.slice(2).map(({ id }) => id)).toEqual([sent[1]?.id, expect.any(String)]);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
  say(2);
  say(3);
  expect(await Promise.all([second, third])).toEqual([{ n: 2 }, { n: 3 }]);
});

test("no more wait at a time than a connection may have waiting", async () => {
  const { attach, join, say, sent } = desk();
  attach();
  const asked = Array.from({ length: limits.callsWaitingPerConnection + 2 }, () => join());
  expect(sent).toHaveLength(limits.callsWaitingPerConnection);
  say(0);
  expect(sent).toHaveLength(limits.callsWaitingPerConnection + 1);
  for (let index = 1; index < asked.length; index++) say(index);
  expect(await Promise.all(asked)).toHaveLength(limits.callsWaitingPerConnection + 2);
});

test("a call that nobody waits for any more still waits at the broker, until it is replied to", async () => {
  const { attach, join, say, sent } = desk();
  attach();
  const stop = new AbortController();
  const aborted = Array.from({ length: limits.callsWaitingPerConnection }, () =>
    join({ signal: stop.signal }),
  );
  const all = Promise.allSettled(aborted);
  stop.abort(new Error("enough"));
  await all;
  const asked = join();
  expect(sent).toHaveLength(limits.callsWaitingPerConnection);
  say(0);
  expect(sent).toHaveLength(limits.callsWaitingPerConnection + 1);
  say(limits.callsWaitingPerConnection, { n: 7 });
  expect(await asked).toEqual({ n: 7 });
});

test("a refusal rejects with all that it says, also one that is new here [ERR-2]", async () => {
  const { attach, join, sent, calls } = desk();
  attach();
  const known = join();
  const problem = problemOf({ code: "session.state", state: "closed", digest: "d" });
  calls.replied({ id: sent[0]?.id, ok: false, problem });
  await expect(known).rejects.toMatchObject({ code: "session.state", state: "closed", digest: "d" });
  const unknown = join();
  const fresh = { type: "t", title: "t", status: 409, code: "session.tired" };
  calls.replied({ id: sent[1]?.id, ok: false, problem: fresh });
  await expect(unknown).rejects.toMatchObject({ name: "ParleyRefusal", code: "session.tired" });
});

test.each([
  ["the broker has failed", problemOf({ code: "broker.fault" }), "The broker has failed"],
  ["a refusal without a reason", { status: 409 }, "refused without a reason"],
])("is a fault, and worth another try: %s", async (_what, problem, message) => {
  const { attach, join, sent, calls } = desk();
  attach();
  const asked = join();
  calls.replied({ id: sent[0]?.id, ok: false, problem });
  await expect(asked).rejects.toThrow(message);
  await expect(asked).rejects.toMatchObject({ name: "ParleyFault", retry: "later" });
});

test.each(["connection.replaced", "broker.going-away"] as const)(
  "%s is said of the connection: the call goes out over the next",
  async (code) => {
    const { attach, join, say, sent, calls } = desk();
    attach();
    const asked = join();
    calls.replied({ id: sent[0]?.id, ok: false, problem: problemOf({ code }) });
    calls.detach();
    attach();
    say(1);
    expect(await asked).toEqual({ n: 1 });
  },
);

test("what the broker would not read is not sent: it would cost the connection", async () => {
  const { attach, sent, calls } = desk();
  attach();
  const asked = calls.call({ call: "retract", name: "Not A Name" }, z.unknown());
  await expect(asked).rejects.toMatchObject({ code: "request.malformed", issues: [{ path: "name" }] });
  expect(sent).toEqual([]);
});

test("a reply that makes no sense is a fault, one that is none ends the connection, one of nobody's is let go", async () => {
  const { attach, join, say, calls } = desk();
  attach();
  const asked = join();
  calls.replied({ id: "of nobody", ok: true, result: null });
  say(0, { n: "one" });
  await expect(asked).rejects.toThrow("join: the broker's reply makes no sense here");
  expect(() => calls.replied({ id: 1 })).toThrow("a reply that is none");
});

test("an abort ends the waiting, and what was not sent is never sent", async () => {
  const { attach, join, sent, calls } = desk();
  const early = new AbortController();
  early.abort(new Error("before"));
  await expect(join({ signal: early.signal })).rejects.toThrow("before");
  const waiting = new AbortController();
  const asked = join({ signal: waiting.signal });
  waiting.abort(new Error("meanwhile"));
  await expect(asked).rejects.toThrow("meanwhile");
  attach();
  expect(sent).toEqual([]);
  calls.detach();
});

test("a timeout ends the waiting to the millisecond, and a late reply changes nothing", async () => {
  const { attach, join, say, clock } = desk();
  attach();
  const asked = join({ timeoutMs: 500 });
  const inTime = join({ timeoutMs: 500 });
  await Promise.resolve();
  clock.step(499);
  say(1);
  expect(await inTime).toEqual({ n: 1 });
  const failed = expect(asked).rejects.toThrow("no reply to join within 500 ms");
  clock.step(1);
  await failed;
  say(0);
  expect(clock.timers).toBe(0);
});

test("nothing is asked after the end, and nobody waits any longer", async () => {
  const { attach, join, sent, calls, clock } = desk();
  attach();
  const asked = join({ timeoutMs: 500 });
  calls.end(new Error("closed"));
  await expect(asked).rejects.toThrow("closed");
  await expect(join()).rejects.toThrow("closed");
  attach();
  expect(sent).toHaveLength(1);
  expect(clock.timers).toBe(0);
});
