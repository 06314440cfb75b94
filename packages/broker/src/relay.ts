/** The line: whatever changes anything comes through here, is decided, made durable, heard, and only then answered. */
import type { ConnectionId, Refusal } from "@parley/protocol";
import type { Command, CommandAnswers, CommandKind } from "./governance/command.js";
import type { Cut } from "./governance/verdict.js";
import type { Ledger } from "./ledger/ledger.js";

export interface CutReport {
  readonly sockets: number;
  readonly surviving: readonly ConnectionId[];
}

export type Outcome<K extends CommandKind = CommandKind> =
  | {
      readonly outcome: "accepted";
      readonly answer: CommandAnswers[K];
      readonly cut: CutReport;
      readonly at: number;
    }
  | { readonly outcome: "refused"; readonly refusal: Refusal; readonly at: number };

export type Relay = <K extends CommandKind>(command: Command<K>) => Promise<Outcome<K>>;

/** Whoever closes the sockets that a decision has cut, and says which of them would not die. */
export type CutSockets = (cuts: readonly Cut[]) => Promise<CutReport>;

export function openRelay(ledger: Ledger, cutSockets: CutSockets): Relay {
  return async (command) => {
    const { verdict, at } = await ledger.settle(command);
    const cut = await cutSockets(verdict.cuts);
    return verdict.verdict === "accepted"
      ? { outcome: "accepted", answer: verdict.answer, cut, at }
      : { outcome: "refused", refusal: verdict.refusal, at };
  };
}
