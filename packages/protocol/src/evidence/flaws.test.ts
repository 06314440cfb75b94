/** Every code of a flaw has a bundle that has this flaw and, as far as anybody can tell, no other. */
import { expect, test } from "vitest";
import { flawCodes } from "./report.js";
import { nodeCrypto } from "./testing/keys.js";
import { flaws } from "./testing/made-flaws.js";
import { verifyBundle } from "./verify.js";

test("there is a bundle for every code", () => {
  expect([...new Set(flaws.map(({ code }) => code))].sort()).toEqual([...flawCodes].sort());
});

test.each(flaws)("$code: $title", async ({ code, lines, options }) => {
  const report = await verifyBundle(lines, { crypto: nodeCrypto, ...options });
  expect(report).toMatchObject({ ok: false, what: code });
});
