/**
 * The last signed head of each log, kept outside the database as well. The head of the record shows that nothing was lost
 * from its end; these show that what organisations were told of their logs is still what the logs say.
 */
import { RecordBehind } from "./faults.js";
import { LogTree } from "./log-tree.js";
import type { Maybe, Store } from "./store.js";

export interface KeptCheckpoint {
  readonly log: string;
  readonly size: number;
  readonly root: string;
  readonly era: number;
  /** The signed note. */
  readonly note: string;
}

export interface CheckpointKeeper {
  /** The last of each log. */
  read(): Maybe<readonly KeptCheckpoint[]>;
  /** Before anybody is given them. */
  keep(checkpoints: readonly KeptCheckpoint[]): Maybe<void>;
  close(): Maybe<void>;
}

/** [REC-9] Throws `RecordBehind` where a log is not what was signed of it. What an earlier era has signed is history. */
export async function checkCheckpoints(
  store: Pick<Store, "read">,
  kept: readonly KeptCheckpoint[],
  currentEra: number,
): Promise<void> {
  for (const { log, size, root, era } of kept) {
    if (era > currentEra)
      throw new RecordBehind("behind", `${log} of era ${era}`, `a record of era ${currentEra}`);
    if (era < currentEra) continue;
    const { head } = await store.read({ head: { find: "logHead", by: { log } } });
    const there = head?.size ?? 0;
    if (there < size) throw new RecordBehind("behind", `${size} leaves in ${log}`, `${there}`);
    const tree = new LogTree((question) => store.read(question), log);
    const now = await tree.root(there);
    if (now !== head?.root) throw new RecordBehind("altered", `${log} with root ${now}`, `${head?.root}`);
    const found = there === size ? now : await tree.root(size);
    if (found !== root) throw new RecordBehind("altered", `${log} with root ${root} at ${size}`, found);
  }
}
