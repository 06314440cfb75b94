/** Bundles that are true are found so, whatever they show; and what was not shown, or not given, is said. */
import { describe, expect, test } from "vitest";
import { receiptLine } from "./bundle.js";
import { verifierKey } from "./checkpoint.js";
import type { BundleReport } from "./report.js";
import { keyOf, nodeCrypto } from "./testing/keys.js";
import {
  bundleOf,
  checkpointKeys,
  era,
  noteOf,
  receiptFor,
  receiptKey,
  sessionBundle,
  wholeBundle,
} from "./testing/made-bundle.js";
import { madeStory } from "./testing/made-story.js";
import { type VerifyOptions, verifyBundle } from "./verify.js";

const { log, sessions } = madeStory();
const [first = "", second = ""] = sessions;
const size = log.leaves.length;
const origin = "parley.example/logs/org_00000000000000000000000001/era-2";
type True = Extract<BundleReport, { ok: true }>;

async function verified(
  lines: readonly string[],
  options: Omit<VerifyOptions, "crypto"> = {},
): Promise<True> {
  const report = await verifyBundle(lines, { crypto: nodeCrypto, ...options });
  if (!report.ok) throw new TypeError(JSON.stringify(report));
  return report;
}

describe("a bundle of the whole record [EVD-3] [EVD-4]", () => {
  test("says what was checked", async () => {
    const { checked, notes, trust, ...said } = await verified(wholeBundle(log, sessions));
    expect(said).toEqual({ ok: true, origin, size, root: log.rootOf(0, size), era, against: "not-asked" });
    expect(checked).toEqual({
      ...{ lines: 46, leaves: 14, skipped: 0, facts: 32, contents: 32, removed: 0, heads: 6 },
      ...{ streams: 3, sessions: 2, statements: 8, notEnrolled: 3, receipts: 2 },
    });
    expect(trust).toEqual({
      checkpoint: { kid: checkpointKeys[0].kid, by: "first-listed" },
      receipt: { kid: receiptKey.kid, by: "first-listed" },
    });
    expect(notes.filter((note) => note.includes("begins at"))).toHaveLength(2);
  });

  test("goes on when contents were removed, and says of how many", async () => {
    const lines = bundleOf(log, {
      ...{ scope: { from: null, to: null }, receipts: sessions, removed: `session:${first}` },
    });
    const { checked, notes } = await verified(lines);
    expect(checked).toMatchObject({ removed: 10, contents: 22, receipts: 2 });
    expect(notes.join()).toContain("1 receipts are signed, and could not be compared");
  });

  test("may have heads without facts of a workgroup, if its reader came back to it", async () => {
    const { leaves } = log;
    const before = leaves.flatMap((leaf) => ("head" in leaf ? leaf.facts : []));
    const hidden = before.filter(
      ({ skeleton: { stream, position } }) => stream.startsWith("workgroup:") && position < 7,
    );
    const lines = wholeBundle(log, []);
    const without = (facts: typeof hidden) =>
      lines.filter((line) => !facts.some(({ skeletonText }) => line.includes(skeletonText)));
    const { checked, notes } = await verified(without(hidden));
    expect([hidden.length, checked.heads]).toEqual([2, 6]);
    expect(notes).toContain("2 heads are of streams of which no fact is shown");
    const report = await verifyBundle(
      without(before.filter(({ skeleton }) => skeleton.stream.startsWith("workgroup:"))),
      {
        crypto: nodeCrypto,
      },
    );
    expect(report).toMatchObject({ ok: false, what: "head.alone" });
  });

  test("knows where a chain ends whose contents were removed", async () => {
    const lines = bundleOf(log, { scope: { from: null, to: null }, removed: `session:${first}` });
    const other = receiptFor(log, first, { head: { position: 10, hash: nodeCrypto.sha256("another") } });
    const report = await verifyBundle([...lines, receiptLine(other)], { crypto: nodeCrypto });
    expect(report).toMatchObject({ ok: false, what: "receipt.claims" });
  });

  test("may be empty", async () => {
    const none = Object.assign(madeStory().log, { leaves: [] });
    const lines = bundleOf(none, { scope: { from: null, to: null } });
    expect(await verified(lines)).toMatchObject({ size: 0, root: nodeCrypto.sha256("") });
  });
});

describe("a bundle of a part", () => {
  test("of one session has the rest as parts that are skipped", async () => {
    const { checked, notes } = await verified(sessionBundle(log, second));
    expect(checked).toMatchObject({ facts: 10, leaves: 14, skipped: 13, heads: 1, streams: 1, receipts: 1 });
    expect(notes).toContain("13 leaves of the log are not shown");
  });

  test("of a time may begin in the middle of its streams, and says so", async () => {
    const lines = bundleOf(log, {
      scope: { from: "2026-09-21T00:00:00.000Z", to: null } as never,
      shows: (_, at) => at >= 8,
    });
    const { notes } = await verified(lines);
    expect(notes.join()).toContain("the log's own stream has 6 facts before its position 7");
  });

  test("of a time may show heads of streams of which it has no facts", async () => {
    const lines = bundleOf(log, { scope: { from: null, to: "2026-09-21T00:00:00.000Z" } as never }).filter(
      (line) => !line.includes('"stream":"workgroup:') || line.startsWith('{"head"'),
    );
    const { notes } = await verified(lines);
    expect(notes).toContain("3 heads are of streams of which no fact is shown");
  });
});

