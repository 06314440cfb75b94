/** Promises about the catalog: what may be engaged is found as it was asked for, in one order, and nothing hidden counts. */
import { describe, expect, test } from "vitest";
import type { CatalogFilter, CatalogPlace, OfferRow } from "../engagement-pages.js";
import { describeCatalogDigest } from "./catalog-digest.suite.js";
import { adv, ctr } from "./engagement-rows.suite.js";
import * as scene from "./market.suite.js";
import { hindrances, market, required } from "./market.suite.js";
import { describeSeen, describeVersionsSeen } from "./offers-seen.suite.js";
import { type Adapter, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { agt, org } from "./rows.suite.js";
import * as stalls from "./stalls.suite.js";
import {
  advertised,
  any,
  begins,
  bond,
  equity,
  filtered,
  rowOf,
  type Stall,
  seeker,
  set,
  short,
  taken,
  town,
} from "./stalls.suite.js";
import { walk } from "./walk.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

const search = (filter: CatalogFilter, more: { after?: CatalogPlace | null; limit?: number } = {}) => ({
  ...seeker,
  filter,
  after: null,
  limit: 9,
  ...more,
});
const exactly = (name: string) => filtered({ capability: { exactly: name } });
const words = (...all: readonly string[]) => filtered({ words: all });
const [bond1, bond2, equity1, sibling1, weather2] = [
  "bond-prices 1 0",
  "bond-prices 2 0",
  "equity-prices 1 0",
  "sibling 1 0",
  "weather 2 0",
];

const searches: readonly (readonly [what: string, filter: CatalogFilter, found: readonly string[]])[] = [
  ["everything that may be engaged, by name", any, [bond1, bond2, equity1, sibling1, weather2]],
  ["a capability", exactly("markets.equity"), [equity1]],
  ["no capability that only begins alike", exactly("markets.eq"), []],
  ["nothing of what is hidden", exactly("markets.hidden"), []],
  ["the exact capability before what is below it", begins("markets"), [bond1, bond2, "equity-prices 1 1"]],
  ["a capability below, whole words only", begins("markets.e"), []],
  ["a prefix that is a capability", begins("markets.equity"), [equity1]],
  ["no wildcard in a prefix", begins("markets%"), []],
  ["no wildcard in a prefix either", begins("m_rkets"), []],
  ["a word", words("weather"), [weather2]],
  ["the beginning of a word", words("liv"), [bond1, bond2, equity1]],
  ["all of the words", words("live", "equity"), [equity1]],
  ["all of the words, whichever is the longest", words("equity-p", "liv"), [equity1]],
  ["nothing by the longest alone", words("live", "markets.zzz"), []],
  ["no end of a word", words("prices"), []],
  ["words of any spelling", words("größ"), [equity1]],
  ["a wildcard as what it is", words("100%"), [equity1]],
  ["a wildcard as what it is, too", words("a_"), [equity1]],
  ["no wildcard", words("%"), []],
  ["no wildcard either", words("_"), []],
  ["what is in one workgroup", filtered({ workgroup: wkg(2) }), [bond2, weather2]],
  ["nothing in a workgroup that is hidden", filtered({ workgroup: wkg(3) }), []],
  ["nothing in a workgroup that is not there", filtered({ workgroup: wkg(9) }), []],
  ["what an organisation offers, by its id", filtered({ organisation: org(3) }), [bond1, bond2, weather2]],
  ["… and by its name", filtered({ organisation: "organisation-2" }), [equity1]],
  ["nothing of an organisation that is not there", filtered({ organisation: "organisation-9" }), []],
  ["a pattern", filtered({ pattern: "stream" }), [equity1]],
  ["another pattern", filtered({ pattern: "custom" }), [weather2]],
  ["what is available", filtered({ available: true }), [equity1]],
  ["what is not", filtered({ available: false }), [bond1, bond2, sibling1, weather2]],
  [
    "what fits all of a filter",
    { ...begins("markets"), words: ["live"], workgroup: wkg(1), organisation: org(3), available: false },
    [bond1],
  ],
];

export function describeCatalog(adapter: Adapter): void {
  describe("the catalog", () => {
    describeSearches(adapter);
    describePages(adapter);
    describeFinding(adapter);
    describeOrder(adapter);
    describeHidden(adapter);
    describeCatalogDigest(adapter);
    describeSeen(adapter);
    describeVersionsSeen(adapter);
  });
}

function describeSearches(adapter: Adapter): void {
  test.each(searches)("finds %s", async (_what, filter, found) => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const { read, within } = await askBoth(store, "catalogPage", search(filter));
    expect(read.map(short)).toEqual(found);
    expect(within).toEqual(read);
    const { page } = await store.readAside({ page: { find: "catalogPage", by: search(filter) } });
    expect(page).toEqual(read);
  });

  test("tells all that is shown of an offer", async () => {
    const store = opened(adapter);
    await commit(store, { changes: [...town, ...market()] });
    const versioned = { find: "catalogPage", by: search(filtered({ workgroup: wkg(1) })) } as const;
    const rows = (await store.read({ page: versioned })).page;
    expect(rows.find(({ advertisement }) => advertisement.id === adv(2))).toEqual(rowOf(bond, 1));
    expect(rows.find(({ advertisement }) => advertisement.id === adv(1))).toEqual(
      rowOf(equity, 1, { advertisement: scene.advertisement(), version: scene.version() }),
    );
  });
}

