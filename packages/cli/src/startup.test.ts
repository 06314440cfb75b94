import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
const importsOf = (name: string) =>
  readFileSync(`${folder}${name}`, "utf8")
    .split("\n")
    .filter((line) => line.includes('"@parley/broker"'));

test("the broker is loaded by `serve` alone, and only when it runs: every other command starts without", () => {
  const found = sources.flatMap((name) => importsOf(name).map((line) => `${name}: ${line.trim()}`));
  expect(found).toEqual(['serve-command.ts: const broker = await import("@parley/broker");']);
});
