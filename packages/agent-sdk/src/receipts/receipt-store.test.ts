import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeId, type ReceiptView } from "@parley/protocol";
import { expect, onTestFinished, test } from "vitest";
import { madeReceipt, signingKey } from "../testing/made-receipt.js";
import { fileReceipts, memoryReceipts } from "./receipt-store.js";

async function receipts(count: number): Promise<readonly ReceiptView[]> {
  const keys = { receipt: await signingKey("receipt"), checkpoint: await signingKey("checkpoint") };
  const one = await madeReceipt(keys, makeId("organisation"));
  return Array.from({ length: count }, () => ({ ...one, session: makeId("session") }));
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "parley-receipts-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return join(made, "kept");
}

test("memory keeps the last thousand", async () => {
  const [first, second, ...others] = await receipts(1_001);
  if (!first || !second) throw new Error("a thousand and one were made");
  const store = memoryReceipts();
  for (const one of [first, second, ...others]) await store.put(one);
  expect(await store.get(first.session)).toBeUndefined();
  expect(await store.get(second.session)).toEqual(second);
});

test("a folder keeps them for whoever opens it next, and for nobody else on the machine", async () => {
  const [one, other] = await receipts(2);
  if (!one || !other) throw new Error("two were made");
  const path = folder();
  const store = fileReceipts(path);
  expect(await store.get(one.session)).toBeUndefined();
  await store.put(one);
  expect(await fileReceipts(path).get(one.session)).toEqual(one);
  expect(await store.get(other.session)).toBeUndefined();
  expect(readdirSync(path)).toEqual([`${one.session}.json`]);
  expect(statSync(join(path, `${one.session}.json`)).mode & 0o777).toBe(0o600);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a file that is no receipt is none, and a name that is no session is no path", async () => {
  const [one] = await receipts(1);
  if (!one) throw new Error("one was made");
  const path = folder();
  const store = fileReceipts(path);
  await store.put(one);
  writeFileSync(join(path, `${one.session}.json`), "{}");
  await expect(store.get(one.session)).rejects.toThrow();
  await expect(async () => store.get("../../etc/passwd" as never)).rejects.toThrow("no session");
});
