/** Reads the tree that the tidy rules look at. Every rule is a pure function over what this gives. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** One offence. `size` is there for what is measured, so that an exception can say how large is large enough. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line?: number;
  readonly message: string;
  readonly size?: number;
}

const notOurs = new Set([".git", ".cache", "node_modules", "dist", "coverage", "data"]);

/** Paths of all files that are ours. The file system is asked, not git: the tree may be a plain copy. */
export function listTree(root: string, folder = ""): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (notOurs.has(entry.name)) return [];
    return entry.isDirectory() ? listTree(root, path) : [path];
  });
}

export function readAll(root: string, paths: readonly string[]): SourceFile[] {
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export const isTypeScript = (path: string): boolean => /^(packages|test|bench)\/.*\.ts$/.test(path);

/** Tests, contract suites, and what only they use. */
export const isTestCode = (path: string): boolean =>
  path.startsWith("test/") || path.includes("/testing/") || /\.(test|contract|suite)\.ts$/.test(path);

/** What is shipped. */
export const isSource = (path: string): boolean => /^packages\/[^/]+\/src\//.test(path) && !isTestCode(path);

/** The rules' own files hold offences on purpose. */
export const isTidyItself = (path: string): boolean =>
  path === "test/tidy.test.ts" || path.startsWith("test/tidy/");

export const show = (finding: Finding): string =>
  `${finding.path}${finding.line === undefined ? "" : `:${finding.line}`}  ${finding.message}`;
