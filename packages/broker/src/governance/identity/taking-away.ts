/**
 * Suspend, resume, revoke: one shape for organisations, operators, agents and instances. Taking away is one fact that
 * raises the generation; what was bound to the old one is void for ever, and the sockets are cut once it is durable.
 */
import type { CloseReason, Refusal, SessionEnding, Standing } from "@parley/protocol";
import type { Caller } from "../command.js";
import type { Millis, Taken } from "../entities.js";
import { isFinal } from "../standing.js";
import { type Cut, no } from "../verdict.js";

export type Verb = "suspend" | "resume" | "revoke";
type Verbed = { readonly kind: `${string}.${Verb}` };

export const verbOf = (command: Verbed): Verb => command.kind.slice(command.kind.indexOf(".") + 1) as Verb;

const standingAfter = { suspend: "suspended", resume: "active", revoke: "revoked" } as const;
const pastOf = { suspend: "suspended", resume: "resumed", revoke: "revoked" } as const;

export interface Step {
  readonly verb: Verb;
  readonly past: (typeof pastOf)[Verb];
  readonly standing: (typeof standingAfter)[Verb];
  readonly generation: number;
}

export function stepOf(command: Verbed, target: { readonly generation: number }): Step {
  const verb = verbOf(command);
  const generation = verb === "resume" ? target.generation : target.generation + 1;
  return { verb, past: pastOf[verb], standing: standingAfter[verb], generation };
}

/** [SES-20] Why the sessions of who was taken away are closed; resuming closes none. */
export const endingAfter = ({ verb }: Step): SessionEnding | undefined => endings[verb];

const endings = {
  suspend: "identity_suspended",
  resume: undefined,
  revoke: "identity_revoked",
} as const;

/** What relied on it from before is void from then on, also when it is given back. */
export const takenAtAfter = ({ verb }: Step, target: Taken, now: Millis): Millis =>
  verb === "resume" ? target.takenAt : now;

/** Done already: a success that changes nothing. */
export const isDone = (step: Step, target: { readonly standing: Standing }): boolean =>
  step.standing === target.standing;

export function cutsOf(step: Step, scope: Cut["scope"], id: string): readonly Cut[] {
  const reason: CloseReason = step.verb === "revoke" ? "revoked" : "suspended";
  return step.verb === "resume" ? [] : [{ scope, id, reason }];
}

/** What is revoked or expired stays so; revoking it again is a success that changes nothing. */
export function isNotFinal(
  state: { readonly target: { readonly standing: Standing } | undefined },
  command: Verbed,
): Refusal | undefined {
  const { target } = state;
  if (target === undefined || !isFinal(target.standing)) return undefined;
  return verbOf(command) === "revoke" && target.standing === "revoked" ? undefined : no("standing.final");
}

export const told = (command: { readonly id: string; readonly caller: Caller }, subject: string) => ({
  actor: command.caller.principal,
  cause: command.id,
  subject,
});
