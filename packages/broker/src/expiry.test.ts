import { describe, expect, test } from "vitest";
import { type ExpiryCommand, type ExpiryOptions, startExpiry } from "./expiry.js";
import type { Deadline } from "./governance/entities.js";

/** The loop asks one question; this answers it. */
const storeOf = (deadlines: readonly Deadline[]): ExpiryOptions["store"] => {
  const read = async ({ deadlines: { by } }: { deadlines: { by: { now: number; limit: number } } }) => {
    const due = deadlines.filter(({ dueAt }) => dueAt <= by.now).sort((a, b) => a.dueAt - b.dueAt);
    return { deadlines: due.slice(0, by.limit) };
  };
  return { read: read as never };
};

/** A line that takes away what it is sent, and a timer that fires when it is told to. */
function setUp(deadlines: Deadline[], options: Partial<ExpiryOptions> = {}) {
  let now = 1_000_000;
  let wake: (() => void) | undefined;
  let onSet: (() => void) | undefined;
  const waits: number[] = [];
  const sent: ExpiryCommand[] = [];
  const faults: unknown[] = [];
  const expiry = startExpiry({
    store: storeOf(deadlines),
    send: async (command) => {
      sent.push(command);
      const subjects: readonly unknown[] = Object.values(command);
      deadlines.splice(
        deadlines.findIndex(({ subject }) => subjects.includes(subject)),
        1,
      );
      return { outcome: "accepted" };
    },
    clock: { now: () => now },
    onFault: (fault) => faults.push(fault),
    timer: (callback, ms) => {
      waits.push(ms);
      wake = callback;
      onSet?.();
      return () => {
        wake = undefined;
      };
    },
    ...options,
  });
  return {
    expiry,
    sent,
    waits,
    faults,
    pass: (ms: number) => {
      now += ms;
    },
    isWaiting: () => wake !== undefined,
    /** Fires the timer and waits until the round has set the next one. */
    async fire(): Promise<void> {
      const callback = wake;
      wake = undefined;
      const set = new Promise<void>((resolve) => {
        onSet = resolve;
      });
      callback?.();
      await set;
    },
  };
}

const due = (subject: string, dueAt: number, kind: Deadline["kind"] = "refusals.count"): Deadline => ({
  kind,
  subject,
  dueAt,
});

