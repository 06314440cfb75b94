import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AskedPart, CountedPart, openReadiness, type Part } from "./readiness.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ready = { ready: true, why: "the line answers, and what it says arrives" };
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** What is asked answers, unless the test says otherwise. */
function askedOfThisTest() {
  const asked = { times: 0, answer: (): Promise<unknown> => Promise.resolve() };
  const part = new AskedPart({ name: "line", late: "the line does not answer" }, () => {
    asked.times += 1;
    return asked.answer();
  });
  return { asked, part };
}

async function lookingAt(...parts: readonly Part[]) {
  const readiness = openReadiness();
  await readiness.start(parts);
  return readiness;
}

describe("a broker is ready", () => {
  test("when everything that was sent through it has come back, and not before", async () => {
    const { asked, part } = askedOfThisTest();
    let answer: () => void = () => undefined;
    asked.answer = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    const readiness = openReadiness();
    expect(readiness.now()).toEqual({ ready: false, why: "the broker is starting" });
    const started = readiness.start([part]);
    await later(100);
    expect(readiness.now()).toMatchObject({ ready: false });
    answer();
    await started;
    expect(readiness.now()).toEqual(ready);
  });

  test("with one look a second, whether nobody asks or everybody does", async () => {
    const { asked, part } = askedOfThisTest();
    const readiness = await lookingAt(part);
    for (let ask = 0; ask < 100; ask++) readiness.now();
    expect(asked.times).toBe(1);
    await later(3_000);
    expect(asked.times).toBe(4);
  });

  test("is what a start waits for, but not for ever", async () => {
    const { asked, part } = askedOfThisTest();
    asked.answer = () => new Promise(() => undefined);
    const readiness = openReadiness();
    let isStarted = false;
    const started = readiness.start([part]).then(() => {
      isStarted = true;
    });
    await later(4_999);
    expect(isStarted).toBe(false);
    await later(1);
    await started;
    expect(readiness.now()).toEqual({ ready: false, why: "the line does not answer" });
  });
});

test("a start does not wait for what is slow at first, and what never answers is late all the same", async () => {
  const slow = { name: "searches", late: "searches are not answered", isSlowAtFirst: true };
  const readiness = await lookingAt(new AskedPart(slow, () => new Promise(() => undefined)));
  expect(readiness.now()).toEqual(ready);
  await later(5_000);
  expect(readiness.now()).toEqual({ ready: false, why: "searches are not answered" });
});

describe("a broker is not ready", () => {
  test("once what it is asked has failed, and says why, until it is answered again", async () => {
    const { asked, part } = askedOfThisTest();
    const readiness = await lookingAt(part);
    asked.answer = () => Promise.reject("broker.storage-full");
    await later(1_000);
    expect(readiness.now()).toEqual({ ready: false, why: "broker.storage-full" });
    asked.answer = () => Promise.resolve();
    await later(1_000);
    expect(readiness.now()).toEqual(ready);
  });

  test("once an answer is five seconds late, and as long as none comes", async () => {
    const { asked, part } = askedOfThisTest();
    const readiness = await lookingAt(part);
    asked.answer = () => new Promise(() => undefined);
    await later(5_999);
    expect(readiness.now()).toEqual(ready);
    await later(1);
    expect(readiness.now()).toEqual({ ready: false, why: "the line does not answer" });
    await later(60_000);
    expect(readiness.now()).toMatchObject({ ready: false });
    asked.answer = () => Promise.resolve();
    await later(5_000);
    expect(readiness.now()).toEqual(ready);
  });

  test("by an answer to what was asked before it was late", async () => {
    const { asked, part } = askedOfThisTest();
    const readiness = await lookingAt(part);
    const answers: (() => void)[] = [];
    asked.answer = () => new Promise<void>((resolve) => void answers.push(resolve));
    await later(11_000);
    expect(answers).toHaveLength(3);
    answers[0]?.();
    await later(0);
    expect(readiness.now()).toMatchObject({ ready: false });
    answers[2]?.();
    await later(0);
    expect(readiness.now()).toEqual(ready);
  });

  test("once what goes on by itself has not gone on for five seconds", async () => {
    const rounds = { made: 0, goOn: true };
    const making = setInterval(() => {
      if (rounds.goOn) rounds.made += 1;
    }, 250);
    const readiness = await lookingAt(
      new CountedPart({ name: "offers", late: "offers do not go on" }, () => rounds.made),
    );
    await later(20_000);
    expect(readiness.now()).toEqual(ready);
    rounds.goOn = false;
    await later(4_999);
    expect(readiness.now()).toEqual(ready);
    await later(1);
    expect(readiness.now()).toEqual({ ready: false, why: "offers do not go on" });
    clearInterval(making);
  });

  test("while its process stands still, and until it has been on time again", async () => {
    const time = { at: 0, monotonic: () => time.at };
    const { part } = askedOfThisTest();
    const readiness = openReadiness({ time });
    await readiness.start([part]);
    time.at += 4_999;
    expect(readiness.now()).toEqual(ready);
    time.at += 2_001;
    const stood = { ready: false, why: "the process stood still for 7 seconds" };
    expect(readiness.now()).toEqual(stood);
    await later(1_000);
    expect(readiness.now()).toEqual(stood);
    expect(readiness.parts()).toEqual([
      { name: "process", works: false },
      { name: "line", works: true },
    ]);
    time.at += 1_000;
    await later(1_000);
    expect(readiness.now()).toEqual(ready);
  });

  test("as soon as it is stopped, and for ever, and leaves no timer behind", async () => {
    const { part } = askedOfThisTest();
    const readiness = await lookingAt(part);
    readiness.stop();
    expect(readiness.now()).toEqual({ ready: false, why: "the broker is stopping" });
    readiness.stop("later");
    await later(10_000);
    expect(readiness.now()).toEqual({ ready: false, why: "the broker is stopping" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("when it is stopped while it starts", async () => {
    const { part } = askedOfThisTest();
    const readiness = openReadiness();
    const started = readiness.start([part]);
    readiness.stop("the disk is gone");
    await started;
    expect(readiness.now()).toEqual({ ready: false, why: "the disk is gone" });
  });

  test("is told once when it begins and once when it is over", async () => {
    const { asked, part } = askedOfThisTest();
    const told: unknown[] = [];
    const readiness = openReadiness({ changed: (now) => void told.push(now) });
    await readiness.start([part]);
    await later(3_000);
    expect(told).toEqual([]);
    asked.answer = () => Promise.reject("the disk is gone");
    await later(5_000);
    expect(told).toEqual([{ ready: false, why: "the disk is gone" }]);
    asked.answer = () => Promise.resolve();
    await later(5_000);
    expect(told.slice(1)).toEqual([ready]);
  });

  test("and says all that does not work", async () => {
    const { asked, part } = askedOfThisTest();
    asked.answer = () => Promise.reject("the disk is gone");
    const still = new CountedPart({ name: "offers", late: "offers do not go on" }, () => 1);
    const readiness = await lookingAt(part, still);
    await later(6_000);
    expect(readiness.now().why).toBe("the disk is gone; offers do not go on");
    expect(readiness.parts()).toEqual([
      { name: "process", works: true },
      { name: "line", works: false },
      { name: "offers", works: false },
    ]);
  });
});