describe("who is trusted [EVD-5]", () => {
  const lines = sessionBundle(log, second);
  const [one, two, three] = checkpointKeys;

  test.each([
    ["a key id", two.kid, two.kid],
    ["a public point", three.x, three.kid],
    ["the verifier key of this log", verifierKey(origin, one.x, nodeCrypto), one.kid],
  ])("may be given as %s", async (_what, key, kid) => {
    const { trust, notes } = await verified(lines, { keys: ["something else", key] });
    expect(trust.checkpoint).toEqual({ kid, by: "given" });
    expect(notes.join()).not.toContain("for checkpoints");
    expect(notes.join()).toContain("for receipts");
  });

  test("may be given for receipts too", async () => {
    const { trust, notes } = await verified(lines, { keys: [one.kid, receiptKey.kid] });
    expect(trust.receipt).toEqual({ kid: receiptKey.kid, by: "given" });
    expect(notes.join()).not.toContain("no key was given");
  });

  test("is whoever was given and those after, not those before", async () => {
    const older = lines.map((line) => (line.startsWith('{"checkpoint"') ? noteOf(log, size, one) : line));
    const at = lines.findIndex((line) => line.startsWith('{"checkpoint"'));
    const signedByFirst = lines.with(at, JSON.stringify({ checkpoint: older[at] }));
    expect((await verified(signedByFirst, { keys: [one.kid] })).ok).toBe(true);
    const report = await verifyBundle(signedByFirst, { crypto: nodeCrypto, keys: [two.kid] });
    expect(report).toMatchObject({ ok: false, what: "key.untrusted" });
  });
});

describe("an older checkpoint [EVD-4]", () => {
  test("of any size is the beginning of what is shown whole", async () => {
    for (let older = 0; older <= size; older++) {
      const report = await verified(wholeBundle(log, []), { against: noteOf(log, older, checkpointKeys[1]) });
      expect(report.against).toBe("consistent");
    }
  });

  test("is compared where a part ends at its size", async () => {
    for (let older = 0; older <= size; older++) {
      const lines = sessionBundle(log, second, [older]);
      expect((await verified(lines, { against: noteOf(log, older) })).against).toBe("consistent");
    }
  });

  test("may be of an era before, and that is said", async () => {
    const { notes } = await verified(wholeBundle(log, []), { against: noteOf(log, 5, checkpointKeys[0], 1) });
    expect(notes.join()).toContain("of era 1");
    const report = await verifyBundle(wholeBundle(log, []), {
      ...{ crypto: nodeCrypto, against: noteOf(log, 5, checkpointKeys[0], 3) },
    });
    expect(report).toMatchObject({ ok: false, what: "against.log" });
  });

  test("is by a key that is trusted", async () => {
    const options = {
      crypto: nodeCrypto,
      keys: [checkpointKeys[1].kid],
      against: noteOf(log, 5, checkpointKeys[0]),
    };
    const report = await verifyBundle(wholeBundle(log, []), options);
    expect(report).toMatchObject({ ok: false, what: "against.signature" });
  });
});

test("what is refused says where: the line, the fact, the leaf", async () => {
  const lines = sessionBundle(log, second);
  const at = lines.findIndex((line) => line.includes('"kind":"session.sent"'));
  const wrong = lines.with(at, String(lines[at]).replace('"n":1', '"n":2'));
  expect(await verifyBundle(wrong, { crypto: nodeCrypto })).toMatchObject({
    ...{ ok: false, what: "fact.content", at: { line: at + 1, stream: `session:${second}`, position: 6 } },
    checked: { facts: 5 },
  });
});

test("nothing that is no bundle makes it throw", async () => {
  const deep = "[".repeat(60_000);
  const junk = [
    "",
    "{",
    "null",
    "[]",
    deep,
    `{"fact":${deep}`,
    `{"receipt":"${"a".repeat(60_000)}"}`,
    '{"key":null}',
  ];
  for (const line of junk) {
    expect(await verifyBundle([line], { crypto: nodeCrypto })).toMatchObject({ ok: false, at: { line: 1 } });
    for (const at of [1, 6, 9]) {
      const lines = sessionBundle(log, second).with(at, line);
      expect(await verifyBundle(lines, { crypto: nodeCrypto })).toMatchObject({ ok: false });
    }
  }
  expect(await verifyBundle([], { crypto: nodeCrypto })).toMatchObject({ ok: false, what: "bundle.end" });
  const keys = [keyOf("x").kid, "", "+", "a+b+c"];
  expect(
    await verifyBundle(sessionBundle(log, second), { crypto: nodeCrypto, keys, against: "no note" }),
  ).toMatchObject({
    what: "key.untrusted",
  });
});
