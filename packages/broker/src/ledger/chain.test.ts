import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyStream, headOf, makeFact, noHash, runningAfter, verifyStream } from "./chain.js";
import type { StoredFact } from "./stored-fact.js";
import { chainOf, note } from "./testing/made-up.js";

const sha = (text: string): string => hash("sha256", text, "base64url");
const org = "org:org_1";
const five = chainOf([1, 2, 3, 4, 5].map((n) => ({ fact: note(org, n), at: 1_000 * n })));
const last = (facts: readonly StoredFact[]) => headOf(facts.at(-1) as StoredFact);

/** The facts with the second one replaced. */
const withSecond = (change: (fact: StoredFact) => StoredFact): StoredFact[] =>
  five.map((fact, index) => (index === 1 ? change(fact) : fact));

describe("a fact", () => {
  const [first, second] = five as [StoredFact, StoredFact];

  test("names its stream, position, kind, time and the hash before it, and is hashed as it is spelled [REC-1]", () => {
    expect(first.skeletonText).toBe(
      `{"at":1000,"contentDigest":"${first.skeleton.contentDigest}","kind":"clock.stepped","position":1,"previous":"${noHash}","stream":"org:org_1","v":1}`,
    );
    expect(first.hash).toBe(sha(first.skeletonText));
    expect(first.skeleton.contentDigest).toBe(sha(first.contentText as string));
    expect(second.skeleton.previous).toBe(first.hash);
  });

  test("spells its content canonically, whatever the order of its members", () => {
    const swapped = {
      ...note(org, 1),
      content: Object.fromEntries(Object.entries(note(org, 1).content).reverse()),
    };
    expect(makeFact(swapped as ReturnType<typeof note>, emptyStream(org), 1, 1_000)).toEqual(first);
  });

  test("moves the running hash with a prefix that no skeleton can have", () => {
    expect(runningAfter(noHash, first.hash)).toBe(sha(`parley.running.v1:${noHash}${first.hash}`));
  });
});

describe("verifying a stream", () => {
  test("finds nothing in one that is whole, from its beginning or from a head in it", () => {
    expect(verifyStream(five, last(five))).toBeUndefined();
    expect(verifyStream(five.slice(2), last(five), headOf(five[1] as StoredFact))).toBeUndefined();
    expect(verifyStream([], emptyStream(org))).toBeUndefined();
  });

  test("still verifies a fact whose content is gone", () => {
    expect(
      verifyStream(
        withSecond((fact) => ({ ...fact, contentText: null })),
        last(five),
      ),
    ).toBeUndefined();
  });

  const other = chainOf([{ fact: note("org:org_2", 2), at: 2_000 }])[0] as StoredFact;
  test.each<[string, StoredFact[], object]>([
    ["a fact of another stream", withSecond(() => other), { position: 2, flaw: "stream" }],
    ["a fact that is left out", five.toSpliced(1, 1), { position: 2, flaw: "position" }],
    [
      "a fact that stands twice",
      five.toSpliced(1, 0, five[0] as StoredFact),
      { position: 2, flaw: "position" },
    ],
    [
      "two facts that changed places",
      five.toSpliced(1, 2, ...five.slice(1, 3).reverse()),
      { position: 2, flaw: "position" },
    ],
    ["a truncated stream", five.slice(0, 4), { position: 4, flaw: "head" }],
    [
      "facts beyond the head",
      [...five, makeFact(note(org), last(five), 6, 9_000)],
      { position: 6, flaw: "head" },
    ],
    [
      "a fact forged with all that can be recomputed",
      withSecond(() => makeFact(note(org, 99), headOf(five[0] as StoredFact), 2, 2_000)),
      { position: 3, flaw: "previous" },
    ],
    [
      "a column that differs from the text that was hashed",
      withSecond((fact) => ({ ...fact, skeleton: { ...fact.skeleton, at: 2_001 } })),
      { position: 2, flaw: "skeleton" },
    ],
    ["another hash", withSecond((fact) => ({ ...fact, hash: noHash })), { position: 2, flaw: "hash" }],
    [
      "another content",
      withSecond((fact) => ({ ...fact, contentText: "{}" })),
      { position: 2, flaw: "content" },
    ],
  ])("finds %s", (_what, facts, broken) => {
    expect(verifyStream(facts, last(five))).toEqual(broken);
  });

  test("finds every flipped bit of every part that is kept", () => {
    const flips = fc.record({
      index: fc.nat({ max: 4 }),
      part: fc.constantFrom("skeletonText", "hash", "contentText"),
      at: fc.nat(),
      bit: fc.nat({ max: 6 }),
    });
    fc.assert(
      fc.property(flips, ({ index, part, at, bit }) => {
        const facts = five.map((fact, i) =>
          i === index ? { ...fact, [part]: flipped(fact[part], at, bit) } : fact,
        );
        expect(verifyStream(facts, last(five))).toBeDefined();
      }),
    );
  });
});

function flipped(text: string | null, at: number, bit: number): string {
  const bytes = Buffer.from(text ?? "", "latin1");
  const index = at % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
  return bytes.toString("latin1");
}
