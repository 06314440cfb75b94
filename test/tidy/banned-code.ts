/** Calls and constructs that this code does without. */
import type { Expression, NewExpression, VisitorObject } from "oxc-parser";
import type { Finding, SourceFile } from "./source-tree.js";
import { lineAt, visit } from "./syntax.js";

type Report = (node: { readonly start: number }, message: string) => void;

const inPackages = (path: string): boolean => path.startsWith("packages/");
const isClock = (path: string): boolean => /^packages\/[^/]+\/src\/clock\.ts$/.test(path);
const isMain = (path: string): boolean => /(^|\/)main\.ts$/.test(path);
const mayPrint = (path: string): boolean =>
  path.startsWith("packages/cli/src/") || path.startsWith("bench/") || path === "packages/broker/src/main.ts";

/** `a.b` as text, for members of a plain name, also when written as `globalThis.a.b` or `a["b"]`. */
function memberText(node: Expression): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return undefined;
  const owner = memberText(node.object);
  const name = node.property.type === "Identifier" && !node.computed ? node.property.name : undefined;
  const key = node.property.type === "Literal" && node.computed ? node.property.value : undefined;
  const member = name ?? (typeof key === "string" ? key : undefined);
  return owner === undefined || member === undefined
    ? undefined
    : `${owner}.${member}`.replace(/^globalThis\./, "");
}

function checkMember(path: string, text: string): string | undefined {
  const timeless = inPackages(path) && !isClock(path);
  if (timeless && ["Date.now", "performance.now", "process.hrtime"].includes(text)) {
    return `${text} outside clock.ts`;
  }
  if (inPackages(path) && text === "Math.random")
    return "Math.random: take randomness from crypto or from a seed";
  if (text === "process.exit" && !isMain(path)) return "process.exit outside main.ts: return, or throw";
  if (/^console\.\w+$/.test(text) && !mayPrint(path)) return "console outside an entry point";
  return undefined;
}

function calls(path: string, report: Report): VisitorObject {
  const timeless = inPackages(path) && !isClock(path);
  const isNow = (node: NewExpression): boolean =>
    node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0;
  return {
    MemberExpression: (node) => {
      const text = memberText(node);
      const message = text === undefined ? undefined : checkMember(path, text);
      if (message !== undefined) report(node, message);
    },
    NewExpression: (node) => {
      if (timeless && isNow(node)) report(node, "new Date() outside clock.ts");
    },
    CallExpression: (node) => {
      if (timeless && node.callee.type === "Identifier" && node.callee.name === "Date") {
        report(node, "Date() outside clock.ts");
      }
    },
  };
}

function constructs(path: string, report: Report): VisitorObject {
  const mayExportDefault = path.endsWith(".config.ts");
  return {
    TSAnyKeyword: (node) => report(node, "any"),
    TSEnumDeclaration: (node) => report(node, "enum: use a union"),
    TSNonNullExpression: (node) => report(node, "non-null assertion"),
    ExportDefaultDeclaration: (node) => {
      if (!mayExportDefault) report(node, "default export");
    },
    ExportSpecifier: (node) => {
      const { exported } = node;
      if (exported.type === "Identifier" && exported.name === "default") report(node, "default export");
    },
    CatchClause: (node) => {
      if (node.body.body.length === 0) report(node, "empty catch");
    },
  };
}

/** System tests and the benchmark run in real time; everything in a package lives by a clock that it is given. */
export function bannedCode(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) => {
    const findings: Finding[] = [];
    const report: Report = (node, message) => {
      findings.push({ rule: "banned-code", path: file.path, line: lineAt(file.text, node.start), message });
    };
    visit(file, { ...calls(file.path, report), ...constructs(file.path, report) });
    return findings;
  });
}
