/** Holds the page for operators to the broker: its settings, their flags, variables and defaults, and what is measured. */
import { readFileSync } from "node:fs";
import { flagOf, loadConfig, type Setting, settings, variableOf } from "@parley/broker";
import { describe, expect, test } from "vitest";

const page = readFileSync(new URL("../docs/operating.md", import.meta.url), "utf8");
const names = Object.keys(settings) as Setting[];
const cell = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

/** One for each setting: two that go together may share a line. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `") && line.includes("| `--"))
  .flatMap((line) => {
    const [, setting = "", flag = "", variable = "", standard = ""] = line.split("|");
    const [flags, variables] = [cell(flag), cell(variable)];
    return cell(setting).map((name, index) => ({
      name,
      flag: flags[index]?.split(" ")[0],
      variable: variables[index],
      standard: cell(standard)[0],
    }));
  });

describe("the table of settings", () => {
  test("has a row for each setting, and no other", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  test.each(rows)("names flag and variable of $name", ({ name, flag, variable }) => {
    // What is done knowingly is typed each time.
    const expected = name === "recover" ? undefined : variableOf(name as Setting);
    expect({ flag, variable }).toEqual({ flag: flagOf(name), variable: expected });
  });

  test("states the defaults that hold", () => {
    const loaded = loadConfig({ flags: {}, env: {} });
    const config: Readonly<Record<string, unknown>> = "config" in loaded ? loaded.config : {};
    const text = (value: unknown): string | undefined =>
      typeof value === "object" && value !== null && "host" in value && "port" in value
        ? `${value.host}:${value.port}`
        : value?.toString();
    const stated = rows.filter(({ name }) => name !== "publicUrl" && name !== "trustDomain");
    expect(Object.fromEntries(stated.map(({ name, standard }) => [name, standard]))).toEqual(
      Object.fromEntries(stated.map(({ name }) => [name, text(config[name])])),
    );
  });
});
