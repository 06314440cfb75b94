/** The codes of refusals are API: the table, the documentation and OpenAPI must name the same ones. */
import type { Finding, SourceFile } from "./source-tree.js";
import { parse } from "./syntax.js";

export const tableFile = "packages/protocol/src/refusals.ts";
export const errorsPage = "docs/errors.md";
/** Prints the document that the broker serves: it is in no file, so that none can be old. */
export const openApiScript = "scripts/openapi.mjs";

/** The keys of `export const refusals = { … }`, whatever stands around the object (`as const`, `satisfies`). */
export function codesInTable(file: SourceFile): string[] {
  for (const node of parse(file).body) {
    if (node.type !== "ExportNamedDeclaration" || node.declaration?.type !== "VariableDeclaration") continue;
    for (const { id, init } of node.declaration.declarations) {
      if (id.type !== "Identifier" || id.name !== "refusals") continue;
      let value = init;
      while (value?.type === "TSAsExpression" || value?.type === "TSSatisfiesExpression")
        value = value.expression;
      if (value?.type !== "ObjectExpression") continue;
      return value.properties.flatMap((property) => {
        if (property.type !== "Property") return [];
        const { key } = property;
        if (key.type === "Literal" && typeof key.value === "string") return [key.value];
        return key.type === "Identifier" ? [key.name] : [];
      });
    }
  }
  return [];
}

/** The codes that have a row of their own in the documentation: a line that begins with "| `code` |". */
export function codesInPage(page: SourceFile): string[] {
  return [...page.text.matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, code]) =>
    code === undefined ? [] : [code],
  );
}

/** The codes of the Problem schema in the OpenAPI document. */
export function codesInOpenApi(document: SourceFile): string[] {
  const parsed: unknown = JSON.parse(document.text);
  let value = parsed;
  for (const step of ["components", "schemas", "Problem", "properties", "code", "enum"]) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined;
  }
  return Array.isArray(value) ? value.filter((code) => typeof code === "string") : [];
}

/** What is in one list and not in the other, in both directions, and what is there twice. */
export function compareCodes(table: readonly string[], other: readonly string[], path: string): Finding[] {
  const finding = (code: string, message: string): Finding => ({
    rule: "refusal-code",
    path,
    message: `${code} ${message}`,
  });
  if (table.length === 0) return [finding("", `no refusal codes were found in ${tableFile}`)];
  return [
    ...table.filter((code) => !other.includes(code)).map((code) => finding(code, "is missing")),
    ...other.filter((code) => !table.includes(code)).map((code) => finding(code, `is not in ${tableFile}`)),
    ...other.filter((code, at) => other.indexOf(code) !== at).map((code) => finding(code, "is there twice")),
  ];
}