function describePages(adapter: Adapter): void {
  test.each([1, 2, 3, 5])("is told page by page in the same order, %d at a time", async (limit) => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    for (const [, filter, found] of searches) {
      const rows = await walk<OfferRow>(
        store,
        (from, last, count) =>
          ask(from, "catalogPage", search(filter, { after: placeOf(last), limit: count })),
        limit,
      );
      expect(rows.map(short)).toEqual(found);
    }
  });

  test("goes on after a place whose offer is gone, and meets what came after it", async () => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const [first] = await ask(store, "catalogPage", search(any, { limit: 1 }));
    await commit(store, {
      changes: [
        ...taken(bond),
        ...set({ n: 20, by: 2, in: [1], name: "always-before", capabilities: ["x"] }),
        ...set({ n: 21, by: 2, in: [1], name: "carbon", capabilities: ["x"] }),
      ],
    });
    const rest = await ask(store, "catalogPage", search(any, { after: placeOf(first) }));
    expect(rest.map(short)).toEqual(["carbon 1 0", equity1, sibling1, weather2]);
  });

  test.each([
    ["everything", any],
    ["a capability and what is below it", begins("markets")],
    ["a word", words("liv")],
  ])("shows all that stands throughout once, while others come and go: %s", async (_what, filter) => {
    const store = opened(adapter);
    await commit(store, { changes: [...stalls.people, ...row.flatMap((stall) => set(stall))] });
    let n = 100;
    const between = async () => {
      n += 1;
      const passing = { ...alikeIn(n), name: `a${n % 7}-passing-${n}` };
      await commit(store, { changes: [...taken(alikeIn(n - 1)), ...set(passing)] });
    };
    for (const limit of [1, 2, 3]) {
      const next = (from: typeof store, last: OfferRow | undefined, count: number) =>
        ask(from, "catalogPage", search(filter, { after: placeOf(last), limit: count }));
      const seen = (await walk<OfferRow>(store, next, limit, between)).map(short);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((one) => one.startsWith("stall"))).toEqual(
        (await next(store, undefined, 99)).map(short).filter((one) => one.startsWith("stall")),
      );
    }
  });
}

