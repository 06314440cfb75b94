/** What the line asks of the ledger: decide a command in a transaction that is durable before anybody is answered. */
import type { Command, CommandAnswers, CommandKind } from "../governance/command.js";
import type { Verdict } from "../governance/verdict.js";
import type { Carried } from "./payload-rows.js";
import type { StoredFact } from "./stored-fact.js";

export interface Settled<K extends CommandKind = CommandKind> {
  readonly verdict: Verdict<CommandAnswers[K]>;
  /** The ledger's time of the decision. */
  readonly at: number;
  /** What was written, as it stands in the record now. */
  readonly facts: readonly StoredFact[];
}

export interface Ledger {
  /** Resolves after the commit, or rejects with a fault; never in between. */
  settle<K extends CommandKind>(command: Command<K>, carried?: Carried): Promise<Settled<K>>;
  /** No new commands; resolves when those in flight are answered. */
  drain(): Promise<void>;
}