function latch() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe("expiry", () => {
  test("sends a command for each deadline that has passed, of its kind", async () => {
    const { fire, sent } = setUp([
      due("b", 999_999),
      due("ins_1", 1_000_000, "instance.expire"),
      due("inv_1", 999_998, "invitation.expire"),
      due("ses_1", 999_997, "session.expire"),
    ]);
    await fire();
    expect(sent).toEqual([
      { kind: "session.expire", id: expect.stringMatching(/^cmd_/), session: "ses_1" },
      { kind: "invitation.expire", id: expect.stringMatching(/^cmd_/), invitation: "inv_1" },
      { kind: "refusals.count", id: expect.stringMatching(/^cmd_/), subject: "b" },
      { kind: "instance.expire", id: expect.stringMatching(/^cmd_/), instance: "ins_1" },
    ]);
  });

  test("sends nothing before its time, and wakes when the next is due", async () => {
    const { fire, sent, waits, pass } = setUp([due("a", 1_000_400)]);
    await fire();
    expect([sent.length, waits]).toEqual([0, [0, 400]]);
    pass(400);
    await fire();
    expect(sent).toHaveLength(1);
  });

  test("wakes after a second at the latest: a nearer deadline may have come meanwhile", async () => {
    const { fire, waits } = setUp([due("a", 9_000_000)]);
    await fire();
    expect(waits).toEqual([0, 1_000]);
  });

  test("a timer that fires an hour late finds what is due", async () => {
    const { fire, sent, pass } = setUp([due("a", 1_000_400), due("b", 1_000_800)]);
    await fire();
    pass(3_600_000);
    await fire();
    expect(sent).toHaveLength(2);
  });

  test("sends no more than a round's worth at once, and goes on at once with the next round", async () => {
    const many = Array.from({ length: 5 }, (_, n) => due(`d${n}`, 900_000 + n));
    const { fire, sent, waits } = setUp(many, { commandsPerRound: 2 });
    await fire();
    expect([sent.length, waits.at(-1)]).toEqual([2, 0]);
    await fire();
    expect([sent.length, waits.at(-1)]).toEqual([4, 0]);
    await fire();
    expect([sent.length, waits.at(-1)]).toEqual([5, 1_000]);
  });

  test("waits a second after being turned away, and tries again", async () => {
    let busy = true;
    const asked: string[] = [];
    const send: ExpiryOptions["send"] = async ({ kind }) => {
      asked.push(kind);
      return { outcome: busy ? "refused" : "accepted" };
    };
    const { fire, waits } = setUp([due("a", 0)], { send, commandsPerRound: 1 });
    await fire();
    expect(waits.at(-1)).toBe(1_000);
    busy = false;
    await fire();
    expect([asked.length, waits.at(-1)]).toEqual([2, 0]);
  });

  test("tells of a command that failed, and sends the others all the same", async () => {
    const failure = new Error("this one cannot be decided");
    const sent: string[] = [];
    const send: ExpiryOptions["send"] = async (command) => {
      if (command.kind !== "refusals.count") throw failure;
      sent.push(command.subject);
      return { outcome: "accepted" };
    };
    const { fire, faults, waits } = setUp([due("ins_1", 0, "instance.expire"), due("b", 1)], { send });
    await fire();
    expect([faults, sent, waits.at(-1)]).toEqual([[failure], ["b"], 1_000]);
  });

  test("what fails stands in nobody's way: what is due behind it is sent, and it is tried again a second later", async () => {
    const deadlines = [due("x", 0, "instance.expire"), due("y", 1, "instance.expire"), due("b", 2)];
    const tried: string[] = [];
    const send: ExpiryOptions["send"] = async (command) => {
      tried.push(command.kind === "instance.expire" ? command.instance : command.kind);
      if (command.kind === "instance.expire") throw new Error("this one cannot be decided");
      deadlines.pop();
      return { outcome: "accepted" };
    };
    const { fire, waits } = setUp(deadlines, { send, commandsPerRound: 2 });
    await fire();
    expect([tried, waits.at(-1)]).toEqual([["x", "y"], 0]);
    await fire();
    expect([tried, waits.at(-1)]).toEqual([["x", "y", "refusals.count"], 1_000]);
    await fire();
    expect(tried.slice(3)).toEqual(["x", "y"]);
  });

  test("tells of a store that cannot be read, and asks again a second later", async () => {
    const failure = new Error("cannot read");
    const { fire, faults, waits } = setUp([], { store: { read: () => Promise.reject(failure) } });
    await fire();
    expect([faults, waits.at(-1)]).toEqual([[failure], 1_000]);
  });

  test("stops: calls its timer off, and waits for the round that is running", async () => {
    const idle = setUp([]);
    await idle.expiry.stop();
    expect(idle.isWaiting()).toBe(false);

    const asked = latch();
    const answered = latch();
    const send: ExpiryOptions["send"] = async () => {
      asked.open();
      await answered.opened;
      return { outcome: "accepted" };
    };
    const { expiry, fire, waits, isWaiting } = setUp([due("a", 0)], { send });
    void fire();
    await asked.opened;
    const order: string[] = [];
    const stopping = expiry.stop().then(() => order.push("stopped"));
    await new Promise((resolve) => setImmediate(resolve));
    order.push("answered");
    answered.open();
    await stopping;
    expect(order).toEqual(["answered", "stopped"]);
    expect([isWaiting(), waits]).toEqual([false, [0]]);
  });
});
