/**
 * Who asks something of a session: an instance of one of its agents, an admin or auditor of one of its organisations;
 * for anybody else there is no such session. What every rule about one session gathers and checks first.
 */
import { type InstanceId, limits, type Refusal, type SideName } from "@parley/protocol";
import { type CallerState, homeOf } from "../caller.js";
import type { Caller } from "../command.js";
import type { OnSocket, SessionStanding } from "../engagement-commands.js";
import type { SessionRecord } from "../engagement-entities.js";
import type { Connection, Millis } from "../entities.js";
import { noInstance } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { no } from "../verdict.js";
import { asItStands } from "./session-record.js";
import { allows, type SessionCommand } from "./session-states.js";

export interface SocketState extends CallerState {
  readonly connection: Connection | undefined;
}

export interface SessionCallerState extends CallerState {
  /** What stands under that id, if the caller sees it, and how it stands now. */
  readonly record: SessionRecord | undefined;
  readonly standing: SessionStanding | undefined;
}

/** An operator has no connection, and asks for none. */
export const askConnection = (command: { readonly caller: Caller }) =>
  find("connection", { instance: command.caller.principal as InstanceId });

export const askSession = (caller: Principal | undefined, id: string) =>
  find("session", { organisation: homeOf(caller), id });

/** As `askCaller` and `askSession`, of who speaks in a session: asked with every envelope. */
export const askSpeaker = (command: { readonly caller: Caller }) => ({
  caller: find("speaker", { id: command.caller.principal }),
  era: find("era", {}),
});

export const askSpokenIn = (caller: Principal | undefined, id: string) =>
  find("spokenIn", {
    organisation: homeOf(caller),
    instance: caller?.kind === "instance" ? caller.instance.id : noInstance,
    id,
  });

export function standingSeen(
  { caller, era }: Pick<CallerState, "caller" | "era">,
  found: SessionRecord | undefined,
  now: Millis,
): Pick<SessionCallerState, "record" | "standing"> {
  const record = caller && found && seesSession(caller, found) ? found : undefined;
  return { record, standing: record && asItStands(record, era, now) };
}

/** [SES-2] Whoever is neither of the two agents nor reads for one of the two organisations does not see it. */
export function seesSession(caller: Principal, { consumer, provider }: SessionRecord): boolean {
  const sides = [consumer.side, provider.side];
  if (caller.kind === "instance") return sides.some(({ agent }) => agent === caller.agent.id);
  const { role, organisation } = caller.operator;
  return (role === "admin" || role === "auditor") && sides.some((side) => side.organisation === organisation);
}

/** The side of whose agent the caller is an instance. */
export function sideOf(caller: Principal | undefined, record: SessionRecord): SideName | undefined {
  if (caller?.kind !== "instance") return undefined;
  if (record.consumer.side.agent === caller.agent.id) return "consumer";
  return record.provider.side.agent === caller.agent.id ? "provider" : undefined;
}

export const isAdminOf = (caller: Principal | undefined, record: SessionRecord, side: SideName): boolean =>
  caller?.kind === "operator" &&
  caller.operator.role === "admin" &&
  caller.operator.organisation === record[side].side.organisation;

/** An instance of that side's agent, or an admin of its organisation. */
export const actsFor = (caller: Principal | undefined, record: SessionRecord, side: SideName): boolean =>
  sideOf(caller, record) === side || isAdminOf(caller, record, side);

export function sessionIsSeen({ record }: SessionCallerState): Refusal | undefined {
  return record === undefined ? no("not-found") : undefined;
}

/** [SES-13] Whatever a connection that was replaced still asks has no effect, in the transaction that would have had it. */
export function socketIsCurrent(
  { connection }: SocketState,
  { socket }: { readonly socket: OnSocket | null },
): Refusal | undefined {
  return socket === null || isCurrent(connection, socket) ? undefined : no("connection.replaced");
}

export const isCurrent = (connection: Connection | undefined, socket: OnSocket): boolean =>
  connection?.state === "open" &&
  connection.connection === socket.connection &&
  connection.epoch === socket.epoch;

/** By the table of states, as the session stands now: what is over is closed, whoever has written so already. */
export function stateAllows(
  { standing }: SessionCallerState,
  { kind }: { readonly kind: SessionCommand },
): Refusal | undefined {
  const state = standing?.session.life.state;
  return state === undefined || allows(kind, state) ? undefined : no("session.state", { state });
}

/** So many sessions one connection may hold: filled by its own joins alone. */
export function mayHoldOneMore(held: number): Refusal | undefined {
  const limit = limits.joinedSessionsPerConnection;
  return held < limit
    ? undefined
    : no("limit.reached", { rule: "joinedSessionsPerConnection", limit, used: held });
}

/** What was taken in this very millisecond cannot be told from what will be: who relies on it waits for the next. */
export const tooSoon = (takenAt: Millis, now: Millis): Refusal | undefined =>
  takenAt < now ? undefined : no("broker.busy", { retryAfterMs: 1 });
