import { refusalCodes } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { CommandKind } from "./command.js";
import { rules } from "./govern.js";
import { asked } from "./testing/asked.js";
import { documentedChecks, documentedOrders } from "./testing/page.js";

const kinds = Object.keys(rules) as CommandKind[];

describe("docs/governance.md and the rules", () => {
  test("name the same commands: none is missing on either side", () => {
    expect([...documentedOrders.keys()].toSorted()).toEqual(kinds.toSorted());
    expect(Object.keys(asked).toSorted()).toEqual(kinds.toSorted());
  });

  test.each(kinds)("%s is judged in the order that is written", (kind) => {
    expect(rules[kind].order).toEqual(documentedOrders.get(kind));
  });

  test("name the same checks, each with codes that exist", () => {
    const used = new Set(kinds.flatMap((kind) => rules[kind].order));
    expect([...documentedChecks.keys()].toSorted()).toEqual([...used].toSorted());
    for (const codes of documentedChecks.values()) {
      expect(codes.length).toBeGreaterThan(0);
      expect(refusalCodes).toEqual(expect.arrayContaining([...codes]));
    }
  });

  test("no check has no name: an arrow function without one could not be written down", () => {
    expect(kinds.flatMap((kind) => rules[kind].order).filter((name) => name === "")).toEqual([]);
  });
});
