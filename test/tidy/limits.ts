/** Every limit of the one table is named by a test that holds it, at the limit and one past it, or excused with a reason. */
import type { Finding, SourceFile } from "./source-tree.js";
import { visit } from "./syntax.js";

export const limitsFile = "packages/protocol/src/limits.ts";

/** The keys of `export const limits = { … } as const`. */
export function limitsIn(file: SourceFile): string[] {
  const names: string[] = [];
  visit(file, {
    VariableDeclarator: ({ id, init }) => {
      if (id.type !== "Identifier" || id.name !== "limits") return;
      const table = init?.type === "TSAsExpression" ? init.expression : init;
      if (table?.type !== "ObjectExpression") return;
      for (const property of table.properties) {
        if (property.type === "Property" && property.key.type === "Identifier") names.push(property.key.name);
      }
    },
  });
  return names;
}

const isTest = (path: string): boolean => /\.(test|contract|suite)\.ts$/.test(path);

/** A test as it stands, without what it only brings in and what it only says. */
const codeOf = ({ text }: SourceFile): string =>
  text.replace(/^import [^;]*;$/gm, "").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

export interface Untested {
  readonly limit: string;
  readonly reason: string;
}

export function testedLimits(
  names: readonly string[],
  files: readonly SourceFile[],
  untested: readonly Untested[],
): Finding[] {
  const tests = files
    .filter(({ path }) => isTest(path) && path !== "test/limits.test.ts")
    .map(codeOf)
    .join("\n");
  const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(tests);
  const finding = (message: string): Finding => ({ rule: "limit", path: limitsFile, message });
  const excuses = untested.flatMap(({ limit, reason }) => [
    ...(names.includes(limit) ? [] : [finding(`${limit} is excused, and there is no such limit`)]),
    ...(isNamed(limit) ? [finding(`${limit} is excused, and a test names it: remove the excuse`)] : []),
    ...(reason.trim().length < 20 ? [finding(`${limit} is excused without a reason`)] : []),
  ]);
  const lacking = names.filter((name) => !isNamed(name) && !untested.some(({ limit }) => limit === name));
  return [
    ...(names.length === 0 ? [finding("has no limits")] : []),
    ...lacking.map((name) => finding(`no test names ${name}`)),
    ...excuses,
  ];
}
