import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headOfLog, openLog, ownLeaf, sharedLeaf, tell } from "./log.js";
import { secondOf } from "./seconds.js";
import type { LogLeaf, Reader } from "./store.js";
import type { StoredFact } from "./stored-fact.js";
import { chainOf, note } from "./testing/made-up.js";

const own = "org:org_1";
const ownReader: Reader = { stream: own, log: own, from: 1, until: null, order: 0 };
const shared = (stream: string, order: number, from = 1, until: number | null = null): Reader => ({
  stream,
  log: own,
  from,
  until,
  order,
});

/** What a log is told, in order: each fact by the reader that makes it read the fact's stream. */
function told(facts: readonly StoredFact[], readers: readonly Reader[]): LogLeaf[] {
  const log = openLog(own);
  return facts.flatMap((fact) =>
    readers
      .filter(({ stream }) => stream === fact.skeleton.stream)
      .flatMap((reader) => tell(log, reader, fact)),
  );
}

const at = (stream: string, ms: number) => ({ fact: note(stream, ms), at: ms });
const places = (leaves: readonly LogLeaf[]): string[] =>
  leaves.map(({ stream, position }) => `${stream} ${position}`);

describe("a log", () => {
  const readers = [ownReader, shared("wg:1", 1), shared("ses:1", 2)];

  test("has a leaf for each own fact, in order", () => {
    const facts = chainOf([at(own, 10), at(own, 20), at(own, 3_000)]);
    expect(told(facts, readers)).toEqual(
      facts.map((fact, index) => ({
        log: own,
        index,
        leaf: ownLeaf(fact),
        stream: own,
        position: index + 1,
      })),
    );
  });

  test("has one leaf for all that a shared stream was told in a second: its head at the end of it", () => {
    const facts = chainOf([at("wg:1", 1_000), at("wg:1", 1_500), at("wg:1", 1_999), at("wg:1", 2_000)]);
    const third = facts[2] as StoredFact;
    const head = { log: own, stream: "wg:1", second: 1, position: 3, hash: third.hash };
    expect(told(facts, readers)).toEqual([
      { log: own, index: 0, leaf: sharedLeaf(head), stream: "wg:1", position: 3 },
    ]);
  });

  test("puts the shared heads of a second after its own facts and before any leaf of a later second", () => {
    const facts = chainOf([
      at("ses:1", 1_000),
      at("wg:1", 1_100),
      at(own, 1_900),
      at(own, 2_000),
      at("ses:1", 2_001),
    ]);
    expect(places(told(facts, readers))).toEqual([`${own} 1`, "wg:1 1", "ses:1 1", `${own} 2`]);
  });

  test("ranks the shared heads of a second by when the organisation first saw the streams, not by when they changed", () => {
    const facts = chainOf([at("ses:1", 1_000), at("wg:1", 1_999), at(own, 5_000)]);
    expect(places(told(facts, [ownReader, shared("ses:1", 1), shared("wg:1", 2)]))).toEqual([
      "ses:1 1",
      "wg:1 1",
      `${own} 1`,
    ]);
    expect(places(told(facts, [ownReader, shared("ses:1", 2), shared("wg:1", 1)]))).toEqual([
      "wg:1 1",
      "ses:1 1",
      `${own} 1`,
    ]);
  });

  test("does not hear of what happened before its organisation was let in", () => {
    const facts = chainOf([at("wg:1", 1_000), at(own, 2_000), at("wg:1", 3_000), at(own, 4_000)]);
    expect(places(told(facts, [ownReader, shared("wg:1", 1, 2)]))).toEqual([
      `${own} 1`,
      "wg:1 2",
      `${own} 2`,
    ]);
  });

  test("does not hear of what happened after its organisation was out, and does hear that it is", () => {
    const facts = chainOf([at("wg:1", 1_000), at("wg:1", 2_000), at("wg:1", 3_000), at(own, 4_000)]);
    expect(places(told(facts, [ownReader, shared("wg:1", 1, 1, 2)]))).toEqual([
      "wg:1 1",
      "wg:1 2",
      `${own} 1`,
    ]);
  });

  test("counts the shared streams that it has seen, and keeps count", () => {
    expect(headOfLog(openLog(own)).shared).toBe(0);
    expect(headOfLog(openLog(own, { ...headOfLog(openLog(own)), shared: 3 })).shared).toBe(3);
  });

  test("spells the leaf of a shared head canonically, with the second in it", () => {
    const head = { log: own, stream: "wg:1", position: 3, hash: "h", second: 7 };
    expect(sharedLeaf(head)).not.toBe(sharedLeaf({ ...head, second: 8 }));
    expect(sharedLeaf({ ...head, log: "org:org_2" })).toBe(sharedLeaf(head));
  });
});

describe("the leaves of any history", () => {
  const streams = [own, "wg:1", "wg:2", "ses:1"];
  const readers = streams.map((stream, order) => (stream === own ? ownReader : shared(stream, order)));
  const history = fc
    .array(fc.tuple(fc.constantFrom(...streams), fc.nat({ max: 900 })), {
      minLength: 1,
      maxLength: 40,
      size: "max",
    })
    .map((steps) => {
      let ms = 0;
      return chainOf(
        steps.map(([stream, passes]) => {
          ms += passes;
          return at(stream, ms);
        }),
      );
    });

  test("are those that the rule says, read second by second", () => {
    fc.assert(
      fc.property(history, (facts) => {
        expect(places(told(facts, readers))).toEqual(secondBySecond(facts, streams));
      }),
    );
  });
});

/** The rule as concepts tell it, over a finished history: the last second has not ended, so its heads are no leaves. */
function secondBySecond(facts: readonly StoredFact[], order: readonly string[]): string[] {
  const seconds = [...new Set(facts.map((fact) => secondOf(fact.skeleton.at)))];
  return seconds.flatMap((second, index) => {
    const within = facts.filter((fact) => secondOf(fact.skeleton.at) === second);
    const heads = order
      .slice(1)
      .flatMap((stream) => within.filter((fact) => fact.skeleton.stream === stream).slice(-1));
    const ended = index < seconds.length - 1 ? heads : [];
    return [...within.filter((fact) => fact.skeleton.stream === own), ...ended].map(
      ({ skeleton: { stream, position } }) => `${stream} ${position}`,
    );
  });
}
