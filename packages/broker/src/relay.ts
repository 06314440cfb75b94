/** The line: whatever changes anything comes through here, is decided, made durable, heard, and only then answered. */
import type { ConnectionId, Refusal } from "@parley/protocol";
import type { Command, CommandAnswers, CommandKind } from "./governance/command.js";
import type { Acked } from "./governance/engagement-commands.js";
import type { Sweep } from "./governance/engagement-entities.js";
import type { Cut } from "./governance/verdict.js";
import type { Ledger } from "./ledger/ledger.js";
import type { Carried } from "./ledger/payload-rows.js";
import type { StoredFact } from "./ledger/stored-fact.js";
import type { SentCommand } from "./outbox/hearing.js";
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
      /** What was written, in order. */
      readonly facts: readonly Written[];
    }
  | { readonly outcome: "refused"; readonly refusal: Refusal; readonly at: number };

/** A fact as it stands in the record. */
export type Written = StoredFact;

/** `carried`: the payloads of its envelopes, which are no part of what is decided. */
export type Relay = <K extends CommandKind>(command: Command<K>, carried?: Carried) => Promise<Outcome<K>>;

export interface Outbox {
  /** Closes the sockets that a decision has cut, and says which of them would not die. */
  cut(cuts: readonly Cut[]): Promise<Omit<CutReport, "sessions">>;
  /** What has happened: whoever must hear of it is told, without waiting for them. */
  tell(facts: readonly StoredFact[]): void;
  /** Envelopes that were accepted: whoever is there to receive them is sent them. */
  deliver(sent: SentCommand): void;
  /** How far somebody has come: whoever may send more by it is told so. */
  credit(acked: readonly Acked[]): void;
}

interface Passed<K extends CommandKind> extends Pick<SentCommand, "facts" | "carried"> {
  readonly command: Command<K>;
  readonly answer: CommandAnswers[K];
}

function passOn<K extends CommandKind>(outbox: Outbox, passed: Passed<K>): void {
  const { kind } = passed.command;
  // The compiler does not see that a command's kind says what it is answered.
  if (kind === "envelopes.send") outbox.deliver(passed as unknown as SentCommand);
  else if (kind === "envelopes.ack")
    outbox.credit((passed.answer as unknown as CommandAnswers["envelopes.ack"]).acked);
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

  const relay: Relay = async (command, carried = []) => {
    const settle = () => ledger.settle(command, carried);
    const { verdict, facts, at } = await (isSweep(command) ? settle() : sweeping.beside(settle));
    outbox.tell(facts);
    if (verdict.verdict === "accepted") passOn(outbox, { command, answer: verdict.answer, facts, carried });
    const [sockets, sessions] = await Promise.all([outbox.cut(verdict.cuts), sweepAll(verdict.sweeps)]);
    return verdict.verdict === "accepted"
      ? { outcome: "accepted", answer: verdict.answer, cut: { ...sockets, sessions }, at, facts }
      : { outcome: "refused", refusal: verdict.refusal, at };
  };
  const sweeping = openSweeping(relay);
  return { relay, sweep: sweeping.sweep };
}
