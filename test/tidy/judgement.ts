/** Puts the rules together: reads the tree once and answers everything that they find in it. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bannedCode } from "./banned-code.js";
import { clauseCitations, protocolPage } from "./clauses.js";
import { applyExceptions } from "./exceptions.js";
import { importCycles } from "./import-cycles.js";
import { importTable } from "./import-table.js";
import { barrels, fileNames, fileSizes, functionSizes } from "./layout.js";
import { relativeLinks } from "./links.js";
import {
  codesInOpenApi,
  codesInPage,
  codesInTable,
  compareCodes,
  errorsPage,
  openApiScript,
  tableFile,
} from "./refusal-codes.js";
import { type Finding, isTypeScript, listTree, readAll, type SourceFile } from "./source-tree.js";

interface Tree {
  readonly paths: readonly string[];
  readonly code: readonly SourceFile[];
  readonly pages: readonly SourceFile[];
  /** A file by its path, if it is there. */
  readonly file: (path: string) => SourceFile | undefined;
  /** The OpenAPI document, as the broker that was built last serves it. */
  readonly served: SourceFile | undefined;
}

function readServed(root: string): SourceFile | undefined {
  const { status, stdout } = spawnSync(process.execPath, [join(root, openApiScript)], {
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  return status === 0 ? { path: openApiScript, text: stdout } : undefined;
}

const isCode = (path: string): boolean => /^(packages|test|bench|scripts)\/.*\.(ts|mjs|js)$/.test(path);

function readTree(root: string): Tree {
  const paths = listTree(root);
  return {
    paths,
    code: readAll(root, paths.filter(isTypeScript)),
    pages: readAll(
      root,
      paths.filter((path) => path.endsWith(".md")),
    ),
    served: readServed(root),
    file: (path) => (paths.includes(path) ? readAll(root, [path])[0] : undefined),
  };
}

const absent = (rule: string, path: string): Finding[] => [{ rule, path, message: "does not exist" }];

function refusalCodes(tree: Tree): Finding[] {
  const source = tree.file(tableFile);
  if (source === undefined) return absent("refusal-code", tableFile);
  const table = codesInTable(source);
  const page = tree.file(errorsPage);
  return [
    ...(page ? compareCodes(table, codesInPage(page), errorsPage) : absent("refusal-code", errorsPage)),
    ...(tree.served
      ? compareCodes(table, codesInOpenApi(tree.served), openApiScript)
      : absent("refusal-code", `what ${openApiScript} prints`)),
  ];
}

/** A link may also lead to a folder. */
function existsIn(paths: readonly string[]): (path: string) => boolean {
  const known = new Set(paths);
  return (path) => path === "." || known.has(path) || paths.some((known) => known.startsWith(`${path}/`));
}

export function judgeTree(root: string): Finding[] {
  const tree = readTree(root);
  const protocol = tree.file(protocolPage);
  return applyExceptions([
    ...importTable(tree.code),
    ...importCycles(tree.code),
    ...barrels(tree.code),
    ...fileSizes(tree.code),
    ...functionSizes(tree.code),
    ...fileNames(tree.paths.filter(isCode)),
    ...bannedCode(tree.code),
    ...refusalCodes(tree),
    ...(protocol ? clauseCitations(protocol, tree.code) : absent("clause", protocolPage)),
    ...relativeLinks(tree.pages, existsIn(tree.paths)),
  ]);
}
