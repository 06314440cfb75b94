import {
  type AdvertisementContent,
  completeAdvertisement,
  completeTerms,
  limits,
  type SaidAdvertisement,
} from "@parley/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Advertisement, Offer } from "../engagement-entities.js";
import { bea, borealis, idOf, north, now } from "../testing/cast.js";
import { channel, city, den, weather, weatherContent, weatherTerms } from "../testing/city.js";
import { all } from "../testing/world.js";
import { goneBetween, offeredCapabilities, offersAnew, offersOf, searchedWords, wordsOf } from "./offers.js";

const published = (content: AdvertisementContent, version = 1): Advertisement => ({
  id: weather,
  agent: north,
  organisation: borealis,
  name: content.name,
  content,
  digest: "digest",
  statement: "signed",
  by: bea,
  state: "active",
  publishedAt: now,
  takenAt: 0,
  version,
});
const saying = (more: Partial<SaidAdvertisement>): AdvertisementContent =>
  completeAdvertisement({ ...weatherContent, ...more });

describe("the words of an advertisement are what is searched [ADV-6]", () => {
  test.each([
    ["What the sky does", ["what", "the", "sky", "does"]],
    ["weather.forecast, level-2", ["weather", "forecast", "level", "2"]],
    ["100% of it_all 'OR' 1=1 *", ["100", "of", "it", "all", "or", "1", "1"]],
    ["Ärzte, STRASSE; 日本語", ["arzte", "strasse", "日本語"]],
    ["ärzte Straße ﬁnance ＦＸ", ["arzte", "strasse", "finance", "fx"]],
    ["A\u0308rzte Crème Żółć", ["arzte", "creme", "zołc"]],
    ["İstanbul", ["istanbul"]],
    ["パン 한국어", ["パン", "한국어"]],
    ["हिन्दी", ["हिन्दी"]],
    ["  ", []],
    ["", []],
  ])("of %j they are %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test("of name, description and capabilities, each once, after a space", () => {
    const content = saying({
      description: "Weather: the SKY, the sea",
      capabilities: [{ name: "weather.current", description: "the sky now" }, { name: "sea" }],
    });
    expect(searchedWords(content)).toBe(" weather current sea the sky now");
  });

  test("are so many at most, names first [LIM-1]", () => {
    const { wordsPerAdvertisement: most } = limits;
    const wordsBeside = (count: number) =>
      searchedWords(
        saying({
          description: Array.from({ length: count - 2 }, (_, n) => `w${n.toString(36)}`).join(" "),
          capabilities: [{ name: "sea" }],
        }),
      )
        .trim()
        .split(" ");
    expect(wordsBeside(most)).toHaveLength(most);
    expect(wordsBeside(most + 1)).toEqual(wordsBeside(most));
    expect(wordsBeside(most + 1).slice(0, 3)).toEqual(["weather", "sea", "w0"]);
  });

  test("never hold what means something to a search, whatever is written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (description) => {
        const words = searchedWords(saying({ description }));
        expect(words).toMatch(/^(?: [\p{L}\p{M}\p{N}]+)+$/u);
        expect(words).toBe(words.toLowerCase().normalize("NFC"));
      }),
    );
  });
});

describe("what an advertisement offers [ADV-4]", () => {
  test("is a row for each workgroup, and one for each capability there: those of the town", () => {
    const world = city();
    const advertisement = published(weatherContent);
    const [{ publishedAt, statement }] = all(world, "offers") as [Offer];
    const offers = offersOf(advertisement, weatherTerms).map((made) => ({ ...made, publishedAt, statement }));
    expect(offers).toEqual(all(world, "offers"));
    expect(offeredCapabilities(advertisement)).toEqual(all(world, "offeredCapabilities"));
  });

  test("is seen only in the workgroups that its terms require, too", () => {
    const terms = completeTerms({ requiredWorkgroups: [den] });
    expect(offersOf(published(weatherContent), terms)).toMatchObject([
      { workgroup: channel, requires: [den] },
    ]);
  });
});

