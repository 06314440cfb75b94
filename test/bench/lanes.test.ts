/** What all candidates have in common: the window, the order, and how rounds become figures. */
import { describe, expect, test } from "vitest";

interface Lane {
  readonly sent: number;
  readonly delivered: number;
  readonly isThrough: boolean;
  fill(): void;
  answer(count: number): void;
  deliver(counter: number, payload: Buffer): void;
  deliverNext(payload: Buffer): void;
}
interface Payloads {
  make(counter: number): Buffer;
}
interface Lanes {
  readonly Lane: new (said: object) => Lane;
  readonly Payloads: new (bytes: number, pair: number, said?: object) => Payloads;
  readonly Times: new () => {
    add(ms: number): void;
    quantiles(): { p50: number | null; p99: number | null };
  };
}
interface Results {
  summarise(cell: object, measured: object): { ratios: { to: string; ratio: number; each: number[] }[] };
  jsonRows(results: readonly object[], bytes: number): object[];
}

const peers = (name: string): Promise<unknown> =>
  import(new URL(`../../bench/peers/${name}.mjs`, import.meta.url).href);
const { Lane, Payloads, Times } = (await peers("lane")) as Lanes;
const { summarise, jsonRows } = (await peers("results")) as Results;

function laneOf(window: number, room?: () => number) {
  const payloads = new Payloads(32, 0, { everyOne: true });
  const puts: [number, number][] = [];
  const put = (first: number, count: number) => void puts.push([first, count]);
  const times = { deliveries: new Times(), answers: new Times() };
  const lane = new Lane({ window, payloads, put, ...times, ...(room ? { room } : {}) });
  return { lane, payloads, puts };
}

describe("a lane", () => {
  test("has no more unanswered than its window", () => {
    const { lane, puts } = laneOf(64);
    lane.fill();
    lane.answer(10);
    expect(puts).toEqual([
      [1, 64],
      [65, 10],
    ]);
    expect(() => lane.answer(65)).toThrow("more was answered than was sent");
  });

  test("has no more undelivered than 256, and goes on when the receiver has caught up", () => {
    const { lane, payloads } = laneOf(64);
    lane.fill();
    while (lane.sent < 256) lane.answer(64);
    lane.answer(64);
    expect(lane.sent).toBe(256);
    while (lane.delivered < 128) lane.deliverNext(payloads.make(lane.delivered + 1));
    expect(lane.sent).toBe(320);
  });

  test("takes no more than its carrier has room for", () => {
    const rooms = [5, 0];
    const { lane, puts } = laneOf(64, () => rooms.shift() ?? 0);
    lane.fill();
    expect(puts).toEqual([[1, 5]]);
  });

  test("fails on a payload out of its turn, and on one that has changed", () => {
    const { lane, payloads } = laneOf(4);
    lane.fill();
    expect(() => lane.deliverNext(payloads.make(2))).toThrow("2 came in the place of 1");
    const changed = payloads.make(1);
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(() => lane.deliverNext(changed)).toThrow("not what was sent");
    expect(lane.isThrough).toBe(false);
  });
});

describe("figures", () => {
  const cell = { name: "throughput", pairs: 1, window: 64, candidates: ["parley", "ws-relay", "nats-core"] };
  const at = (round: number, rate: number) => ({ round, rate, p50: 1, p99: 2, cpuUs: null });
  const measured = {
    parley: [at(1, 30), at(2, 60), at(3, 50)],
    "ws-relay": [at(1, 100), at(3, 50)],
    "nats-core": [],
  };
  const result = summarise(cell, measured);

  test("are medians, and the ratio is that of two medians, beside those of each round", () => {
    expect(result.ratios).toEqual([{ to: "ws-relay", ratio: 50 / 75, each: [0.3, 1] }]);
  });

  test("are a row for each candidate that has some, with what Parley stands beside", () => {
    const said = { name: "throughput", pair_count: 1, window: 64, payload_bytes: 256, p50_ms: 1, p99_ms: 2 };
    const ours = { candidate: "parley", rate: 50, ratio_to: "ws-relay", ratio: 0.667 };
    const theirs = { candidate: "ws-relay", rate: 75, ratio_to: null, ratio: null };
    expect(jsonRows([result], 256)).toEqual([
      { ...said, ...ours, cpu_us: null },
      { ...said, ...theirs, cpu_us: null },
    ]);
  });

  test("have quantiles of many times", () => {
    const times = new Times();
    for (let ms = 100_000; ms >= 1; ms--) times.add(ms);
    expect(times.quantiles()).toEqual({ p50: 50_001, p99: 99_001 });
    expect(new Times().quantiles()).toEqual({ p50: null, p99: null });
  });
});
