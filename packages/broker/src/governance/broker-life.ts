/** What happens to the broker itself: its starts, its clock, its keys. Facts of the platform's own stream. */
import { type Alone, gatherNothing } from "./alone.js";
import { askCaller, type CallerState, callerStands, isPlatform, partyOf } from "./caller.js";
import type { WorkingChange } from "./change.js";
import type { Command } from "./command.js";
import type { SweepScope } from "./engagement-entities.js";
import type { HeldSide } from "./engagement-lookups.js";
import type { Millis, Operator, Probe } from "./entities.js";
import { happened, platformStream } from "./fact.js";
import { closed } from "./identity/connection.js";
import { mintToken } from "./identity/mint.js";
import { invited } from "./identity/organisation.js";
import { type Answers, find } from "./question.js";
import { ask, type Party, rule } from "./rule.js";
import { lookedAtSooner } from "./session/absence.js";
import { askAnyOpen, beginSweeps, type Swept } from "./session/sweep.js";
import { isFinal } from "./standing.js";
import { accept } from "./verdict.js";

const askStart = (now: Millis) => ({
  era: find("era", {}),
  open: find("openConnections", {}),
  absent: find("absentHolders", {}),
  platformOperators: find("adminCount", { organisation: null }),
  tokens: find("enrolmentTokensOpenForPlatform", { now }),
});

type Started = Answers<ReturnType<typeof askStart>>;

interface StartState extends Started {
  /** Sessions of an earlier era than the one that begins. */
  readonly anyOpen: boolean;
  /** What the instances that were connected until now hold, by instance. */
  readonly held: { readonly [instance: string]: readonly HeldSide[] };
  /** Whom the open tokens are for, by id. */
  readonly invited: { readonly [id: string]: Operator | undefined };
  readonly party: Party | undefined;
}

const askInvited = (tokens: Started["tokens"]) =>
  Object.fromEntries(tokens.map(({ for: id }) => [id, find("operator", { organisation: null, id })]));

const askHeld = (open: Started["open"]) =>
  Object.fromEntries(open.map(({ instance }) => [instance, find("heldSides", { instance })]));

/** [SES-24] How long a holder is away is counted from here on: nobody could come back while the broker was not there. */
function everybodyIsGone(
  { open, absent, held }: StartState,
  { lastAt }: Command<"broker.start">,
  now: Millis,
): readonly WorkingChange[] {
  return [
    ...open.flatMap((connection) => [
      ...closed({ ...connection, goodbye: false }, now, lastAt),
      ...lookedAtSooner(held[connection.instance] ?? [], now),
    ]),
    ...absent.map((gone) => ({ do: "put", table: "connections", row: { ...gone, changedAt: now } }) as const),
  ];
}

const byBroker = (command: { readonly id: string }, subject: string) =>
  ({ actor: "broker", cause: command.id, subject }) as const;

/**
 * [ID-6] As long as no platform operator can act, each start makes one token for the first one and voids those before.
 * [ID-19] Going on from an older record begins a new era, in which everybody counts as suspended.
 */
export const startBroker = rule<"broker.start", StartState>({
  *gather(command, now) {
    const first = yield* ask(askStart(now));
    const invited = yield* ask(askInvited(first.tokens));
    const held = yield* ask(askHeld(first.open));
    const { anyOpen } = yield* ask({ anyOpen: askAnyOpen(earlierThan(eraAfter(first, command))) });
    return { ...first, held, invited, anyOpen, party: undefined };
  },
  who: [],
  what: [],
  settle(state, command, now) {
    const era = eraAfter(state, command);
    const began = era === state.era ? undefined : eraBegan(state, command, era, now);
    const started = happened(platformStream, "broker.started", byBroker(command, "broker"), {
      era,
      version: command.version,
    });
    const work = everybodyIsGone(state, command, now);
    const needsToken =
      command.recover === "platform" || command.recover === "record" || state.platformOperators === 0;
    const bootstrap = needsToken ? platformToken(state, command, era, now) : undefined;
    const facts = [...(began?.facts ?? []), started, ...(bootstrap?.facts ?? [])];
    const sweeps = began?.sweeps ?? [];
    return accept({ era, platformToken: bootstrap?.token ?? null }, { facts, work, sweeps });
  },
});

