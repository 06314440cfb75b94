import { hash } from "node:crypto";
import { type EvidenceCrypto, verifyConsistency, verifyInclusion } from "@parley/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { keptLevels } from "./log.js";
import { LogTree, perfectSubtrees } from "./log-tree.js";
import { openMemoryStore } from "./memory/store.js";
import { emptyTree, leafHash, rootOf, type Subtree, withLeaf } from "./merkle.js";
import type { LedgerChange, LogLeaf, LogNode } from "./store.js";
import { appendInBatches } from "./testing/harness.js";
import { factOf, note } from "./testing/made-up.js";

const crypto: EvidenceCrypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: () => false,
};
const log = "platform";
const most = 1_100;
const roots: string[] = [rootOf(emptyTree)];
const leaves: LogLeaf[] = [];
const nodes: LogNode[] = [];

beforeAll(() => {
  let tree = emptyTree;
  for (let index = 0; index < most; index++) {
    const leaf = leafHash(`leaf ${index}`);
    leaves.push({ log, index, leaf, stream: log, position: index + 1 });
    tree = withLeaf(tree, leaf, (subtree: Subtree) => {
      if (subtree.level % keptLevels === 0) nodes.push({ log, ...subtree });
    });
    roots.push(rootOf(tree));
  }
});

async function opened(keptNodes: readonly LogNode[] = nodes): Promise<LogTree> {
  const store = openMemoryStore();
  const tx = await store.begin();
  await tx.change([
    ...leaves.map((row): LedgerChange => ({ do: "put", table: "logLeaves", row })),
    ...keptNodes.map((row): LedgerChange => ({ do: "put", table: "logNodes", row })),
  ]);
  await tx.commit();
  return new LogTree((question) => store.read(question), log);
}

const sizes = fc.integer({ min: 1, max: most });

describe("a log's tree", () => {
  test("tells the root that it had at every size", async () => {
    const tree = await opened();
    for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1_024, most])
      expect(await tree.root(size)).toBe(roots[size]);
  });

  test("is asked for no leaf below a level that is kept", async () => {
    const asked: string[] = [];
    const store = openMemoryStore();
    const tx = await store.begin();
    await tx.change(nodes.map((row): LedgerChange => ({ do: "put", table: "logNodes", row })));
    await tx.commit();
    const tree = new LogTree((question) => {
      asked.push(...Object.values(question).map(({ find }) => find));
      return store.read(question);
    }, log);
    expect(await tree.root(1_024)).toBe(roots[1_024]);
    expect(new Set(asked)).toEqual(new Set(["logNodes"]));
  });

  test("is hashed again from its leaves where no level was kept yet", async () => {
    const tree = await opened([]);
    expect(await tree.root(1_025)).toBe(roots[1_025]);
  });

  test("has the levels that are kept from the facts that were appended, each in its place", async () => {
    const store = openMemoryStore();
    const facts = Array.from({ length: 800 }, (_, at) => ({ fact: note(log, at), at }));
    await appendInBatches(store, [{ fact: factOf("broker.started", 1), at: 0 }, ...facts], [300, 7, 260]);
    const { nodes: kept, all } = await store.read({
      nodes: { find: "logNodes", by: { log, level: keptLevels, from: 0, limit: 9 } },
      all: { find: "logLeaves", by: { log, after: -1, limit: 1_000 } },
    });
    expect(kept.map(({ index }) => index)).toEqual([0, 1, 2]);
    const tree = new LogTree((question) => store.read(question), log);
    for (const size of [256, 512, 768, 801]) {
      const grown = all.slice(0, size).reduce((sofar, { leaf }) => withLeaf(sofar, leaf), emptyTree);
      expect(await tree.root(size)).toBe(rootOf(grown));
    }
  });

  test("proves each leaf at each size [REC-10]", async () => {
    const tree = await opened();
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, any) => {
        const index = any % size;
        const leaf = leaves[index]?.leaf ?? "";
        const proof = await tree.inclusion(index, size);
        const root = roots[size] ?? "";
        expect(verifyInclusion({ index, size, leaf, proof, root }, crypto)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("proves that each size is the beginning of each later one [REC-10]", async () => {
    const tree = await opened();
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (one, other) => {
        const [first, second] = [Math.min(one, other), Math.max(one, other)];
        const proof = await tree.consistency(first, second);
        const [firstRoot, secondRoot] = [roots[first] ?? "", roots[second] ?? ""];
        expect(verifyConsistency({ first, firstRoot, second, secondRoot, proof }, crypto)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("says so where it is asked for more than there is", async () => {
    const tree = await opened();
    await expect(tree.root(most + 1)).rejects.toThrow(RangeError);
    await expect(tree.inclusion(5, 5)).rejects.toThrow(RangeError);
    await expect(tree.consistency(0, 5)).rejects.toThrow(RangeError);
    await expect(tree.consistency(6, 5)).rejects.toThrow(RangeError);
  });

  test("is cut into the fewest perfect subtrees, each at a multiple of its own size", () => {
    expect(perfectSubtrees(0, 7)).toEqual([
      { level: 2, index: 0 },
      { level: 1, index: 2 },
      { level: 0, index: 6 },
    ]);
    expect(perfectSubtrees(3, 8)).toEqual([
      { level: 0, index: 3 },
      { level: 2, index: 1 },
    ]);
    expect(perfectSubtrees(5, 5)).toEqual([]);
    expect(perfectSubtrees(2 ** 40, 2 ** 41)).toEqual([{ level: 40, index: 1 }]);
  });
});
