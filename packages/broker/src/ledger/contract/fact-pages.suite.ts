/** Promises about facts as they are read: of one stream, of one kind, of all in the order of appending. */
import { describe, expect, test } from "vitest";
import { type Adapter, ask, commit, factsOf, opened } from "./opened.suite.js";
import { type NextPage, walk } from "./walk.suite.js";

const talk = "session:x";
const kindOf = (stream: string, index: number): string => {
  if (index % 2 === 0) return "even";
  return stream === talk ? "session.sent" : "odd";
};

export function describeFactPages(adapter: Adapter): void {
  const streams = [...factsOf("platform", 5), ...factsOf("org:x", 3), ...factsOf(talk, 5)];
  const facts = streams.map((fact, index) => ({
    ...fact,
    ordinal: index + 1,
    skeleton: { ...fact.skeleton, kind: kindOf(fact.skeleton.stream, index) },
  }));
  // The text is what is stored and read back; here it says the made-up kind as well.
  const stored = facts.map((fact) => ({ ...fact, skeletonText: JSON.stringify(fact.skeleton) }));
  const open = async () => {
    const store = opened(adapter);
    await commit(store, { facts: stored });
    return store;
  };

  describe("factsPage", () => {
    test.each([
      [{ after: 0, limit: 10, kind: null }, [1, 2, 3, 4, 5]],
      [{ after: 0, limit: 2, kind: null }, [1, 2]],
      [{ after: 2, limit: 2, kind: null }, [3, 4]],
      [{ after: 5, limit: 2, kind: null }, []],
      [{ after: 0, limit: 10, kind: "even" }, [1, 3, 5]],
      [{ after: 1, limit: 1, kind: "even" }, [3]],
      [{ after: 0, limit: 10, kind: "none" }, []],
    ])("of one stream: %j", async (by, positions) => {
      const found = await ask(await open(), "factsPage", { stream: "platform", ...by });
      expect(found).toEqual(positions.map((position) => stored[position - 1]));
    });

    test.each([
      [{ stream: talk, kind: "session.sent" }, [2, 4]],
      [{ stream: talk, kind: "even" }, [1, 3, 5]],
      [{ stream: talk, kind: null }, [1, 2, 3, 4, 5]],
      [{ stream: "platform", kind: "session.sent" }, []],
    ])("of one kind, what was sent as any other: %j", async (of, positions) => {
      const found = await ask(await open(), "factsPage", { ...of, after: 0, limit: 10 });
      expect(found.map(({ skeleton: { position } }) => position)).toEqual(positions);
      const next = await ask(await open(), "factsPage", { ...of, after: positions[0] ?? 0, limit: 1 });
      expect(next.map(({ skeleton: { position } }) => position)).toEqual(positions.slice(1, 2));
    });

    test("of a stream that nobody wrote is empty", async () => {
      expect(
        await ask(await open(), "factsPage", { stream: "org:y", after: 0, limit: 5, kind: null }),
      ).toEqual([]);
    });
  });

  describe("factsInOrder", () => {
    test.each([1, 3, 8, 9])("tells all streams in the order of appending, %d at a time", async (limit) => {
      const next: NextPage<(typeof stored)[number]> = (store, last, count) =>
        ask(store, "factsInOrder", { after: last?.ordinal ?? 0, limit: count });
      expect(await walk(await open(), next, limit)).toEqual(stored);
    });
  });
}
