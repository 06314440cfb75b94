/** What each file imports, and where that leads. Type imports, re-exports and dynamic imports count. */
import { posix } from "node:path";
import type { SourceFile } from "./source-tree.js";
import { lineAt, visit } from "./syntax.js";

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** True for `import type` and `export type`; `import { type A }` still loads the module when it runs. */
  readonly typesOnly: boolean;
  /** The file it leads to, if it is one of this workspace's. */
  readonly file: string | undefined;
}

const packageIndex = /^@parley\/([^/]+)$/;

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) {
    return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
  }
  const name = packageIndex.exec(specifier)?.[1];
  return name === undefined ? undefined : `packages/${name}/src/index.ts`;
}

export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  const add = (at: number, specifier: unknown, typesOnly: boolean): void => {
    if (typeof specifier !== "string") return;
    const line = lineAt(file.text, at);
    found.push({ from: file.path, line, specifier, typesOnly, file: resolve(file.path, specifier) });
  };
  visit(file, {
    ImportDeclaration: (node) => add(node.start, node.source.value, node.importKind === "type"),
    ExportAllDeclaration: (node) => add(node.start, node.source.value, node.exportKind === "type"),
    ExportNamedDeclaration: (node) => add(node.start, node.source?.value, node.exportKind === "type"),
    ImportExpression: (node) => {
      if (node.source.type === "Literal") add(node.start, node.source.value, false);
    },
    TSImportType: (node) => add(node.start, node.source.value, true),
  });
  return found;
}
