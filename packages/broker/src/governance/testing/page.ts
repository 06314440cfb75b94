/** Reads `docs/governance.md`: the order of the checks of every command, and what each check refuses. */
import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../../../../docs/governance.md", import.meta.url), "utf8");

const cellsOf = (line: string): readonly string[] => line.split("|").slice(1, -1);
const codesIn = (cell: string | undefined): readonly string[] =>
  [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "");

function rowsUnder(heading: string): ReadonlyMap<string, readonly string[]> {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.map((line) => {
      const [name, codes] = cellsOf(line);
      return [codesIn(name)[0] ?? "", codesIn(codes)];
    }),
  );
}

/** The checks of each command in their order, as documented. */
export const documentedOrders = rowsUnder("Orders");

/** The refusal codes of each check, as documented. */
export const documentedChecks = rowsUnder("Checks");

export const documentedCodes = (check: string): readonly string[] => documentedChecks.get(check) ?? [];
