/** Promises about looking back over a log: leaves after a place, spans of streams, and which streams and sessions there are. */
import { describe, expect, test } from "vitest";
import { comparePlaces, type LogPlace, type Span } from "../log-pages.js";
import type { Store } from "../store.js";
import { chainOf, note } from "../testing/made-up.js";
import { ctr, ses, side } from "./engagement-rows.suite.js";
import { type Adapter, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { agt, logHead, logLeaf, mention, org, pendingHead, reader } from "./rows.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

const log = `org:${org(1)}`;
const both = (found: unknown) => ({ read: found, within: found });
const talk = "session:a";
const group = "workgroup:b";

/** At 1.0 s, 1.5 s, 2.0 s … each. */
const factsIn = (stream: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ fact: note(stream, n), at: 1_000 + 500 * n }));

export function describeLogPages(adapter: Adapter): void {
  describeLeaves(adapter);
  describeSpans(adapter);
  describeReaders(adapter);
  describeAbout(adapter);
}

const places: readonly LogPlace[] = [
  { second: 1, rank: 0, position: 1 },
  { second: 1, rank: 0, position: 2 },
  { second: 1, rank: 3, position: 2 },
  { second: 1, rank: 5, position: 2 },
  { second: 2, rank: 0, position: 3 },
  { second: 2, rank: 3, position: 4 },
];

async function logOfThisTest(adapter: Adapter): Promise<Store> {
  const store = opened(adapter);
  const facts = chainOf([...factsIn(log, 3), ...factsIn(talk, 4), ...factsIn(group, 2)]);
  const leaf = (index: number, stream: string, position: number) => logLeaf(index, { log, stream, position });
  await commit(store, {
    facts,
    changes: [
      ...put("readers", reader(1, { log, stream: log, order: 0 })),
      ...put(
        "readers",
        reader(1, { log, stream: talk, order: 3 }),
        reader(1, { log, stream: group, order: 5 }),
      ),
      ...put("logs", logHead(5, { log })),
      ...put(
        "logLeaves",
        leaf(0, log, 1),
        leaf(1, log, 2),
        leaf(2, talk, 2),
        leaf(3, group, 2),
        leaf(4, log, 3),
      ),
      ...put("logLeaves", logLeaf(0), logLeaf(1, { log: `org:${org(2)}`, stream: talk, position: 1 })),
      ...put("logPending", pendingHead(1, { log, stream: talk, position: 4, second: 2 }), pendingHead(2)),
    ],
  });
  return store;
}

function describeLeaves(adapter: Adapter): void {
  describe("leavesAfter", () => {
    test("tells of leaves in their order, and then of heads that have none yet", async () => {
      const found = await ask(await logOfThisTest(adapter), "leavesAfter", { log, after: null, limit: 9 });
      expect(found.map(({ place }) => place)).toEqual(places);
      expect(found.map(({ reader: { stream } }) => stream)).toEqual([log, log, talk, group, log, talk]);
    });

    test.each([1, 2, 5, 6])("goes on after any place, %d at a time", async (limit) => {
      const store = await logOfThisTest(adapter);
      for (const after of [
        ...places,
        { second: 0, rank: 9, position: 9 },
        { second: 1, rank: 3, position: 1 },
        { second: 1, rank: 4, position: 99 },
        { second: 9, rank: 0, position: 1 },
      ]) {
        const expected = places.filter((place) => comparePlaces(place, after) > 0).slice(0, limit);
        const found = await ask(store, "leavesAfter", { log, after, limit });
        expect(found.map(({ place }) => place)).toEqual(expected);
      }
    });

    test("of a log that nobody has is empty", async () => {
      expect(
        await askBoth(await logOfThisTest(adapter), "leavesAfter", { log: "org:x", after: null, limit: 9 }),
      ).toEqual(both([]));
    });
  });
}

const whole: Span = { stream: talk, from: 1, until: null, since: 0, before: null, only: null };

