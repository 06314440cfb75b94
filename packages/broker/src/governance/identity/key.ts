/** Keys of principals: replaced by who holds both, and an alarm when one that was replaced long ago is used again. */
import { type InstanceId, limits, type Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Alert, Connection, Millis, PrincipalKey, RefusalCount, Seen } from "../entities.js";
import { happened, type NewFact, streamOf } from "../fact.js";
import { find, type Principal } from "../question.js";
import { minuteOf } from "../refusal-record.js";
import { ask, type Party, rule, sure } from "../rule.js";
import { askAnyOpenOf, beginSweeps, type Swept } from "../session/sweep.js";
import { generationOf, idOf, organisationOf, standingOf, standingRefusal } from "../standing.js";
import { accept, type Effects, no, refuse } from "../verdict.js";
import { leaseEnd } from "./instance-standing.js";
import { lastAdminStays } from "./operator.js";

interface ReplaceState extends CallerState {
  readonly old: PrincipalKey | undefined;
  readonly fresh: PrincipalKey | undefined;
  readonly replacements: number;
}

const day = 86_400_000;

function oldKeyIsCurrent({ old }: ReplaceState, command: Command<"key.replace">): Refusal | undefined {
  if (old?.principal !== command.caller.principal) return no("access.proof");
  return old.state === "current" ? undefined : no("key.replaced");
}

function newKeyIsFree({ fresh }: ReplaceState): Refusal | undefined {
  return fresh === undefined ? undefined : no("key.taken");
}

function replacementsLeft({ replacements: used }: ReplaceState): Refusal | undefined {
  const limit = limits.keyReplacementsPerDay;
  return used < limit ? undefined : no("key.too-often", { rule: "keyReplacementsPerDay", limit, used });
}

/** [ID-10] */
export const replaceKey = rule<"key.replace", ReplaceState>({
  *gather(command, now) {
    const state = yield* ask({
      ...askCaller(command),
      old: find("key", { thumbprint: command.old }),
      fresh: find("key", { thumbprint: command.thumbprint }),
      replacements: find("keyReplacements", { principal: command.caller.principal, since: now - day }),
    });
    return { ...state, party: partyOf(state.caller) };
  },
  who: [callerStands],
  repeat({ old, fresh }, command) {
    const { principal } = command.caller;
    const done = fresh?.principal === principal && fresh.state === "current" && old?.principal === principal;
    return done && old.state === "replaced" ? accept({ thumbprint: fresh.thumbprint }) : undefined;
  },
  what: [oldKeyIsCurrent, newKeyIsFree, replacementsLeft],
  settle({ caller, old }, command, now) {
    const { principal } = command.caller;
    const { thumbprint, x } = command;
    const key: PrincipalKey = {
      thumbprint,
      principal,
      x,
      state: "current",
      since: now,
      replacedAt: null,
      token: null,
    };
    const told = { actor: principal, subject: principal, cause: command.id };
    const data = { principal, old: sure(old).thumbprint, key };
    return accept(
      { thumbprint },
      { facts: [happened(streamOf(organisationOf(sure(caller))), "key.replaced", told, data)] },
    );
  },
});

interface GrantState {
  readonly key: PrincipalKey | undefined;
  /** Whose key it is: the one that speaks, whatever it says of itself. */
  readonly speaker: Principal | undefined;
  readonly era: number;
  readonly seen: Seen | undefined;
  readonly connection: Connection | undefined;
  readonly admins: number;
  /** Refusals of this minute for the same reason. */
  readonly refused: RefusalCount | undefined;
  readonly anyOpen: boolean;
  readonly party: Party | undefined;
}

/** [ID-5] The assertion and the proof are signed by the key that is registered for who is named, and by no other. */
function keyIsOfPrincipal({ key }: GrantState, command: Command<"token.grant">): Refusal | undefined {
  return key?.principal === command.principal ? undefined : no("assertion.invalid");
}

/** [ID-12] A lease that has ended is honoured here, however late its timer is. */
function leaseLasts(
  { speaker, seen, connection }: GrantState,
  _command: unknown,
  now: Millis,
): Refusal | undefined {
  if (speaker?.kind !== "instance") return undefined;
  return now < leaseEnd(speaker.instance, seen, connection, now) ? undefined : no("identity.expired");
}

function speakerStands({ speaker, era }: GrantState): Refusal | undefined {
  if (speaker === undefined) return no("assertion.invalid");
  const standing = standingOf(speaker, era);
  return standing === "active" ? undefined : no(standingRefusal[standing]);
}

