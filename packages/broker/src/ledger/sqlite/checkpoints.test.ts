import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { machineTime } from "../../clock.js";
import { commit, put } from "../contract/opened.suite.js";
import { agent, agt, organisation } from "../contract/rows.suite.js";
import { openRaw, openStore, temporaryFolder } from "./temporary.suite.js";

const minute = 60_000;
/** In pages: at so many it begins anew once all of it was carried. */
const longestLog = 8_000;
const secret = "what must be gone from the files";

let folder = "";
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  folder = temporaryFolder();
});

const sizeOf = (file: string): number => statSync(join(folder, file)).size;
const pagesIn = (log: number): number => Math.floor(log / 4_096);
const isInFiles = (): boolean =>
  ["parley.db", "parley.db-wal"].some((file) => readFileSync(join(folder, file)).includes(secret));
const agentWith = (owner: string) => put("agents", agent(1, { owner }));
const dropAgent = { do: "drop", table: "agents", key: { id: agt(1) } } as const;
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe("the write-ahead log", () => {
  test("is emptied within a minute, and what was deleted is gone from the files", async () => {
    const store = openStore(folder);
    await commit(store, { changes: agentWith(secret) });
    vi.advanceTimersByTime(minute);
    await commit(store, { changes: [dropAgent] });
    expect(sizeOf("parley.db-wal")).toBeGreaterThan(0);
    expect(isInFiles()).toBe(true);
    vi.advanceTimersByTime(minute);
    expect(sizeOf("parley.db-wal")).toBe(0);
    expect(isInFiles()).toBe(false);
  });

  test("is emptied within half a minute, because what is cut out of rows waits for half of one before [ENV-16]", async () => {
    const store = openStore(folder);
    await commit(store, { changes: agentWith(secret) });
    vi.advanceTimersByTime(minute);
    await commit(store, { changes: [dropAgent] });
    vi.advanceTimersByTime(minute / 2);
    expect([sizeOf("parley.db-wal"), isInFiles()]).toEqual([0, false]);
  });

  test("is left alone while nothing is written", async () => {
    const statements: string[] = [];
    const store = openStore(folder, { trace: (statement) => statements.push(statement) });
    await commit(store, { changes: agentWith("somebody") });
    vi.advanceTimersByTime(minute);
    statements.length = 0;
    vi.advanceTimersByTime(10 * minute);
    expect(statements).toEqual([]);
  });

  test("is emptied after the transaction that was open when the minute was over", async () => {
    const store = openStore(folder);
    const tx = await store.begin();
    await tx.change(agentWith("somebody"));
    vi.advanceTimersByTime(minute);
    await tx.commit();
    expect(sizeOf("parley.db-wal")).toBeGreaterThan(0);
    await soon();
    expect(sizeOf("parley.db-wal")).toBe(0);
  });

  test("is emptied the next time when a reader from outside was in the way, without waiting for it", async () => {
    const store = openStore(folder);
    await commit(store, { changes: agentWith("somebody") });
    const outside = openRaw(folder);
    outside.exec("BEGIN; SELECT count(*) FROM agents");
    await commit(store, { changes: agentWith("somebody else") });
    const began = machineTime.monotonic();
    vi.advanceTimersByTime(minute);
    expect(machineTime.monotonic() - began).toBeLessThan(1_000);
    expect(sizeOf("parley.db-wal")).toBeGreaterThan(0);
    outside.exec("COMMIT");
    vi.advanceTimersByTime(minute);
    expect(sizeOf("parley.db-wal")).toBe(0);
  });

  test("is carried into the database beside the commits, and begins anew", async () => {
    const store = openStore(folder);
    const many = Array.from({ length: 40 }, (_, n) => organisation(n, { displayName: "x".repeat(3_900) }));
    let written = 0;
    for (let round = 0; written < 4 * longestLog; round += 1) {
      await commit(store, {
        changes: put("organisations", ...many.map((row) => ({ ...row, version: round }))),
      });
      written += many.length;
      await soon();
      // As long as others have a turn in between, the log is not much longer than it takes to begin it anew.
      await vi.waitFor(() => expect(pagesIn(sizeOf("parley.db-wal"))).toBeLessThan(2 * longestLog));
    }
    await vi.waitFor(() => expect(pagesIn(sizeOf("parley.db"))).toBeGreaterThan(40));
  });

  test("is emptied by closing", async () => {
    const store = openStore(folder);
    await commit(store, { changes: agentWith("somebody") });
    await store.close();
    expect(() => sizeOf("parley.db-wal")).toThrow("ENOENT");
    vi.advanceTimersByTime(minute);
  });
});
