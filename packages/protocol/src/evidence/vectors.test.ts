/** The committed vectors, by which others write software that verifies what this one exports. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flawCodes } from "./report.js";
import { nodeCrypto } from "./testing/keys.js";
import { bundleTexts, edited, makeVectors, type Vectors } from "./testing/made-vectors.js";
import { verifyBundle } from "./verify.js";

const folder = new URL("../../vectors/evidence/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

// PARLEY_WRITE_VECTORS=1 writes them anew, and `npm run format` puts them into shape: after a change of the format, or of what a report says.
if (process.env.PARLEY_WRITE_VECTORS === "1") {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(bundleTexts())) writeFileSync(new URL(name, folder), text);
  writeFileSync(new URL("vectors.json", folder), `${JSON.stringify(await makeVectors(), null, 2)}\n`);
}

const { vectors } = JSON.parse(read("vectors.json")) as Vectors;

test("are those that are made here", async () => {
  for (const [name, text] of Object.entries(bundleTexts()))
    expect([name, read(name) === text]).toEqual([name, true]);
  expect(JSON.parse(read("vectors.json"))).toEqual(JSON.parse(JSON.stringify(await makeVectors())));
});

test("have every code of a flaw, and four true ones", () => {
  const codes = vectors.map(({ report }) => (report.ok ? "true" : report.what));
  expect([...new Set(codes)].sort()).toEqual([...flawCodes, "true"].sort());
  expect(codes.filter((code) => code === "true")).toHaveLength(4);
});

test.each(vectors)("$bundle: $title", async ({ bundle, edits, options, report }) => {
  const lines = edited(read(`${bundle}.ndjson`).trimEnd().split("\n"), edits);
  expect(await verifyBundle(lines, { crypto: nodeCrypto, ...options })).toEqual(report);
});
