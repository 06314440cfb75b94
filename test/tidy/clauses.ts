/** Every numbered clause of the protocol is fulfilled by a line of source and held by a test, and says so on both. */
import { type Finding, isSource, isTestCode, isTidyItself, type SourceFile } from "./source-tree.js";

export const protocolPage = "docs/protocol.md";

const citation = /\[([A-Z]{2,6}-\d+)\]/g;
/** A clause begins its line, after the mark of a list, a table cell or an emphasis if there is one. */
const definition = /^\s*(?:[-*>|]\s+|\d+\.\s+|#+\s+)?(?:\*\*|`)?\[([A-Z]{2,6}-\d+)\]/;

interface Citation {
  readonly clause: string;
  readonly path: string;
  readonly line: number;
}

export function clausesOf(page: SourceFile): Citation[] {
  return page.text.split("\n").flatMap((text, index) => {
    const clause = definition.exec(text)?.[1];
    return clause === undefined ? [] : [{ clause, path: page.path, line: index + 1 }];
  });
}

function citationsOf(files: readonly SourceFile[]): Citation[] {
  return files.flatMap((file) =>
    file.text
      .split("\n")
      .flatMap((text, index) =>
        [...text.matchAll(citation)].flatMap(([, clause]) =>
          clause === undefined ? [] : [{ clause, path: file.path, line: index + 1 }],
        ),
      ),
  );
}

export function clauseCitations(page: SourceFile, files: readonly SourceFile[]): Finding[] {
  const clauses = clausesOf(page);
  const known = new Set(clauses.map(({ clause }) => clause));
  const inSource = citationsOf(files.filter(({ path }) => isSource(path)));
  const inTests = citationsOf(files.filter(({ path }) => isTestCode(path) && !isTidyItself(path)));
  const elsewhere = citationsOf([page]);
  const finding = ({ path, line }: Citation, message: string): Finding => ({
    rule: "clause",
    path,
    line,
    message,
  });
  const cites = (list: readonly Citation[], clause: string): boolean =>
    list.some((cited) => cited.clause === clause);

  const unknown = [...inSource, ...inTests, ...elsewhere].filter(({ clause }) => !known.has(clause));
  return [
    ...(clauses.length === 0 ? [{ rule: "clause", path: page.path, message: "has no clauses" }] : []),
    ...unknown.map((cited) => finding(cited, `cites [${cited.clause}], which ${protocolPage} does not have`)),
    ...clauses.flatMap((defined, at) => [
      ...(cites(clauses.slice(0, at), defined.clause)
        ? [finding(defined, `[${defined.clause}] is there twice`)]
        : []),
      ...(cites(inSource, defined.clause)
        ? []
        : [finding(defined, `no line of source cites [${defined.clause}]`)]),
      ...(cites(inTests, defined.clause) ? [] : [finding(defined, `no test cites [${defined.clause}]`)]),
    ]),
  ];
}
