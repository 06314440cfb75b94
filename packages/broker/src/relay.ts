/** The line: whatever changes anything comes through here, is decided, made durable, heard, and only then answered. */
import type { ConnectionId, Refusal } from "@parley/protocol";
import type { Command, CommandAnswers, CommandKind } from "./governance/command.js";
import type { Sweep } from "./governance/engagement-entities.js";
import type { Cut } from "./governance/verdict.js";
import type { Ledger } from "./ledger/ledger.js";
import type { StoredFact } from "./ledger/stored-fact.js";
import { openSweeping } from "./sweeping.js";

export interface CutReport {
  readonly sockets: number;
  readonly sessions: number;
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

export interface Outbox {
  /** Closes the sockets that a decision has cut, and says which of them would not die. */
  cut(cuts: readonly Cut[]): Promise<Omit<CutReport, "sessions">>;
  /** What has happened: whoever must hear of it is told, without waiting for them. */
  tell(facts: readonly StoredFact[]): void;
}

const isSweep = ({ kind }: { readonly kind: CommandKind }): boolean => kind === "sessions.sweep";

export interface OpenRelay {
  readonly relay: Relay;
  /** Sweeps that were left unfinished, beside whatever else the relay is asked: says how many sessions were closed. */
  readonly sweep: (sweeps: readonly Sweep[]) => Promise<number>;
}

/** `onUnswept` hears of the fault that has left a sweep unfinished, as does whoever waits for it. */
export function openRelay(
  ledger: Ledger,
  outbox: Outbox,
  onUnswept: (fault: unknown) => void = () => undefined,
): OpenRelay {
  const sweepAll = async (sweeps: readonly Sweep[]): Promise<number> => {
    try {
      return await sweeping.sweep(sweeps);
    } catch (fault) {
      onUnswept(fault);
      throw fault;
    }
  };

  const relay: Relay = async (command) => {
    const settle = () => ledger.settle(command);
    const { verdict, facts, at } = await (isSweep(command) ? settle() : sweeping.beside(settle));
    outbox.tell(facts);
    const [sockets, sessions] = await Promise.all([outbox.cut(verdict.cuts), sweepAll(verdict.sweeps)]);
    return verdict.verdict === "accepted"
      ? { outcome: "accepted", answer: verdict.answer, cut: { ...sockets, sessions }, at }
      : { outcome: "refused", refusal: verdict.refusal, at };
  };
  const sweeping = openSweeping(relay);
  return { relay, sweep: sweeping.sweep };
}
