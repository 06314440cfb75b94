/** Connections of instances: one at a time, the newer takes over, and the epoch tells their frames apart. */
import type { ConnectionId, Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, isInstance, partyOf } from "../caller.js";
import type { WorkingChange } from "../change.js";
import type { Command } from "../command.js";
import type { HeldSide } from "../engagement-lookups.js";
import type { Connection, Millis, Seen } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { find, type Principal } from "../question.js";
import { ask, type Party, rule, sure } from "../rule.js";
import { lookedAtSooner } from "../session/absence.js";
import { graceEnds } from "../session/holding.js";
import { accept, type Cut, no } from "../verdict.js";
import { seenNow } from "./key.js";

interface State extends CallerState {
  readonly connection: Connection | undefined;
  readonly seen: Seen | undefined;
}

/** [SOC-4] A frame of an earlier connection is refused in the transaction that would have acted on it. */
function connectionIsCurrent(
  { connection }: State,
  command: Command<"connection.renew">,
): Refusal | undefined {
  const current = connection?.connection === command.connection && connection.epoch === command.epoch;
  return current && connection.state === "open" ? undefined : no("connection.replaced");
}

function* gatherCaller(command: Command<"connection.open" | "connection.renew">) {
  const instance = command.caller.principal as Connection["instance"];
  const state = yield* ask({
    ...askCaller(command),
    connection: find("connection", { instance }),
    seen: find("seen", { principal: instance }),
  });
  return { ...state, party: partyOf(state.caller) };
}

export const openConnection = rule<"connection.open", State>({
  gather: gatherCaller,
  who: [callerStands, isInstance],
  what: [],
  settle(state, command, now) {
    const principal = sure(state.caller);
    const epoch = (state.connection?.epoch ?? 0) + 1;
    return accept(
      { principal, epoch, era: state.era },
      takeOver(principal, state.connection, command, epoch, now),
    );
  },
});

/** [SOC-4] The newer connection ends the older one, and that is a fact: two copies of one key show here first. */
function takeOver(
  principal: Principal,
  older: Connection | undefined,
  command: Command<"connection.open">,
  epoch: number,
  now: Millis,
) {
  if (principal.kind !== "instance") throw new TypeError("only instances connect");
  const { id, agent, organisation } = principal.instance;
  const { connection } = command;
  const work: readonly WorkingChange[] = [
    {
      do: "put",
      table: "connections",
      row: {
        instance: id,
        agent,
        organisation,
        connection,
        epoch,
        state: "open",
        changedAt: now,
        goodbye: false,
      },
    },
    { do: "put", table: "seen", row: { principal: id, seenAt: now, connectedAt: now } },
  ];
  if (older?.state !== "open") return { work };
  const cuts: readonly Cut[] = [{ scope: "connection", id: older.connection, reason: "replaced" }];
  const data = { instance: id, older: older.connection as ConnectionId, newer: connection, epoch };
  const fact = happened(
    streamOf(organisation),
    "connection.replaced",
    { actor: id, subject: id, cause: command.id },
    data,
  );
  return { work, cuts, facts: [fact] };
}

export const renewConnection = rule<"connection.renew", State>({
  gather: gatherCaller,
  who: [callerStands],
  what: [connectionIsCurrent],
  settle: (state, command, now) =>
    accept({ epoch: command.epoch }, { work: seenNow(command.caller.principal, state.seen, now) }),
});

interface CloseState {
  readonly connection: Connection | undefined;
  readonly held: readonly HeldSide[];
  readonly party: Party | undefined;
}

/** The end of a connection that has been replaced already changes nothing. */
export const closeConnection = rule<"connection.close", CloseState>({
  *gather({ instance }) {
    const connection = find("connection", { instance });
    return { ...(yield* ask({ connection, held: find("heldSides", { instance }) })), party: undefined };
  },
  who: [],
  what: [],
  settle({ connection, held }, command, now) {
    const current = connection?.connection === command.connection && connection.epoch === command.epoch;
    if (!current || connection.state === "closed") return accept({ closed: false, left: [] });
    const { goodbye } = command;
    const left = held.map(({ session, side, resumeGraceSeconds }) => {
      return { session, side, freeAt: graceEnds({ changedAt: now, goodbye }, resumeGraceSeconds) };
    });
    const work = [...closed({ ...connection, goodbye }, now, now), ...lookedAtSooner(held, now)];
    return accept({ closed: true, left }, { work });
  },
});

/** `seenAt`: when its instance was there for the last time. */
export function closed(connection: Connection, now: Millis, seenAt: Millis): readonly WorkingChange[] {
  const { instance: principal } = connection;
  return [
    { do: "put", table: "connections", row: { ...connection, state: "closed", changedAt: now } },
    { do: "put", table: "seen", row: { principal, seenAt, connectedAt: seenAt } },
  ];
}
