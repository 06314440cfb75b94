/** Holds the table of limits to its tests: a limit that nobody tries at its edge is a number that nobody enforces. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { limitsFile, limitsIn, testedLimits, type Untested } from "./tidy/limits.js";
import { isTypeScript, listTree, readAll, type SourceFile, show } from "./tidy/source-tree.js";

/** What no test tries at the limit and one past it. The list only shrinks. */
const untested: readonly Untested[] = [];

const file = (path: string, text: string): SourceFile => ({ path, text });

test("every limit is named by a test that tries it, or is excused [LIM-1]", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files = readAll(root, listTree(root).filter(isTypeScript));
  const table = files.find(({ path }) => path === limitsFile);
  expect(testedLimits(table ? limitsIn(table) : [], files, untested).map(show)).toEqual([]);
});

describe("a limit", () => {
  const names = ["aMax", "bMax"];
  const rows = 'test("fills", () => fill(limits.bMax));';
  const found = (text: string, excused: readonly Untested[] = []): string[] =>
    testedLimits(names, [file("packages/broker/src/a.test.ts", text)], excused).map(({ message }) => message);

  test("is found in the table", () => {
    expect(limitsIn(file(limitsFile, "export const limits = { aMax: 1, bMax: 2 * 3 } as const;"))).toEqual(
      names,
    );
    expect(testedLimits([], [], [])).toHaveLength(1);
  });

  test("is named by a test, in its title or in what it does", () => {
    expect(found(`test("holds [aMax]", () => {}); ${rows}`)).toEqual([]);
  });

  test("is not named by an import, a comment, a longer name, or outside of tests", () => {
    expect(found('import { aMax } from "a";\n/** aMax */\n// bMax\ntest("aMaximum bMaxed");')).toHaveLength(
      2,
    );
    expect(testedLimits(names, [file("packages/broker/src/a.ts", "aMax; bMax")], [])).toHaveLength(2);
    expect(testedLimits(names, [file("packages/broker/src/testing/a.ts", "aMax; bMax")], [])).toHaveLength(2);
  });

  test("is excused only with a reason, and only as long as no test names it", () => {
    const reason = "takes a day, and is one comparison";
    expect(found(rows, [{ limit: "aMax", reason }])).toEqual([]);
    expect(found(rows, [{ limit: "aMax", reason: "later" }])).toEqual(["aMax is excused without a reason"]);
    expect(
      found(rows, [
        { limit: "aMax", reason },
        { limit: "bMax", reason },
      ]),
    ).toHaveLength(1);
    expect(
      found(rows, [
        { limit: "aMax", reason },
        { limit: "cMax", reason },
      ]),
    ).toHaveLength(1);
  });
});
