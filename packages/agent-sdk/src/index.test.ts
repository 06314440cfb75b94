/** Whoever writes an agent sees in the editor what each thing is: what is exported says so, and so do its members. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");
const sources = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "index.ts",
);

/** By file: the names that `index.ts` gives out of it. */
function exportedBy(index: string): ReadonlyMap<string, readonly string[]> {
  const found = [...index.matchAll(/export (?:type )?\{([^}]+)\} from "\.\/([a-z/-]+)\.js";/g)];
  return new Map(
    found.map(([, names = "", file = ""]) => [
      `${file}.ts`,
      names
        .split(",")
        .map((name) => name.replace(/^\s*type /, "").trim())
        .filter((name) => name !== ""),
    ]),
  );
}

const opens = (name: string) =>
  new RegExp(`^export (?:abstract )?(?:class|interface|type|const|(?:async )?function\\*?) ${name}\\b`);

/** The lines that begin something exported, or a member of it, without a comment right above. */
function undocumented(source: string, names: readonly string[]): string[] {
  const lines = source.split("\n");
  const bare: string[] = [];
  let isInside = false;
  for (const [at, line] of lines.entries()) {
    const isOpening = names.some((name) => opens(name).test(line));
    if (isOpening) isInside = /^export (?:class|interface) /.test(line);
    else if (line === "}") isInside = false;
    const isMember =
      isInside && /^ {2}(?:static |readonly |async |get |\*|\[Symbol)*[a-zA-Z.]+\]?[?<(:]/.test(line);
    const isOverride = line.includes("override ") || line.startsWith("  constructor(");
    if ((!isOpening && !isMember) || isOverride) continue;
    if (!/\*\/$/.test(lines[at - 1] ?? "")) bare.push(line.trim());
  }
  return bare;
}

const exported = exportedBy(read("index.ts"));

test("every exported name is found where it comes from", () => {
  for (const [file, names] of exported) {
    const lines = read(file).split("\n");
    for (const name of names) expect(lines.some((line) => opens(name).test(line))).toBe(true);
  }
  expect(exported.size).toBeGreaterThan(20);
});

describe("is documented", () => {
  test.each(sources.filter((file) => exported.has(file)))("%s", (file) => {
    expect(undocumented(read(file), exported.get(file) ?? [])).toEqual([]);
  });
});
