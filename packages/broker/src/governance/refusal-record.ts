/**
 * Refusals are facts of whoever was refused: ten per principal, code and minute singly, the rest as one count [REC-6].
 * They never stand in the stream of what was asked for.
 */
import { limits, type Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, partyOf } from "./caller.js";
import type { Command } from "./command.js";
import type { Deadline, Millis, RefusalCount } from "./entities.js";
import { type FactContent, happened, streamOf } from "./fact.js";
import { find } from "./question.js";
import { type Asking, ask, type Party, rule } from "./rule.js";
import { accept, type Effects, no, refuse, type TypedRefusal } from "./verdict.js";

export const minuteOf = (now: Millis): number => Math.floor(now / 60_000);
const subjectOf = ({
  principal,
  code,
  minute,
}: Pick<RefusalCount, "principal" | "code" | "minute">): string => `${principal}|${code}|${minute}`;

/** All that one command was refused: of one code there may be many. */
export function* recordRefusals(
  refusals: readonly TypedRefusal[],
  party: Party,
  command: Command,
  now: Millis,
): Asking<Effects> {
  const facts: Effects["facts"][number][] = [];
  const work: Effects["work"][number][] = [];
  for (const code of new Set(refusals.map(({ refusal }) => refusal.code))) {
    const alike = refusals.filter(({ refusal }) => refusal.code === code);
    const recorded = yield* recordAlike(alike, code, { party, command, now });
    facts.push(...recorded.facts);
    work.push(...recorded.work);
  }
  return { facts, work, payloads: [], cuts: [], sweeps: [] };
}

interface Asked {
  readonly party: Party;
  readonly command: Command;
  readonly now: Millis;
}

function* recordAlike(
  refusals: readonly TypedRefusal[],
  code: Refusal["code"],
  { party, command, now }: Asked,
): Asking<Pick<Effects, "facts" | "work">> {
  const minute = minuteOf(now);
  const { counted } = yield* ask({
    counted: find("refusalCount", { principal: party.id, code, minute }),
  });
  const before = counted?.count ?? 0;
  const row: RefusalCount = {
    principal: party.id,
    organisation: party.organisation,
    code,
    minute,
    count: before + refusals.length,
  };
  const deadline: Deadline = {
    kind: "refusals.count",
    subject: subjectOf(row),
    dueAt: (minute + 1) * 60_000,
  };
  const count = { do: "put", table: "refusalCounts", row } as const;
  const singly = refusals.slice(0, Math.max(0, limits.refusalsRecordedPerMinute - before));
  return {
    facts: singly.map((one) => refusedFact(one, party, command)),
    work: before === 0 ? [count, { do: "put", table: "deadlines", row: deadline }] : [count],
  };
}

function refusedFact({ refusal, target: typed }: TypedRefusal, party: Party, command: Command) {
  const name = command.kind === "refusal.record" ? command.what : command.kind;
  const data = {
    command: name,
    target: typed.slice(0, limits.refusalTargetLengthMax),
    code: refusal.code,
    rule: refusal.rule ?? null,
  };
  const told = { actor: party.id as FactContent["actor"], subject: party.id, cause: command.id };
  return happened(streamOf(party.organisation), "request.refused", told, data);
}

/** A refused read comes here from where it was refused, and is recorded like every other refusal. */
export const refuseRead = rule<"refusal.record", CallerState>({
  *gather(command) {
    const state = yield* ask(askCaller(command));
    return { ...state, party: partyOf(state.caller) };
  },
  who: [callerStands],
  what: [],
  settle: (_state, command) => refuse(no(command.code)),
});

interface CountState {
  readonly counted: RefusalCount | undefined;
  readonly party: Party | undefined;
}

/** The minute is over: what was not recorded singly is told as one number, and the counter goes. */
export const countRefusals = rule<"refusals.count", CountState>({
  *gather({ subject }) {
    const [principal = "", code = "", minute = ""] = subject.split("|");
    const by = { principal, code, minute: Number(minute) };
    return { ...(yield* ask({ counted: find("refusalCount", by) })), party: undefined };
  },
  who: [],
  what: [],
  settle: ({ counted }, command, now) => settleCount(counted, command, now),
});

function settleCount(counted: RefusalCount | undefined, command: Command<"refusals.count">, now: Millis) {
  const deadline: Deadline = { kind: "refusals.count", subject: command.subject, dueAt: now };
  const { kind, subject } = deadline;
  const done = { do: "drop", table: "deadlines", key: { kind, subject } } as const;
  if (counted === undefined) return accept({ counted: 0 }, { work: [done] });
  const { principal, code, minute, organisation } = counted;
  if (minuteOf(now) <= minute) {
    const later = { ...deadline, dueAt: (minute + 1) * 60_000 };
    return accept({ counted: 0 }, { work: [{ do: "put", table: "deadlines", row: later } as const] });
  }
  const drop = { do: "drop", table: "refusalCounts", key: { principal, code, minute } } as const;
  const rest = counted.count - limits.refusalsRecordedPerMinute;
  if (rest <= 0) return accept({ counted: 0 }, { work: [drop, done] });
  const told = { actor: principal as FactContent["actor"], subject: principal, cause: command.id };
  const data = { code: code as Refusal["code"], minute, count: rest };
  return accept(
    { counted: rest },
    { facts: [happened(streamOf(organisation), "requests.refused", told, data)], work: [drop, done] },
  );
}
