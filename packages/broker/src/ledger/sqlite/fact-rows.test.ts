import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { ask, commit, factsOf } from "../contract/opened.suite.js";
import { openStore, temporaryFolder } from "./temporary.suite.js";

/** Each with a content that is so much of a page long. */
async function stored(...parts: readonly number[]) {
  const store = openStore(temporaryFolder(), { synchronous: "NORMAL" });
  const facts = factsOf("platform", parts.length).map((fact, at) => ({
    ...fact,
    contentText: parts[at] === 0 ? null : "é".repeat(Math.ceil(((parts[at] ?? 0) * limits.pageBytesMax) / 2)),
  }));
  await commit(store, { facts });
  return store;
}

describe("facts of which the contents are long are read as far as a page goes, and one more", () => {
  test.each<readonly [string, readonly number[], number, readonly number[]]>([
    ["one that is longer than a page", [1.1, 1.1, 1.1], 0, [1, 2]],
    ["the last, longer than a page", [1.1, 1.1], 1, [2]],
    ["two that fill it to the byte", [0.5, 0.5, 0.1, 0.1], 0, [1, 2, 3, 4]],
    ["what goes beyond it", [0.5, 0.6, 0.1, 0.1], 0, [1, 2, 3]],
    ["contents that are gone", [0, 0, 1.1, 0, 0], 0, [1, 2, 3, 4]],
  ])("%s [LIM-1]", async (_what, parts, after, positions) => {
    for (const kind of [null, "clock.stepped"]) {
      const found = await ask(await stored(...parts), "factsPage", {
        stream: "platform",
        after,
        limit: 9,
        kind,
      });
      expect(found.map(({ skeleton }) => skeleton.position)).toEqual(positions);
    }
  });
});

describe("what was sent", () => {
  test.each([
    ["workgroup:x", 0],
    ["platform", 0],
    ["session:x", 2],
  ])("is looked for in no stream but a session's: %s", async (stream, statements) => {
    const traced: string[] = [];
    const store = openStore(temporaryFolder(), { trace: (statement) => traced.push(statement) });
    const by = { stream, after: 0, limit: 9, kind: "session.sent" };
    traced.length = 0;
    expect(await ask(store, "factsPage", by)).toEqual([]);
    expect(traced.filter((statement) => statement.includes('"facts"'))).toHaveLength(statements);
  });
});
