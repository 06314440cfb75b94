/**
 * One transaction for several commands: each is decided on what the ones before it wrote, all are durable together or
 * none is. What it throws says whose fault it was: `DecisionFailed` one command's, anything else the world's.
 */
import type { Command } from "../governance/command.js";
import { type Appending, beginAppending } from "./appending.js";
import { decide, type Govern } from "./decide.js";
import { DecisionFailed } from "./faults.js";
import type { HeadKeeper, KeptHead } from "./head.js";
import type { Settled } from "./ledger.js";
import type { Carried } from "./payload-rows.js";
import { type LedgerState, type Store, StoreFailed, type Transaction } from "./store.js";

export interface Line {
  readonly store: Store;
  readonly head: HeadKeeper;
  readonly govern: Govern;
}

/** A command with what has come with it. */
export interface Brought {
  readonly command: Command;
  readonly carried: Carried;
}

export interface Transacted {
  /** One for each command, in their order. */
  readonly settled: readonly Settled[];
  /** What the commit left; undefined when there was nothing to write. */
  readonly state: LedgerState | undefined;
}

export const keptHeadOf = ({ ordinal, running, era }: LedgerState): KeptHead => ({ ordinal, running, era });

export async function transact(
  line: Line,
  commands: readonly Brought[],
  now: () => number,
): Promise<Transacted> {
  const tx = await line.store.begin();
  const { appending, before, settled } = await orRollBack(tx, () =>
    settleAll(line.govern, tx, commands, now),
  );
  if (!appending.wrote) {
    await tx.rollback();
    return { settled, state: undefined };
  }
  const state = await orRollBack(tx, () => appending.finish());
  await tx.commit();
  if (state.ordinal > before) await line.head.keep(keptHeadOf(state));
  return { settled, state };
}

async function settleAll(govern: Govern, tx: Transaction, commands: readonly Brought[], now: () => number) {
  const appending = await beginAppending(tx);
  const before = appending.state.ordinal;
  const settled: Settled[] = [];
  for (const command of commands) settled.push(await settleOne(govern, tx, appending, command, now()));
  return { appending, before, settled };
}

async function settleOne(
  govern: Govern,
  tx: Transaction,
  appending: Appending,
  { command, carried }: Brought,
  at: number,
): Promise<Settled> {
  try {
    const verdict = await decide(tx, govern, command, at);
    const facts = await appending.append(verdict, carried, at);
    return { verdict, at, facts };
  } catch (cause) {
    throw cause instanceof StoreFailed ? cause : new DecisionFailed(command.kind, cause);
  }
}

/** A commit that fails has stored nothing and needs no rolling back; anything before it does. */
export async function orRollBack<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    await tx.rollback();
    throw cause;
  }
}