describe("what is offered anew [ADV-7]", () => {
  const anew = (before: AdvertisementContent | undefined, more: Partial<SaidAdvertisement>) =>
    offersAnew(before, published(saying(more), 2), weatherTerms).map(
      ({ workgroup, version, publishedAt }) => ({
        workgroup,
        version,
        publishedAt,
      }),
    );
  const fresh = (workgroup: typeof den) => ({ workgroup, version: 2, publishedAt: now });

  test("elsewhere leaves what stands as it is: nobody is told of it who does not see it", () => {
    expect(anew(weatherContent, { workgroups: [channel, den] })).toEqual([fresh(den)]);
    expect(anew(saying({ workgroups: [channel, den] }), {})).toEqual([]);
  });

  test.each<[string, Partial<SaidAdvertisement>]>([
    ["a description", { description: "other" }],
    ["a capability", { capabilities: [{ name: "sea" }] }],
    ["patterns", { patterns: ["stream"] }],
    ["terms", { contract: { ...weatherContent.contract, termsDigest: "other" } }],
  ])("is in every workgroup where another is seen: %s", (_what, more) => {
    expect(anew(weatherContent, { ...more, workgroups: [channel, den] }).map((one) => one.workgroup)).toEqual(
      saying({ workgroups: [channel, den] }).workgroups,
    );
  });

  test("is everything after nothing", () => {
    expect(anew(undefined, {})).toEqual([fresh(channel)]);
  });
});

/** Rows as a projection keeps them, by what names them. */
class Catalog {
  readonly rows = new Map<string, unknown>();
  #standing: AdvertisementContent | undefined;

  replace(content: AdvertisementContent | undefined, version: number): void {
    const { workgroups, capabilities } = goneBetween(this.#standing, content);
    for (const workgroup of workgroups) this.drop(workgroup);
    for (const { workgroup, capability } of capabilities) this.drop(`${workgroup} ${capability}`);
    if (content) for (const [key, row] of rowsOf(content, version)) this.rows.set(key, row);
    this.#standing = content;
  }

  /** What is gone was there: nothing else is said to be gone. */
  drop(key: string): void {
    expect(this.rows.delete(key)).toBe(true);
  }
}

function rowsOf(content: AdvertisementContent, version: number): [string, unknown][] {
  const advertisement = published(content, version);
  return [
    ...offersOf(advertisement, weatherTerms).map((row): [string, unknown] => [row.workgroup, row]),
    ...offeredCapabilities(advertisement).map((row): [string, unknown] => [
      `${row.workgroup} ${row.capability}`,
      row,
    ]),
  ];
}

describe("what is gone", () => {
  const names = ["a", "b", "c.d", "e"];
  const contents = fc
    .record({
      workgroups: fc.subarray([1, 2, 3, 4], { minLength: 1 }),
      capabilities: fc.shuffledSubarray(names, { minLength: 1 }),
    })
    .map(({ workgroups, capabilities }) =>
      saying({
        workgroups: workgroups.map((n) => idOf("workgroup", n)),
        capabilities: capabilities.map((name) => ({ name })),
      }),
    );

  test("and what is offered are exactly the rows of what was published last, whatever was before", () => {
    fc.assert(
      fc.property(fc.array(fc.option(contents, { nil: undefined, freq: 4 }), { maxLength: 12 }), (lives) => {
        const catalog = new Catalog();
        lives.forEach((content, at) => {
          catalog.replace(content, at + 1);
          const wanted = content ? rowsOf(content, at + 1) : [];
          expect(new Map([...catalog.rows].toSorted())).toEqual(new Map(wanted.toSorted()));
        });
      }),
      { numRuns: 500 },
    );
  });

  test("is nothing, where the same is published again, or nothing was there", () => {
    const nothing = { workgroups: [], capabilities: [] };
    expect(goneBetween(weatherContent, weatherContent)).toEqual(nothing);
    expect(goneBetween(undefined, weatherContent)).toEqual(nothing);
    expect(goneBetween(undefined, undefined)).toEqual(nothing);
  });

  test("is everything, where nothing follows", () => {
    expect(goneBetween(weatherContent, undefined)).toEqual({
      workgroups: [channel],
      capabilities: [
        { workgroup: channel, capability: "weather.current" },
        { workgroup: channel, capability: "weather.forecast" },
      ],
    });
  });
});