export const grantToken = rule<"token.grant", GrantState>({
  *gather(command, now) {
    const { key, era } = yield* ask({
      key: find("key", { thumbprint: command.thumbprint }),
      era: find("era", {}),
    });
    const principal = key?.principal ?? command.principal;
    const { speaker, seen, connection } = yield* ask({
      speaker: find("principal", { id: principal }),
      seen: find("seen", { principal }),
      connection: find("connection", { instance: principal as InstanceId }),
    });
    const organisation = speaker ? organisationOf(speaker) : null;
    const { admins, refused, anyOpen } = yield* ask({
      admins: find("adminCount", { organisation }),
      refused: find("refusalCount", { principal, code: "key.replaced", minute: minuteOf(now) }),
      anyOpen: askAnyOpenOf("instance", { id: principal }),
    });
    return { key, era, speaker, seen, connection, admins, refused, anyOpen, party: key && partyOf(speaker) };
  },
  who: [keyIsOfPrincipal, speakerStands, leaseLasts],
  what: [],
  settle(state, command, now) {
    const key = sure(state.key);
    if (key.state === "replaced") return refuse(no("key.replaced"), alarmOf(state, key, command, now));
    return accept(
      { generation: generationOf(sure(state.speaker)) },
      { work: seenNow(command.principal, state.seen, now) },
    );
  },
});

/** Seen to the minute: a lease of thirty days needs no more, and most requests then write nothing. */
export function seenNow(principal: PrincipalKey["principal"], seen: Seen | undefined, now: Millis) {
  if (seen !== undefined && now - seen.seenAt < 60_000) return [];
  const row = { principal, seenAt: now, connectedAt: seen?.connectedAt ?? null };
  return [{ do: "put", table: "seen", row } as const];
}

/** [ID-11] Long after its replacement only a thief, or the victim of one, still uses the old key. */
function alarmOf(
  state: GrantState,
  key: PrincipalKey,
  command: Command<"token.grant">,
  now: Millis,
): Partial<Effects> {
  if (now - (key.replacedAt ?? now) <= limits.replacedKeyGraceSeconds * 1_000) return {};
  const speaker = sure(state.speaker);
  const organisation = organisationOf(speaker);
  const subject = idOf(speaker);
  const detail = `key ${key.thumbprint}, replaced ${new Date(key.replacedAt ?? now).toISOString()}, was used again`;
  const alert: Alert = {
    id: command.alert,
    organisation,
    kind: "replaced-key-used",
    subject,
    detail,
    raisedAt: now,
  };
  const told = { actor: "broker", subject, cause: command.id } as const;
  const raised = happened(streamOf(organisation), "alert.raised", told, { alert });
  const suspended = suspensionOf(state, speaker, told);
  if (suspended) {
    const swept = sweepsAfter(state, speaker, command, now);
    const cuts = [{ scope: "principal", id: subject, reason: "suspended" } as const];
    return { facts: [raised, suspended, ...swept.facts], cuts, sweeps: swept.sweeps };
  }
  // Who goes on standing could go on raising: no more of these than of refusals that are told singly.
  return (state.refused?.count ?? 0) < limits.refusalsRecordedPerMinute ? { facts: [raised] } : {};
}

/** An instance takes the sessions that it holds with it; an operator holds none. */
function sweepsAfter(
  { anyOpen }: GrantState,
  speaker: Principal,
  command: Command<"token.grant">,
  now: Millis,
): Swept {
  if (speaker.kind !== "instance" || !anyOpen) return { facts: [], sweeps: [] };
  const { id: of, organisation } = speaker.instance;
  const scopes = [{ by: "instance", of, within: null }] as const;
  return beginSweeps({ command, actor: "broker", organisation, reason: "identity_suspended", scopes }, now);
}

/** The last admin stays even so: suspended, nobody could resume it. The alert says what happened. */
function suspensionOf(
  state: GrantState,
  speaker: Principal,
  told: { actor: "broker"; subject: string; cause: string },
): NewFact | undefined {
  const stream = streamOf(organisationOf(speaker));
  if (speaker.kind === "instance") {
    const { id, generation } = speaker.instance;
    return happened(stream, "instance.suspended", told, {
      instance: id,
      generation: generation + 1,
      why: "replaced-key-used",
    });
  }
  const { operator } = speaker;
  if (lastAdminStays({ target: operator, admins: state.admins, era: state.era })) return undefined;
  const { id, generation, version } = operator;
  return happened(stream, "operator.suspended", told, {
    operator: id,
    generation: generation + 1,
    version: version + 1,
  });
}