const eraAfter = ({ era }: Started, command: Command<"broker.start">): number =>
  command.recover === "record" ? Math.max(era, command.eraAfter) + 1 : era;

/** The open sessions of every era but this one. */
const earlierThan = (era: number): SweepScope => ({ by: "era", of: String(era), within: null });

/** [SES-22] What was open in the older record is closed: who was told what since then, nobody knows. */
function eraBegan(
  { anyOpen }: StartState,
  command: Command<"broker.start">,
  era: number,
  now: Millis,
): Swept {
  const fact = happened(platformStream, "era.began", byBroker(command, "broker"), { era });
  if (!anyOpen) return { facts: [fact], sweeps: [] };
  const reason = "record_restored";
  const scopes = [earlierThan(era)];
  const swept = beginSweeps({ command, actor: "broker", organisation: null, reason, scopes }, now);
  return { facts: [fact, ...swept.facts], sweeps: swept.sweeps };
}

function platformToken(state: StartState, command: Command<"broker.start">, era: number, now: Millis) {
  const { operator: id } = command.platform;
  const operator = invited(
    { id, name: "platform", organisation: null },
    { role: "platform", agents: [] },
    era,
    now,
  );
  const target = { organisation: null, for: id, targetGeneration: 0 };
  const token = mintToken({ ...target, token: command.platform.token, by: undefined, era }, now);
  const voided = state.tokens.flatMap((old) => [
    happened(platformStream, "enrolment-token.voided", byBroker(command, old.id), { token: old.id }),
    ...revokedWithToken(state.invited[old.for], command),
  ]);
  const facts = [
    ...voided,
    happened(platformStream, "operator.invited", byBroker(command, id), { operator }),
    happened(platformStream, "enrolment-token.minted", byBroker(command, token.id), { token }),
  ];
  return { token, facts };
}

/** Whoever was only ever invited can never enrol now, so it goes with its token. */
function revokedWithToken(operator: Operator | undefined, command: Command<"broker.start">) {
  if (operator === undefined || operator.enrolledAt !== null || isFinal(operator.standing)) return [];
  const { id, generation, version } = operator;
  const data = { operator: id, generation: generation + 1, version: version + 1 };
  return [happened(platformStream, "operator.revoked", byBroker(command, id), data)];
}

export const stepClock = rule<"clock.step", Alone>({
  gather: gatherNothing,
  who: [],
  what: [],
  settle(_state, command, now) {
    const fact = happened(platformStream, "clock.stepped", byBroker(command, "clock"), {
      byMs: command.byMs,
    });
    return accept({ at: now }, { facts: [fact] });
  },
});

export const recoverClock = rule<"clock.recover", Alone>({
  gather: gatherNothing,
  who: [],
  what: [],
  settle(_state, command, now) {
    const { wall, ledger } = command;
    const fact = happened(platformStream, "clock.recovered", byBroker(command, "clock"), { wall, ledger });
    return accept({ at: now }, { facts: [fact] });
  },
});

export const rotateBrokerKey = rule<"broker-key.rotate", CallerState>({
  *gather(command) {
    const state = yield* ask(askCaller(command));
    return { ...state, party: partyOf(state.caller) };
  },
  who: [callerStands, isPlatform],
  what: [],
  settle(_state, { caller, id, use, kid }) {
    const told = { actor: caller.principal, cause: id, subject: kid };
    return accept({ kid }, { facts: [happened(platformStream, "broker-key.rotated", told, { use, kid })] });
  },
});

interface ProbeState extends Alone {
  readonly before: Probe | undefined;
}

/** Readiness comes from the data path: each probe writes a row and tells what the one before had written. */
export const probeReadiness = rule<"readiness.probe", ProbeState>({
  *gather() {
    return { ...(yield* ask({ before: find("probe", { name: "readiness" }) })), party: undefined };
  },
  who: [],
  what: [],
  settle({ before }, { value }, now) {
    const row: Probe = { name: "readiness", value, at: now };
    return accept({ before: before?.value ?? null }, { work: [{ do: "put", table: "probes", row }] });
  },
});
