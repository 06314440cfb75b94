import { describe, expect, test } from "vitest";
import { limits } from "./limits.js";
import {
  capabilityNameSchema,
  descriptionSchema,
  detailSchema,
  displayNameSchema,
  introductionSchema,
  isPlainText,
  messageTypePatternSchema,
  metadataValueSchema,
  nameSchema,
  ownerSchema,
  purposeSchema,
  rulesSchema,
  tagsSchema,
  workgroupAddressSchema,
} from "./text.js";

const hostile: [string, string][] = [
  ["NUL", "a\u0000b"],
  ["a line end", "a\nb"],
  ["a tab", "a\tb"],
  ["an escape", "a\u001b[31mb"],
  ["DEL", "a\u007fb"],
  ["a C1 control", "a\u0085b"],
  ["a line separator", "a\u2028b"],
  ["a paragraph separator", "a\u2029b"],
  ["an override of direction", "a\u202eb"],
  ["an embedding of direction", "a\u202ab"],
  ["an isolate of direction", "a\u2066b"],
  ["the end of an isolate", "a\u2069b"],
  ["a lone high surrogate", "a\ud800"],
  ["a lone low surrogate", "\udc00a"],
  ["surrogates in the wrong order", "\udc00\ud800"],
  ["a letter that is not composed", "e\u0301"],
];

describe("text [NAM-1]", () => {
  test.each(["a", "Ärzte ohne Grenzen", "日本語", "\ud83d\ude00", "a b", "\u00e9"])("may be %j", (text) => {
    expect(isPlainText(text)).toBe(true);
    expect(displayNameSchema.safeParse(text).success).toBe(true);
    expect(ownerSchema.safeParse(text).success).toBe(true);
  });

  test.each(hostile)("may not have %s", (_title, text) => {
    expect(isPlainText(text)).toBe(false);
    expect(displayNameSchema.safeParse(text).success).toBe(false);
    expect(ownerSchema.safeParse(text).success).toBe(false);
    expect(tagsSchema.safeParse({ env: text }).success).toBe(false);
  });

  test.each([
    ["a display name", displayNameSchema, limits.displayNameLengthMax],
    ["an owner", ownerSchema, limits.ownerLengthMax],
    ["a purpose", purposeSchema, limits.purposeLengthMax],
    ["rules", rulesSchema, limits.rulesLengthMax],
    ["an introduction", introductionSchema, limits.introductionLengthMax],
    ["a description", descriptionSchema, limits.descriptionLengthMax],
    ["a detail", detailSchema, limits.detailLengthMax],
    ["metadata", metadataValueSchema, limits.metadataValueLengthMax],
  ] as const)("of %s has a letter at least, and as many as the limit [LIM-1]", (_title, schema, most) => {
    const of = (length: number) => schema.safeParse("a".repeat(length)).success;
    expect([of(0), of(1), of(most), of(most + 1)]).toEqual([false, true, true, false]);
  });
});