function describeFinding(adapter: Adapter): void {
  test("finds the few that fit behind many that do not", async () => {
    const store = opened(adapter);
    const fits: Stall = { ...alikeIn(60), by: 2, name: "z-fits" };
    const many = Array.from({ length: 50 }, (_, at) => alikeIn(100 + at));
    await commit(store, { changes: [...stalls.people, ...many.flatMap(set), ...set(fits)] });
    for (const filter of [any, begins("markets"), words("liv")]) {
      const rows = await ask(store, "catalogPage", search({ ...filter, available: true }, { limit: 1 }));
      expect(rows.map(({ advertisement }) => advertisement.name)).toEqual(["z-fits"]);
    }
  });

  test("tells since when each is shown there, whatever else was published of it", async () => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    await commit(store, { changes: put("advertisements", { ...advertised(equity), publishedAt: 9_999 }) });
    const rows = await ask(store, "catalogPage", search(words("equity")));
    expect(rows.map(({ publishedAt }) => publishedAt)).toEqual([advertised(equity).publishedAt]);
  });

  test("finds an offer by the words that it has now, and by no others", async () => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const found = async (word: string) => (await ask(store, "catalogPage", search(words(word)))).map(short);
    await commit(store, { changes: set({ ...equity, words: " equity shares", version: 2 }) });
    expect([await found("größ"), await found("shar")]).toEqual([[], [equity1]]);
    await commit(store, { changes: set({ ...equity, words: " equity shares", version: 3 }) });
    expect(await found("equ")).toEqual([equity1]);
    await commit(store, { changes: taken(equity) });
    expect([await found("shar"), await found("equ")]).toEqual([[], []]);
    await commit(store, { changes: set(equity) });
    expect([await found("shar"), await found("größ")]).toEqual([[], [equity1]]);
  });
}

/** Found twice by one prefix, as a capability and as a word. */
const alikeIn = (n: number): Stall => ({
  n,
  by: 3,
  in: [1, 2],
  name: `m${n}`,
  capabilities: n % 2 === 0 ? ["markets", "markets.a", "markets.b"] : ["markets.a", "markets.b"],
  words: " live lively",
});
const row = Array.from({ length: 6 }, (_, at): Stall => ({ ...alikeIn(70 + at), name: `stall-${at}` }));

function describeOrder(adapter: Adapter): void {
  test("is in the order of names, then of advertisements, then of workgroups", async () => {
    const store = opened(adapter);
    const alike = (n: number, by: 2 | 3, groups: readonly number[]): Stall => ({
      n,
      by,
      in: groups,
      name: "alike",
      capabilities: ["x"],
    });
    await commit(store, {
      changes: [...stalls.people, ...set(alike(9, 2, [1])), ...set(alike(8, 3, [2, 1]))],
    });
    const rows = await ask(store, "catalogPage", search(any));
    expect(rows.map((row) => [row.advertisement.id, row.workgroup.id])).toEqual([
      [adv(8), wkg(1)],
      [adv(8), wkg(2)],
      [adv(9), wkg(1)],
    ]);
  });
}

function describeHidden(adapter: Adapter): void {
  test.each(hindrances)("shows nothing where %s", async (_what, over) => {
    const store = opened(adapter);
    await commit(store, { changes: market(over) });
    expect(await ask(store, "catalogPage", search(any))).toEqual([]);
    for (const agent of [agt(1), null]) {
      const by = { organisation: org(1), agent };
      expect(await ask(store, "offersSeen", { ...by, advertisement: adv(1) })).toEqual([]);
      expect(await ask(store, "versionsSeen", { ...by, contract: ctr(1) })).toEqual([]);
    }
  });

  test("shows what requires workgroups to who is in all of them", async () => {
    const store = opened(adapter);
    const over = { offer: { requires: [wkg(1), wkg(2)] } };
    await commit(store, { changes: [...market(over), ...required()] });
    expect((await ask(store, "catalogPage", search(any))).map(short)).toEqual(["offer-1 1 0"]);
  });
}

const placeOf = (last: OfferRow | undefined): CatalogPlace | null =>
  last === undefined
    ? null
    : {
        rank: last.rank,
        name: last.advertisement.name,
        advertisement: last.advertisement.id,
        workgroup: last.workgroup.id,
      };
