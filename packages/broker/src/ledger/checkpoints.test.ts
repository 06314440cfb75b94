import { describe, expect, test } from "vitest";
import { checkCheckpoints, type KeptCheckpoint } from "./checkpoints.js";
import { RecordBehind } from "./faults.js";
import { LogTree } from "./log-tree.js";
import { openMemoryStore } from "./memory/store.js";
import type { LedgerChange, LogHead, LogLeaf, Store } from "./store.js";
import { appendInBatches } from "./testing/harness.js";
import { factOf, note } from "./testing/made-up.js";

const log = "platform";

/** A record with a log, and what was signed of it at each size. */
async function recorded() {
  const store = openMemoryStore();
  const signed: KeptCheckpoint[] = [];
  for (let n = 1; n <= 9; n++) {
    const fact = n === 1 ? factOf("broker.started", 1) : note(log, n);
    await appendInBatches(store, [{ fact, at: n }], [1]);
    const { head } = await store.read({ head: { find: "logHead", by: { log } } });
    const { size, root } = head as LogHead;
    signed.push({ log, size, root, era: 1, note: `note ${size}` });
  }
  return { store, signed };
}

async function change(store: Store, changes: readonly LedgerChange[]): Promise<void> {
  const tx = await store.begin();
  await tx.change(changes);
  await tx.commit();
}

const at = (signed: readonly KeptCheckpoint[], size: number) => signed.filter((one) => one.size === size);

describe("what was signed of a log [REC-9]", () => {
  test("is still what the log says, at its size of then and at that of now", async () => {
    const { store, signed } = await recorded();
    expect(signed).toHaveLength(9);
    await checkCheckpoints(store, signed, 1);
    await checkCheckpoints(store, [], 1);
  });

  test("finds a log that was rewritten, leaves, root and all", async () => {
    const { store, signed } = await recorded();
    const { leaves } = await store.read({ leaves: { find: "logLeaves", by: { log, after: -1, limit: 99 } } });
    const third = { ...(leaves[2] as LogLeaf), leaf: (leaves[3] as LogLeaf).leaf };
    await change(store, [{ do: "put", table: "logLeaves", row: third }]);
    await expect(checkCheckpoints(store, at(signed, 5), 1)).rejects.toThrow(RecordBehind);
    // Before what was signed for, too: the log is not what its own leaves come to.
    await expect(checkCheckpoints(store, at(signed, 2), 1)).rejects.toThrow(RecordBehind);
  });

  test("finds one that was rewritten together with its root: what was signed is of other leaves", async () => {
    const { store, signed } = await recorded();
    const { leaves } = await store.read({ leaves: { find: "logLeaves", by: { log, after: -1, limit: 99 } } });
    const third = { ...(leaves[2] as LogLeaf), leaf: (leaves[3] as LogLeaf).leaf };
    await change(store, [{ do: "put", table: "logLeaves", row: third }]);
    const { head } = await store.read({ head: { find: "logHead", by: { log } } });
    const root = await new LogTree((question) => store.read(question), log).root(9);
    await change(store, [{ do: "put", table: "logs", row: { ...(head as LogHead), root } }]);
    await expect(checkCheckpoints(store, at(signed, 5), 1)).rejects.toMatchObject({ flaw: "altered" });
    await expect(checkCheckpoints(store, at(signed, 9), 1)).rejects.toMatchObject({ flaw: "altered" });
    await checkCheckpoints(store, at(signed, 2), 1);
  });

  test("finds a root that was rewritten", async () => {
    const { store, signed } = await recorded();
    const { head } = await store.read({ head: { find: "logHead", by: { log } } });
    const { root } = at(signed, 8)[0] as KeptCheckpoint;
    await change(store, [{ do: "put", table: "logs", row: { ...(head as LogHead), root } }]);
    await expect(checkCheckpoints(store, at(signed, 9), 1)).rejects.toMatchObject({ flaw: "altered" });
  });
});

describe("what was signed", () => {
  test("finds an older copy, and one of an earlier era", async () => {
    const { store, signed } = await recorded();
    const [last] = at(signed, 9);
    const more = { ...(last as KeptCheckpoint), size: 10 };
    await expect(checkCheckpoints(store, [more], 1)).rejects.toMatchObject({ flaw: "behind" });
    await expect(checkCheckpoints(store, [{ ...more, log: "org:gone" }], 1)).rejects.toMatchObject({
      flaw: "behind",
    });
    await expect(checkCheckpoints(store, [{ ...(last as KeptCheckpoint), era: 2 }], 1)).rejects.toMatchObject(
      {
        flaw: "behind",
      },
    );
  });

  test("binds no later era: what was lost knowingly is lost", async () => {
    const { store, signed } = await recorded();
    await checkCheckpoints(store, [{ ...(at(signed, 9)[0] as KeptCheckpoint), size: 99 }], 2);
  });
});
