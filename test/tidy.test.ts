/**
 * Holds the source tree to the rules of the house. Each rule is also given an offence that was planted for it:
 * a rule that finds nothing must be known to look.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bannedCode } from "./tidy/banned-code.js";
import { clauseCitations } from "./tidy/clauses.js";
import { applyExceptions } from "./tidy/exceptions.js";
import { importCycles } from "./tidy/import-cycles.js";
import { importTable } from "./tidy/import-table.js";
import { judgeTree } from "./tidy/judgement.js";
import { barrels, fileNames, fileSizes, functionSizes } from "./tidy/layout.js";
import { relativeLinks } from "./tidy/links.js";
import { codesInOpenApi, codesInPage, codesInTable, compareCodes } from "./tidy/refusal-codes.js";
import { type SourceFile, show } from "./tidy/source-tree.js";

const broker = "packages/broker/src";
const file = (path: string, text = ""): SourceFile => ({ path, text });

describe("the tree", () => {
  const findings = judgeTree(fileURLToPath(new URL("..", import.meta.url)));
  const found = (rule: string): string[] => findings.filter((finding) => finding.rule === rule).map(show);

  test.each([
    ["imports only what the table of rooms allows", "import-table"],
    ["has no import cycles, types counted", "import-cycle"],
    ["has one index for each package and no other barrel", "barrel"],
    ["has no file of more than 300 lines", "file-lines"],
    ["has no function of more than 60 lines", "function-lines"],
    ["has file names that say what is inside", "file-name"],
    ["does without what is banned", "banned-code"],
    ["names the same refusal codes in table, documentation and OpenAPI", "refusal-code"],
    ["cites every clause of the protocol in source and in a test, and no other", "clause"],
    ["has no relative link that leads nowhere", "link"],
    ["has no exception that is not needed", "exception"],
  ])("%s", (_title, rule) => {
    expect(found(rule)).toEqual([]);
  });
});

describe("the import table", () => {
  const offends = (path: string, text: string): boolean => importTable([file(path, text)]).length > 0;

  test.each([
    ["protocol", "packages/protocol/src/ids.ts", 'import { randomUUID } from "node:crypto";'],
    ["protocol", "packages/protocol/src/ids.ts", 'import type { Broker } from "@parley/broker";'],
    ["governance", `${broker}/governance/govern.ts`, 'import "node:fs";'],
    ["governance", `${broker}/governance/govern.ts`, 'import type { Store } from "../ledger/store.js";'],
    ["governance", `${broker}/governance/govern.ts`, 'import type { Clock } from "../clock.js";'],
    ["ledger", `${broker}/ledger/batch.ts`, 'import { open } from "./sqlite/open.js";'],
    ["ledger", `${broker}/ledger/batch.ts`, 'import { wire } from "../outbox/wire.js";'],
    ["ledger/sqlite", `${broker}/ledger/sqlite/open.ts`, 'import { rows } from "../memory/rows.js";'],
    [
      "ledger/sqlite",
      `${broker}/ledger/sqlite/open.ts`,
      'import { govern } from "../../governance/govern.js";',
    ],
    ["outbox", `${broker}/outbox/mailbox.ts`, 'import { WebSocket } from "ws";'],
    ["outbox", `${broker}/outbox/mailbox.ts`, 'import { batch } from "../ledger/batch.js";'],
    ["records", `${broker}/records/audit.ts`, 'import type { Relay } from "../relay.js";'],
    ["admission", `${broker}/admission/http/routes.ts`, 'import { relay } from "../../relay.js";'],
    [
      "admission",
      `${broker}/admission/http/routes.ts`,
      'export { kinds } from "../../governance/command.js";',
    ],
    ["admission", `${broker}/admission/parse.ts`, 'const load = () => import("../ledger/memory/store.js");'],
    ["admission", `${broker}/admission/parse.ts`, 'type S = import("../ledger/store.js").Store;'],
    ["root", `${broker}/relay.ts`, 'import { open } from "./ledger/sqlite/open.js";'],
    ["agent-sdk", "packages/agent-sdk/src/agent.ts", 'import { readFile } from "node:fs/promises";'],
    ["agent-sdk", "packages/agent-sdk/src/file-identity.ts", 'import { serve } from "@parley/broker";'],
    ["cli", "packages/cli/src/main.ts", 'import { relay } from "@parley/broker/dist/relay.js";'],
    ["cli", "packages/cli/src/main.ts", 'import { relay } from "../../broker/src/relay.js";'],
    ["shipped code", `${broker}/broker.ts`, 'import { fake } from "./testing/fake.js";'],
    ["a file in no room", `${broker}/cellar/box.ts`, ""],
  ])("finds what is forbidden to %s: %s %s", (_room, path, text) => {
    expect(offends(path, text)).toBe(true);
  });

  test.each([
    ["packages/protocol/src/ids.ts", 'import { z } from "zod"; import { text } from "./text.js";'],
    [`${broker}/governance/govern.ts`, 'import { refuse } from "@parley/protocol";'],
    [`${broker}/ledger/sqlite/open.ts`, 'import { drizzle } from "drizzle-orm/better-sqlite3";'],
    [`${broker}/ledger/sqlite/open.ts`, 'import type { Fact } from "../../governance/fact.js";'],
    [`${broker}/outbox/mailbox.ts`, 'import { position } from "../ledger/store.js";'],
    [`${broker}/admission/http/routes.ts`, 'import type { Relay } from "../../relay.js";'],
    [`${broker}/broker.ts`, 'import { open } from "./ledger/sqlite/open.js";'],
    [`${broker}/ledger/store.contract.ts`, 'import { open } from "./sqlite/open.js";'],
    ["packages/agent-sdk/src/file-identity.ts", 'import { readFile } from "node:fs/promises";'],
  ])("leaves alone what is allowed: %s %s", (path, text) => {
    expect(importTable([file(path, text)]).map(show)).toEqual([]);
  });
});

describe("the other rules about files", () => {
  test("find an import cycle that only types close, across packages", () => {
    const circle = [
      file("packages/cli/src/a.ts", 'import type { B } from "@parley/broker";'),
      file(`${broker}/index.ts`, 'export { b } from "./b.js";'),
      file(`${broker}/b.ts`, 'import type { A } from "../../cli/src/a.js";'),
    ];
    expect(importCycles(circle)).toHaveLength(1);
    expect(importCycles(circle.slice(0, 2))).toEqual([]);
  });

  test("find a barrel under its usual name and under another", () => {
    expect(barrels([file(`${broker}/ledger/index.ts`, "export const a = 1;")])).toHaveLength(1);
    expect(barrels([file(`${broker}/ledger/all.ts`, 'export * from "./store.js";')])).toHaveLength(1);
    expect(barrels([file(`${broker}/index.ts`, 'export * from "./broker.js";')])).toEqual([]);
  });

  test("find the line and the function that are one too many", () => {
    const lines = (count: number): string => "f();\n".repeat(count);
    expect(fileSizes([file("a.ts", lines(301))])).toMatchObject([{ size: 301 }]);
    expect(fileSizes([file("a.ts", lines(300))])).toEqual([]);
    expect(functionSizes([file("a.ts", `const f = () => {\n${lines(59)}};\n`)])).toMatchObject([
      { size: 61 },
    ]);
    expect(functionSizes([file("a.ts", `class A {\n  b() {\n${lines(59)}  }\n}\n`)])).toMatchObject([
      { line: 2 },
    ]);
    expect(functionSizes([file("a.ts", `function f() {\n${lines(58)}}\n`)])).toEqual([]);
    expect(functionSizes([file("a.ts", `describe("x", () => {\n${lines(90)}});\n`)])).toEqual([]);
  });

  test.each([
    "session-manager.ts",
    "utils.ts",
    "test-helpers.test.ts",
    "base.ts",
    "Session.ts",
    "my_file.ts",
  ])("find the file name %s", (name) => {
    expect(fileNames([`${broker}/${name}`])).toHaveLength(1);
  });

  test("leave alone names that only contain the letters of a banned one", () => {
    expect(
      fileNames(["bench/baseline.ts", `${broker}/ledger/store.contract.ts`, "vitest.config.ts"]),
    ).toEqual([]);
  });

  test("find links that lead nowhere, and only those", () => {
    const page =
      "[a](b.md#x) [c](../gone.md)\n`[d](no.md)`\n[e](https://e.example/)\n[f]: ./g.md\n```\n[h](no.md)\n```\n";
    const exists = (path: string): boolean => path === "docs/b.md";
    expect(relativeLinks([file("docs/a.md", page)], exists).map(({ line }) => line)).toEqual([1, 4]);
  });
});

describe("the ban", () => {
  test.each([
    ["const a = Date.now();"],
    ["const a = new Date();"],
    ["const a = Date();"],
    ["const a = performance.now();"],
    ["const a = globalThis.performance.now();"],
    ['const a = Date["now"]();'],
    ["const { log } = [console.log];"],
    ["process.exit(1);"],
    ["const a = Math.random();"],
    ["const a = (b: any) => b;"],
    ["enum A { B }"],
    ["export default 1;"],
    ["const a = 1; export { a as default };"],
    ["try { f(); } catch {}"],
    ["try { f(); } catch (error) { /* nothing */ }"],
    ["const a = b!;"],
  ])("finds %s", (text) => {
    expect(bannedCode([file(`${broker}/outbox/mailbox.ts`, text)])).toHaveLength(1);
  });

  test.each([
    [`${broker}/clock.ts`, "const a = Date.now() + performance.now();"],
    [`${broker}/main.ts`, 'console.error("x"); process.exit(1);'],
    ["packages/cli/src/show.ts", 'console.log("x");'],
    ["test/crash.test.ts", "const began = performance.now();"],
    [
      `${broker}/outbox/mailbox.ts`,
      'const a = new Date(5); const b = "console.log(any)"; process.exitCode = 1;',
    ],
    ["packages/broker/drizzle.config.ts", "export default {};"],
  ])("leaves alone what is allowed in %s", (path, text) => {
    expect(bannedCode([file(path, text)])).toEqual([]);
  });
});