describe("a name [NAM-1]", () => {
  test.each(["a", "0", "a-b", "a--b", "equity-feed-2"])("may be %s", (name) => {
    expect(nameSchema.safeParse(name).success).toBe(true);
  });

  test.each<[string, string]>([
    ["capitals", "Alpha"],
    ["a hyphen in front", "-a"],
    ["a hyphen behind", "a-"],
    ["nothing but a hyphen", "-"],
    ["an underscore", "a_b"],
    ["a dot", "a.b"],
    ["a slash", "a/b"],
    ["a space", "a b"],
    ["a line end behind", "a\n"],
    ["letters that only look like ours", "\u0430lpha"],
    ["letters of full width", "\uff41"],
    ["a letter with an accent", "caf\u00e9"],
    ...hostile,
  ])("may not have %s", (_title, name) => {
    expect(nameSchema.safeParse(name).success).toBe(false);
  });

  test("has a letter at least, and as many as the limit [LIM-1]", () => {
    const of = (length: number) => nameSchema.safeParse("a".repeat(length)).success;
    expect([of(0), of(1), of(limits.nameLengthMax), of(limits.nameLengthMax + 1)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

/** Refused in a capability's name and in a message type alike. */
const undotted: [string, string][] = [
  ["nothing in it", ""],
  ["capitals", "Markets.equity"],
  ["a dot in front", ".markets"],
  ["a dot behind", "markets."],
  ["two dots in a row", "markets..equity"],
  ["a hyphen at an edge", "markets.-equity"],
  ["an underscore", "markets_equity"],
  ["a slash", "markets/equity"],
  ["a space", "markets equity"],
  ["a line end behind", "markets\n"],
  ["a star inside", "markets.*.equity"],
  ["a star at a word", "markets*"],
  ["a star in front", "*.equity"],
  ["two stars", "markets.*.*"],
  ["letters that only look like ours", "m\u0430rkets"],
  ["a letter with an accent", "caf\u00e9"],
  ...hostile,
];

describe("a capability's name, and a message type [NAM-1]", () => {
  const isName = (text: string) => capabilityNameSchema.safeParse(text).success;
  const isType = (text: string) => messageTypePatternSchema.safeParse(text).success;

  test.each(["markets", "markets.equity", "a.b.c", "0.1", "order-book.level-2"])("may be %s", (text) => {
    expect([isName(text), isType(text)]).toEqual([true, true]);
  });

  test.each(undotted)("may not have %s", (_title, text) => {
    expect([isName(text), isType(text)]).toEqual([false, false]);
  });

  test.each(["*", "markets.*", "markets.equity.*"])("as a type only it may be %s", (text) => {
    expect([isName(text), isType(text)]).toEqual([false, true]);
  });

  test("has as many letters as the limit [LIM-1]", () => {
    const most = limits.capabilityLengthMax;
    for (const accepts of [isName, isType]) {
      expect([accepts("a".repeat(most)), accepts("a".repeat(most + 1))]).toEqual([true, false]);
    }
  });
});

test("a workgroup is addressed by whatever may be its id, its name, or its owner's name and its own [LIM-1]", () => {
  const accepts = (text: string) => workgroupAddressSchema.safeParse(text).success;
  const name = "a".repeat(limits.nameLengthMax);
  expect([`${name}/${name}`, `${name}/${name}a`, "", name].map(accepts)).toEqual([true, false, false, true]);
});

describe("tags", () => {
  const accepts = (tags: unknown): boolean => tagsSchema.safeParse(tags).success;

  test.each(["env", "team/prices", "a.b_c-d", "0"])("may have the key %s", (key) => {
    expect(accepts({ [key]: "x" })).toBe(true);
  });

  test.each(["", "Env", "-a", "a-", "a b", "é", "constructor", "prototype", "a\n"])(
    "may not have the key %j",
    (key) => {
      expect(accepts({ [key]: "x" })).toBe(false);
    },
  );

  test("never carry __proto__, as JSON can write it: whoever reads JSON strictly refuses it before", () => {
    const parsed = tagsSchema.safeParse(JSON.parse('{"__proto__":"x","env":"prod"}'));
    expect(parsed.data).toEqual({ env: "prod" });
    expect(Object.getPrototypeOf(parsed.data)).toBe(Object.prototype);
  });

  test("are flat text", () => {
    expect([1, null, true, [], {}, undefined].map((value) => accepts({ env: value }))).toEqual(
      Array(6).fill(false),
    );
    expect([[], null, "env", 1].map(accepts)).toEqual(Array(4).fill(false));
  });

  test("are as many, and as long, as the limits [LIM-1]", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "x"]));
    const { tagsPerAgent, tagKeyLengthMax, tagValueLengthMax } = limits;
    expect([accepts({}), accepts(many(tagsPerAgent)), accepts(many(tagsPerAgent + 1))]).toEqual([
      true,
      true,
      false,
    ]);
    const key = (length: number) => accepts({ ["k".repeat(length)]: "x" });
    expect([key(tagKeyLengthMax), key(tagKeyLengthMax + 1)]).toEqual([true, false]);
    const value = (length: number) => accepts({ env: "x".repeat(length) });
    expect([value(0), value(tagValueLengthMax), value(tagValueLengthMax + 1)]).toEqual([false, true, false]);
  });
});
