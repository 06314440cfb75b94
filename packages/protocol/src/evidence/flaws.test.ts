/** Every code of a flaw has a bundle that has this flaw and, as far as anybody can tell, no other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flawCodes } from "./report.js";
import { nodeCrypto } from "./testing/keys.js";
import { flaws } from "./testing/made-flaws.js";
import { verifyBundle } from "./verify.js";

test("there is a bundle for every code", () => {
  expect([...new Set(flaws.map(({ code }) => code))].sort()).toEqual([...flawCodes].sort());
});

test("the page names them all, and no other", () => {
  const page = readFileSync(new URL("../../../../docs/evidence.md", import.meta.url), "utf8");
  const table = page.slice(page.indexOf("| code | what is wrong |"), page.indexOf("## In a program"));
  expect([...table.matchAll(/`([a-z]+\.[a-z-]+)`/g)].map(([, code]) => code).sort()).toEqual(
    [...flawCodes].sort(),
  );
});

test.each(flaws)("$code: $title", async ({ code, lines, options }) => {
  const report = await verifyBundle(lines, { crypto: nodeCrypto, ...options });
  expect(report).toMatchObject({ ok: false, what: code });
});
