import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionId } from "@parley/protocol";
import { expect, test } from "vitest";
import { idOf } from "../testing/made-up.js";
import { openSqliteStore } from "./store.js";
import { temporaryFolder } from "./temporary.suite.js";

/** Numbers between 0 and 1 that are always the same: the pages of the tree are split and joined alike each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

interface Key {
  readonly session: SessionId;
  readonly side: "consumer" | "provider";
  readonly n: number;
}

const markerOf = ({ session, side, n }: Key): string => `[a payload of ${session} ${side} ${n}]`;

const marked = /\[a payload of ses_\w+ \w+ \d+\]/g;

/** SQLite moves what lies in the pages of its trees, and leaves traces there: they begin with one of these. */
const treePages: ReadonlySet<number | undefined> = new Set([2, 5, 10, 13]);

function inTrees(file: string): string {
  const pages = Array.from({ length: file.length / 4_096 }, (_, at) =>
    file.slice(at * 4_096, (at + 1) * 4_096),
  );
  return pages.filter((page) => treePages.has(page.charCodeAt(0))).join("");
}

/** So many rows come, of all sizes, and all but a few go again, in another order. */
async function comeAndGo(folder: string, seed: number): Promise<Set<string>> {
  const store = openSqliteStore({ folder, synchronous: "NORMAL" });
  const next = numbers(seed);
  const kept: Key[] = [];
  for (let n = 1; n <= 4_000; ) {
    const tx = await store.begin();
    for (const end = n + 40; n < end; n++) {
      const side = next() < 0.5 ? "consumer" : "provider";
      const key = { session: idOf("session", Math.floor(next() * 6)), side, n } as const;
      const bytes = Buffer.alloc(80 + Math.floor(next() * (next() < 0.1 ? 13_000 : 600)));
      bytes.write(markerOf(key));
      kept.push(key);
      await tx.change([{ do: "put", table: "payloads", row: { ...key, count: 1, trimmed: 0, bytes } }]);
      const [gone] = kept.length > 200 ? kept.splice(Math.floor(next() ** 3 * 200), 1) : [];
      if (gone !== undefined) await tx.change([{ do: "drop", table: "payloads", key: gone }]);
    }
    await tx.commit();
  }
  await store.close();
  return new Set(kept.map(markerOf));
}

test("what was erased is nowhere in the file, however its neighbours were moved [ENV-16]", {
  timeout: 60_000,
}, async () => {
  for (const seed of [1, 2, 3, 4]) {
    const folder = temporaryFolder();
    const kept = await comeAndGo(folder, seed);
    const file = readFileSync(join(folder, "parley.db"), "latin1");
    const found = new Set(file.match(marked));
    expect([...found].filter((marker) => !kept.has(marker))).toEqual([]);
    expect(found.size).toBe(kept.size);
    expect(inTrees(file).match(marked)).toBeNull();
  }
});