async function spansOfThisTest(adapter: Adapter): Promise<Store> {
  const store = opened(adapter);
  const made = chainOf([...factsIn(talk, 6), ...factsIn(group, 6)]);
  const facts = made.map((fact) => {
    const { stream, position } = fact.skeleton;
    const kind = stream === talk && position > 3 ? "session.sent" : position % 2 === 0 ? "even" : "odd";
    const skeleton = { ...fact.skeleton, kind };
    return { ...fact, skeleton, skeletonText: JSON.stringify(skeleton) };
  });
  const heads = [talk, group].map((stream) => ({ stream, position: 6, hash: "" }));
  const changes = [
    ...put("streams", ...heads),
    ...[2, 5].flatMap((position) => put("mentions", mention(1, { stream: group, position }))),
    ...put(
      "mentions",
      mention(1, { stream: "workgroup:c", position: 3 }),
      mention(2, { stream: group, position: 1 }),
    ),
  ];
  await commit(store, { facts, changes });
  return store;
}

const rows: readonly (readonly [string, Partial<Span>, readonly number[]])[] = [
  ["all", {}, [1, 2, 3, 4, 5, 6]],
  ["from one to another", { from: 2, until: 4 }, [2, 3, 4]],
  ["to beyond the end", { from: 5, until: 99 }, [5, 6]],
  ["from beyond the end", { from: 7 }, []],
  ["between two times, the first included", { since: 1_500, before: 3_000 }, [2, 3, 4]],
  ["before any", { before: 1_000 }, []],
  ["after all", { since: 3_501 }, []],
  ["of a stream that nobody wrote", { stream: "session:z" }, []],
  ["of one kind", { stream: group, only: { kinds: ["even"] } }, [2, 4, 6]],
  [
    "of two kinds, in their order",
    { stream: group, from: 2, only: { kinds: ["even", "odd"] } },
    [2, 3, 4, 5, 6],
  ],
  ["of kinds within times", { since: 1_001, before: 2_500, only: { kinds: ["odd", "none"] } }, [3]],
  ["of no kind", { only: { kinds: [] } }, []],
  ["that name a thing", { stream: group, only: { naming: agt(1) } }, [2, 5]],
  ["that name it from there", { stream: group, from: 3, only: { naming: agt(1) } }, [5]],
  ["that name what nobody has", { stream: group, only: { naming: agt(9) } }, []],
];

function describeSpans(adapter: Adapter): void {
  describe("factsWithin", () => {
    test.each(rows)("finds %s", async (_what, some, positions) => {
      const store = await spansOfThisTest(adapter);
      const spans = [{ ...whole, ...some }];
      const found = await ask(store, "factsWithin", { spans, limit: 9 });
      expect(found.facts.map(({ skeleton: { position } }) => position)).toEqual(positions);
      expect(found.next).toBeNull();
      const [first] = await ask(store, "firstsWithin", { spans });
      const [position] = positions;
      expect(first).toEqual(position === undefined ? null : { position, at: 500 + 500 * position });
    });

    test.each([1, 2, 5, 6, 7, 8])("tells where it goes on, %d at a time", async (limit) => {
      const store = await spansOfThisTest(adapter);
      const all: readonly Span[] = [
        { ...whole, from: 4 },
        { ...whole, from: 9 },
        { ...whole, stream: group, only: { kinds: ["odd"] } },
        { ...whole, until: 2 },
      ];
      const seen: string[] = [];
      for (let rest = all; ; ) {
        const { facts, next } = await ask(store, "factsWithin", { spans: rest, limit });
        seen.push(...facts.map(({ skeleton: { stream, position } }) => `${stream} ${position}`));
        expect(facts.length).toBeLessThanOrEqual(limit);
        const begun = next && rest[next.span];
        if (!next || !begun) break;
        rest = [{ ...begun, from: next.position }, ...rest.slice(next.span + 1)];
      }
      const told = (stream: string, ...positions: number[]) => positions.map((one) => `${stream} ${one}`);
      expect(seen).toEqual([...told(talk, 4, 5, 6), ...told(group, 1, 3, 5), ...told(talk, 1, 2)]);
    });

    test("firstsWithin answers for each span by itself", async () => {
      const spans = [{ ...whole, from: 9 }, { ...whole, from: 3 }, whole];
      const found = await ask(await spansOfThisTest(adapter), "firstsWithin", { spans });
      expect(found).toEqual([null, { position: 3, at: 2_000 }, { position: 1, at: 1_000 }]);
    });
  });
}

