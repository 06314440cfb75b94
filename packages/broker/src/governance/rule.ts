/**
 * How a rule is written: gather what must be known, judge who asks, recognise a repeat, judge what is asked, and only
 * then say what happens. Checks are ordered lists of named functions and the first refusal wins.
 */
import type { OrganisationId, Refusal } from "@parley/protocol";
import type { Command, CommandAnswers, CommandKind } from "./command.js";
import type { Millis } from "./entities.js";
import type { Answers, Question } from "./question.js";
import { refuse, type Verdict } from "./verdict.js";

/** Deciding, as a generator: it yields what it needs to know and is given the answers, so it does no I/O itself. */
export type Asking<R> = Generator<Question, R, Answers<Question>>;

export function* ask<Q extends Question>(question: Q): Asking<Answers<Q>> {
  return (yield question) as Answers<Q>;
}

export type Check<S, C> = (state: S, command: C, now: Millis) => Refusal | undefined;

export interface Parts<K extends CommandKind, S> {
  gather(command: Command<K>, now: Millis): Asking<S>;
  readonly who: readonly Check<S, Command<K>>[];
  /** What a command that has succeeded before is answered again, whatever the state is now. */
  repeat?(state: S, command: Command<K>, now: Millis): Verdict<CommandAnswers[K]> | undefined;
  readonly what: readonly Check<S, Command<K>>[];
  settle(state: S, command: Command<K>, now: Millis): Verdict<CommandAnswers[K]>;
}

/** Who is told about a refusal: the one that asked, if it is known. */
export interface Party {
  readonly id: string;
  readonly organisation: OrganisationId | null;
}

export interface Decision<A> {
  readonly verdict: Verdict<A>;
  readonly party: Party | undefined;
}

export interface Rule<C, A> {
  /** The names of the checks, in the order in which they are made. */
  readonly order: readonly string[];
  decide(command: C, now: Millis): Asking<Decision<A>>;
}

export function rule<K extends CommandKind, S extends { readonly party: Party | undefined }>(
  parts: Parts<K, S>,
): Rule<Command<K>, CommandAnswers[K]> {
  function* decide(command: Command<K>, now: Millis): Asking<Decision<CommandAnswers[K]>> {
    const state = yield* parts.gather(command, now);
    return { verdict: judge(parts, state, command, now), party: state.party };
  }
  return { order: [...parts.who, ...parts.what].map((check) => check.name), decide };
}

function judge<K extends CommandKind, S>(parts: Parts<K, S>, state: S, command: Command<K>, now: Millis) {
  const stranger = firstRefusal(parts.who, state, command, now);
  if (stranger) return refuse(stranger);
  const repeated = parts.repeat?.(state, command, now);
  if (repeated) return repeated;
  const refusal = firstRefusal(parts.what, state, command, now);
  return refusal ? refuse(refusal) : parts.settle(state, command, now);
}

/** A check that was made, by its name, and what it refused. */
export interface CheckMade {
  readonly check: string;
  readonly refusal: Refusal | undefined;
}

/** Each check as it is made, in order, up to the first that refuses: those after it rely on what it lets through. */
export function checksMade<S, C>(
  checks: readonly Check<S, C>[],
  state: S,
  command: C,
  now: Millis,
): readonly CheckMade[] {
  const made: CheckMade[] = [];
  for (const check of checks) {
    const refusal = check(state, command, now);
    made.push({ check: check.name, refusal });
    if (refusal) break;
  }
  return made;
}

function firstRefusal<S, C>(
  checks: readonly Check<S, C>[],
  state: S,
  command: C,
  now: Millis,
): Refusal | undefined {
  for (const check of checks) {
    const refusal = check(state, command, now);
    if (refusal) return refusal;
  }
  return undefined;
}

/** From here it must succeed: a check has seen to it that the thing is there. */
export function sure<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new TypeError("a check let through what is not there");
  return value;
}