describe("the rules about the documentation", () => {
  test("find a refusal code that is missing, unknown or there twice", () => {
    const source = 'export const refusals = { "a.b": row(400), "c.d": row(409) } as const satisfies Table;';
    const table = codesInTable(file("refusals.ts", source));
    expect(table).toEqual(["a.b", "c.d"]);
    const page = file("docs/errors.md", "| `a.b` | 400 |\n| `a.b` | 400 |\n| `e.f` | 404 |\nSee | `c.d` |\n");
    expect(compareCodes(table, codesInPage(page), page.path).map(({ message }) => message)).toEqual([
      "c.d is missing",
      "e.f is not in packages/protocol/src/refusals.ts",
      "a.b is there twice",
    ]);
    expect(compareCodes([], ["a.b"], page.path)).toHaveLength(1);
  });

  test("read the refusal codes out of the OpenAPI document", () => {
    const problem = { properties: { code: { enum: ["a.b"] } } };
    const document = JSON.stringify({ components: { schemas: { Problem: problem } } });
    expect(codesInOpenApi(file("openapi.json", document))).toEqual(["a.b"]);
    expect(codesInOpenApi(file("openapi.json", "{}"))).toEqual([]);
  });

  test("find a clause that nothing fulfils or tests, one that does not exist, and one that is there twice", () => {
    const page = file("docs/protocol.md", "- [AB-1] One, see [AB-9].\n- [AB-2] Two.\n- [AB-2] Two again.\n");
    const source = file(`${broker}/relay.ts`, "// one [AB-1]\n// none [AB-8]\n");
    const tests = file(`${broker}/relay.test.ts`, 'test("does one [AB-1]")\ntest("does two [AB-2]")\n');
    const messages = clauseCitations(page, [source, tests]).map(({ message }) => message);
    expect(messages).toEqual([
      "cites [AB-8], which docs/protocol.md does not have",
      "cites [AB-9], which docs/protocol.md does not have",
      "no line of source cites [AB-2]",
      "[AB-2] is there twice",
      "no line of source cites [AB-2]",
    ]);
    expect(clauseCitations(page, [source]).map(show)).toContain("docs/protocol.md:1  no test cites [AB-1]");
  });
});

describe("the list of exceptions", () => {
  const finding = { rule: "file-lines", path: "a.ts", size: 320, message: "has 320 lines" };
  const exception = {
    rule: "file-lines",
    path: "a.ts",
    size: 320,
    reason: "a table that is read as one page",
  };

  test("excuses what it names, and no more than that", () => {
    expect(applyExceptions([finding], [exception])).toEqual([]);
    expect(applyExceptions([{ ...finding, size: 321 }], [exception])).toHaveLength(1);
    expect(applyExceptions([{ ...finding, path: "b.ts" }], [])).toHaveLength(1);
  });

  test("only shrinks: what is not needed, too generous or without a reason is an offence", () => {
    const rules = (list: (typeof exception)[]): string[] =>
      applyExceptions([finding], list).map(({ rule }) => rule);
    expect(rules([{ ...exception, path: "gone.ts" }])).toEqual(["file-lines", "exception"]);
    expect(rules([{ ...exception, size: 400 }])).toEqual(["exception"]);
    expect(rules([{ ...exception, reason: "later" }])).toEqual(["exception"]);
  });
});