function describeReaders(adapter: Adapter): void {
  describe("readers of a log", () => {
    const mine = ["session:1", "workgroup:1", "workgroup:2", log].map((stream, n) =>
      reader(n, { log, stream }),
    );
    const others = ["workgroup:1", "workgroup:3"].map((stream, n) =>
      reader(n, { log: `org:${org(2)}`, stream }),
    );
    const open = async () => {
      const store = opened(adapter);
      await commit(store, { changes: put("readers", ...mine, ...others) });
      return store;
    };

    test("are found among streams, of those that it reads", async () => {
      const streams = ["workgroup:3", "workgroup:2", "nothing", "session:1"];
      const found = await askBoth(await open(), "readersAmong", { log, streams });
      expect(found).toEqual(both([mine[2], mine[0]]));
    });

    test.each([
      [3, mine.slice(1, 3)],
      [2, mine.slice(1, 3)],
      [1, null],
    ])("of workgroups are told, up to %d", async (limit, expected) => {
      const found = await ask(await open(), "workgroupReaders", { log, limit });
      expect(found?.toSorted((a, b) => (a.stream < b.stream ? -1 : 1)) ?? null).toEqual(expected);
    });
  });
}

function describeAbout(adapter: Adapter): void {
  describe("sessions of an organisation that are about something", () => {
    const nothing = { organisation: org(1), agent: null, workgroup: null, contract: null };
    const open = async () => {
      const store = opened(adapter);
      const one = (n: number, over: object) =>
        side(n, { organisation: org(1), counterpart: agt(9), ...over });
      await commit(store, {
        changes: put(
          "sides",
          one(1, { agent: agt(1), workgroup: wkg(1), contract: ctr(1) }),
          one(2, { agent: agt(2), counterpart: agt(1), workgroup: wkg(2), contract: ctr(1) }),
          one(3, { agent: agt(3), workgroup: wkg(1), contract: ctr(2) }),
          one(3, {
            side: "provider",
            agent: agt(9),
            counterpart: agt(3),
            workgroup: wkg(1),
            contract: ctr(2),
          }),
          one(4, { organisation: org(2), agent: agt(1), workgroup: wkg(1), contract: ctr(1) }),
        ),
      });
      return store;
    };

    test.each([
      [{}, [1, 2, 3]],
      [{ agent: agt(1) }, [1, 2]],
      [{ agent: agt(9) }, [1, 3]],
      [{ workgroup: wkg(1) }, [1, 3]],
      [{ contract: ctr(1) }, [1, 2]],
      [{ contract: ctr(1), workgroup: wkg(2) }, [2]],
      [{ contract: ctr(2), agent: agt(1) }, []],
      [{ workgroup: wkg(9) }, []],
      [{ organisation: org(3), agent: agt(1) }, []],
    ])("%j", async (some, expected) => {
      const store = await open();
      const sessions = expected.map((n) => ses(n));
      const about = await ask(store, "sessionsAbout", { ...nothing, ...some, limit: 9 });
      expect(about?.toSorted()).toEqual(sessions);
      const all = [1, 2, 3, 4, 5].map((n) => ses(n));
      expect((await ask(store, "sessionsAmong", { ...nothing, ...some, sessions: all })).toSorted()).toEqual(
        sessions,
      );
      const few = { ...nothing, ...some, sessions: [ses(2), ses(4)] };
      expect(await ask(store, "sessionsAmong", few)).toEqual(sessions.filter((id) => id === ses(2)));
    });

    test("are none where they are too many to tell", async () => {
      const store = await open();
      expect(await ask(store, "sessionsAbout", { ...nothing, limit: 2 })).toBeNull();
      expect(await ask(store, "sessionsAbout", { ...nothing, workgroup: wkg(2), limit: 1 })).toEqual([
        ses(2),
      ]);
    });
  });
}
