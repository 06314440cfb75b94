/**
 * A process that does nothing but commit facts to a store, and says of each commit, after it was answered, how far the
 * record has come: `acknowledged <ordinal> <running hash>`. It goes on after failures, so that a store which should
 * acknowledge nothing any more can be caught doing so. Arguments: folder, FULL or NORMAL, how many commits to try at most,
 * and how many after a failure.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { beginAppending } from "../../packages/broker/dist/ledger/appending.js";
import { checkHead } from "../../packages/broker/dist/ledger/check-head.js";
import { openHeadFile } from "../../packages/broker/dist/ledger/sqlite/head-file.js";
import { openSqliteStore } from "../../packages/broker/dist/ledger/sqlite/store.js";
import { orRollBack } from "../../packages/broker/dist/ledger/transact.js";

const [folder, synchronous, commits, commitsAfterFailure] = argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);

const store = openSqliteStore({ folder, synchronous });
const head = openHeadFile(join(folder, "head"));
await checkHead(store, head.read());
say("open");

const noteOf = (n) => ({
  stream: "platform",
  kind: "clock.stepped",
  content: {
    actor: "broker",
    subject: `${n}`,
    cause: "cmd_0",
    data: { byMs: n, filling: "x".repeat(n % 700) },
  },
});

async function commit(n) {
  const tx = await store.begin();
  const state = await orRollBack(tx, async () => {
    const appending = await beginAppending(tx);
    const at = appending.state.at + (n % 3);
    const facts = Array.from({ length: 1 + (n % 3) }, (_, index) => noteOf(n + index));
    const deadline = { kind: "instance.expire", subject: `ins_${n % 50}`, dueAt: at };
    const work = [{ do: "put", table: "deadlines", row: deadline }];
    await appending.append({ facts, work, payloads: [] }, [], at);
    return appending.finish();
  });
  await tx.commit();
  await head.keep(state);
  return state;
}

let left = Number(commits);
for (let n = 0; left > 0; n += 1, left -= 1) {
  try {
    const { ordinal, running } = await commit(n);
    say(`acknowledged ${ordinal} ${running}`);
  } catch (cause) {
    say(`failed ${cause.name} ${cause.what} ${cause.retry}`);
    left = Math.min(left, Number(commitsAfterFailure) + 1);
  }
  // A real broker's turns end, and what a store does between transactions happens there.
  await turn();
}
