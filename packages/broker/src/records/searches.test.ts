import { expect, test } from "vitest";
import { Searches, type Waiting } from "./searches.js";

/** Each look ends when it is told to. */
function scene(over: object = {}) {
  const searches = new Searches({ searchesWaitingPerPrincipal: 64, searchesWaitingMax: 8, ...over });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (organisation: string, what: string, over: Partial<Waiting> = {}) =>
    searches.ask({ organisation, principal: organisation, why: "asked", ...over }, () => {
      begun.push(what);
      return new Promise<string>((resolve) => void ends.push(() => resolve(what)));
    });
  const end = async () => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { searches, begun, ask, end };
}

test("one after the other, organisations in turn", async () => {
  const { begun, ask, end } = scene();
  const asked = [ask("flood", "f1"), ask("flood", "f2"), ask("flood", "f3"), ask("north", "n1")];
  expect(begun).toEqual(["f1"]);
  for (let at = 0; at < 4; at++) await end();
  expect(begun).toEqual(["f1", "f2", "n1", "f3"]);
  expect(await Promise.all(asked)).toEqual(["f1", "f2", "f3", "n1"]);
});

test("one principal's are bounded, and it alone is told [LIM-1]", async () => {
  const { ask, end } = scene({ searchesWaitingPerPrincipal: 2 });
  const asked = [ask("north", "n1"), ask("north", "n2")];
  const refusal = { code: "limit.reached", rule: "searchesWaitingPerPrincipal", limit: 2, used: 2 };
  expect(await ask("north", "n3")).toEqual(refusal);
  const sibling = ask("north", "n4", { principal: "sibling" });
  for (let at = 0; at < 3; at++) await end();
  expect(await Promise.all([...asked, sibling])).toEqual(["n1", "n2", "n4"]);
  const again = ask("north", "n5");
  await end();
  expect(await again).toBe("n5");
});

test("when too many wait it is busy, but not for who asks for little [LIM-1]", async () => {
  const { searches, ask, end } = scene();
  const busy = { code: "broker.busy", retryAfterMs: 1_000 };
  // One of them runs.
  for (let at = 0; at < 9; at++) void ask("flood", `f${at}`);
  expect(searches.waiting).toBe(8);
  expect(await ask("flood", "f9")).toEqual(busy);
  const north = ask("north", "n1");
  expect(searches.waiting).toBe(9);
  await end();
  await end();
  await end();
  expect(await north).toBe("n1");
});

test("what watches look at again comes after what is asked for, and still comes", async () => {
  const { begun, ask, end } = scene();
  void ask("north", "first");
  for (let at = 0; at < 3; at++) void ask("north", `w${at}`, { why: "watched" });
  for (let at = 0; at < 8; at++) void ask("north", `a${at}`);
  for (let at = 0; at < 12; at++) await end();
  expect(begun.filter((what) => what.startsWith("a")).slice(0, 6)).toHaveLength(6);
  expect(begun.indexOf("w0")).toBe(7);
  expect(begun.slice(-2)).toEqual(["w1", "w2"]);
});

test("a look that fails keeps no other from being begun", async () => {
  const { searches, begun, ask, end } = scene();
  const who = { organisation: "north", principal: "north", why: "asked" } as const;
  const failing = searches.ask(who, () => Promise.reject(new Error("the worker is gone")));
  const next = ask("north", "n1");
  await expect(failing).rejects.toThrow("the worker is gone");
  await end();
  expect([begun, await next]).toEqual([["n1"], "n1"]);
});
