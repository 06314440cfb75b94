/**
 * The table test of one rule: what is good is accepted; each check refuses what only it refuses; of two that would
 * refuse, the earlier one speaks. A check without a row, a row without a check and an undocumented code are failures.
 */
import { describe, expect, test } from "vitest";
import type { CommandKind } from "../command.js";
import { rules } from "../govern.js";
import { decide } from "./decide.js";
import { documentedCodes } from "./page.js";
import { type Scene, type Spoilt, sceneOf } from "./scene.js";

export interface Judged<K extends CommandKind> {
  /** Makes the scene one that is accepted, where it is not already. */
  good?(scene: Scene<K>): void;
  /** In the order in which they are made. */
  readonly checks: Readonly<Record<string, Spoilt<K>>>;
  /** Pairs that cannot both fail, each with why: `"later after earlier": reason`. */
  readonly apart?: Readonly<Record<string, string>>;
}

export function judged<K extends CommandKind>(
  kind: K,
  { good, checks, apart = {} }: Judged<NoInfer<K>>,
): void {
  const names = Object.keys(checks);
  const begin = (): Scene<K> => {
    const scene = sceneOf(kind);
    good?.(scene);
    return scene;
  };
  const refusalOf = (...spoilt: readonly string[]) => {
    const scene = begin();
    for (const name of spoilt) checks[name]?.spoil(scene);
    const { verdict } = decide(scene.world, scene.command, scene.now);
    if (verdict.verdict === "accepted") return "accepted";
    // A refusal changes nothing: what it leaves is its own record.
    expect(verdict.facts.filter((fact) => fact.kind !== "request.refused")).toEqual([]);
    expect(verdict.work.filter(({ table }) => table !== "refusalCounts" && table !== "deadlines")).toEqual(
      [],
    );
    expect(verdict.cuts).toEqual([]);
    return verdict.refusal;
  };
  const pairs = names.flatMap((later, at) => names.slice(0, at).map((earlier) => ({ earlier, later })));
  const possible = pairs.filter(({ earlier, later }) => !(`${later} after ${earlier}` in apart));

  describe(`${kind}: the checks in their order`, () => {
    test("are those of the rule, each with a row", () => {
      expect(names).toEqual(rules[kind].order);
      expect(Object.keys(apart).length).toBe(pairs.length - possible.length);
    });

    test("let through what is good", () => {
      const scene = begin();
      expect(decide(scene.world, scene.command, scene.now).verdict).toMatchObject({ verdict: "accepted" });
    });

    test.each(names)("%s refuses alone", (name) => {
      expect(refusalOf(name)).toEqual(checks[name]?.refusal);
      expect(documentedCodes(name)).toContain(checks[name]?.refusal.code);
    });

    test.each(possible)("$earlier speaks before $later", ({ earlier, later }) => {
      expect(refusalOf(later, earlier)).toEqual(checks[earlier]?.refusal);
    });
  });
}
