/** What a decision comes to: facts and an answer, or a refusal. Both are values; nothing here happens yet. */
import type { CloseReason, Refusal, RefusalCode } from "@parley/protocol";
import type { WorkingChange } from "./change.js";
import type { Sweep } from "./engagement-entities.js";
import type { NewFact } from "./fact.js";
import type { PayloadChange } from "./session/payload-changes.js";

/** Sockets that must die once the decision is durable. */
export interface Cut {
  readonly scope: "organisation" | "agent" | "principal" | "connection";
  readonly id: string;
  readonly reason: CloseReason;
}

export interface Effects {
  readonly facts: readonly NewFact[];
  readonly work: readonly WorkingChange[];
  readonly payloads: readonly PayloadChange[];
  readonly cuts: readonly Cut[];
  /** Sessions that this has closed for every decision: their closing facts follow, before the answer is given. */
  readonly sweeps: readonly Sweep[];
  /** The seconds that are over end in every log. */
  readonly seals?: true;
}

/** A refusal, and what it was about as it was typed. */
export interface TypedRefusal {
  readonly refusal: Refusal;
  readonly target: string;
}

export type Verdict<A = unknown> =
  | ({
      readonly verdict: "accepted";
      readonly answer: A;
      /** What was refused of a command that carries several things. */
      readonly refused?: readonly TypedRefusal[];
    } & Effects)
  | ({ readonly verdict: "refused"; readonly refusal: Refusal } & Effects);

const nothing: Effects = { facts: [], work: [], payloads: [], cuts: [], sweeps: [] };

export const accept = <A>(
  answer: A,
  effects: Partial<Effects & { readonly refused: readonly TypedRefusal[] }> = {},
): Verdict<A> => ({
  verdict: "accepted",
  answer,
  ...nothing,
  ...effects,
});

export const refuse = (refusal: Refusal, effects: Partial<Effects> = {}): Verdict<never> => ({
  verdict: "refused",
  refusal,
  ...nothing,
  ...effects,
});

export const no = (code: RefusalCode, more: Omit<Refusal, "code"> = {}): Refusal => ({ code, ...more });
