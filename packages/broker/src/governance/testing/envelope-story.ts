/** Envelopes of the town's active session as they are sent, acknowledged and erased: what a story about them needs. */
import type { InstanceId, SessionId, SideName, Terms } from "@parley/protocol";
import type { Command, CommandAnswers, CommandKind } from "../command.js";
import type { Life } from "../engagement-entities.js";
import { closedLife, endingOf } from "../session/session-end.js";
import type { Verdict } from "../verdict.js";
import { callerOf, command } from "./asked.js";
import { envelopeOf } from "./asked-sessions.js";
import * as cast from "./cast.js";
import * as city from "./city.js";
import { settle } from "./decide.js";
import { socketOf } from "./session-scenes.js";
import { get, patch, put, type World } from "./world.js";

const { now } = cast;

/** The town, its active session under these terms. */
export function cityUnder(terms: Partial<Terms> = {}): World {
  const world = city.city();
  patch(world, "sessions", { id: city.active }, { terms: { ...city.weatherTerms, ...terms } });
  return world;
}

/** One more active session of the same two. */
export function another(world: World, id: SessionId): void {
  const { terms } = get(world, "sessions", { id: city.active }) ?? {};
  city.putSession(world, city.sessionRow(id, city.lives.active, terms && { terms }));
}

const over = (world: World, who: InstanceId) => ({
  caller: callerOf(world, who),
  socket: socketOf(world, who) ?? { connection: cast.idOf("connection", 404), epoch: 1 },
});

export const doing = (world: World, made: Command, at = now): Verdict =>
  settle(world, made as Command<CommandKind>, at);

export interface Size {
  readonly n: number;
  readonly payloadBytes?: number;
  readonly session?: string;
}

/** Each is as long as its header and its payload are. */
export function sends(world: World, who: InstanceId, sizes: readonly Size[], at = now): Verdict {
  const envelopes = sizes.map(({ n, payloadBytes = 10, session = city.active }) => {
    const made = envelopeOf(n, { session, payloadBytes });
    return { ...made, bytes: Buffer.byteLength(made.header) + payloadBytes };
  });
  return doing(world, command("envelopes.send", { ...over(world, who), envelopes }), at);
}

export const numbers = (from: number, to: number): readonly Size[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ n: from + at }));

export const acking = (world: World, who: InstanceId, acks: Command<"envelopes.ack">["acks"]) =>
  command("envelopes.ack", { ...over(world, who), acks });
export const acks = (world: World, who: InstanceId, n: number, at = now): Verdict =>
  doing(world, acking(world, who, [{ session: city.active, n }]), at);

export const joins = (
  world: World,
  who: InstanceId,
  cursor: Command<"session.join">["cursor"] = null,
  at = now,
): Verdict =>
  doing(world, command("session.join", { ...over(world, who), session: city.active, cursor }), at);
export const resumed = (verdict: Verdict) =>
  verdict.verdict === "accepted" ? (verdict.answer as CommandAnswers["session.join"]).resume : undefined;

export const erases = (world: World, at = now): Verdict =>
  doing(world, command("payloads.erase", { session: city.active }), at);

export const expires = (world: World, at: number): Verdict =>
  doing(world, command("session.expire", { session: city.active }), at);
export const closes = (world: World, who: InstanceId, at: number): Verdict =>
  doing(world, command("session.close", { ...over(world, who), session: city.active, detail: null }), at);

/** Its connection ends, and so it comes back. */
export function leaves(
  world: World,
  instance: InstanceId,
  { goodbye }: { readonly goodbye: boolean },
  at = now,
): Verdict {
  const { connection, epoch } = over(world, instance).socket;
  return doing(world, command("connection.close", { instance, connection, epoch, goodbye }), at);
}
export const returns = (world: World, who: InstanceId, at: number): Verdict =>
  doing(
    world,
    command("connection.open", {
      caller: callerOf(world, who),
      connection: cast.idOf("connection", at % 1_000_000),
    }),
    at,
  );

/** What the rows say of what a side of the active session has sent. */
export const handledIn = (world: World, side: SideName = "consumer", session: SessionId = city.active) =>
  get(world, "handled", { session, side });
export const waitingFor = (world: World, side: SideName = "consumer") =>
  get(
    world,
    "waiting",
    side === "consumer"
      ? { agent: cast.north, organisation: cast.acme }
      : { agent: cast.scout, organisation: cast.borealis },
  )?.bytes;
/** Of each row its first and last envelope of which something is kept. */
export const kept = ({ payloads }: World, side: SideName = "consumer") =>
  [...payloads.values()]
    .filter((row) => row.side === side)
    .sort((a, b) => a.n - b.n)
    .map(({ n, trimmed, count }) => [n + trimmed, n + count - 1] as const);
export const eraseDue = (world: World, session: SessionId = city.active) =>
  get(world, "deadlines", { kind: "payloads.erase", subject: session })?.dueAt;

/** As `session.closed` leaves it. */
export function closedAt(
  world: World,
  at: number,
  reason: Extract<Life, { state: "closed" }>["ending"]["reason"],
): void {
  const session = get(world, "sessions", { id: city.active });
  if (session === undefined) throw new RangeError("the town has an active session");
  const life = closedLife(session.life, endingOf(reason, "broker"), at);
  put(world, "sessions", { ...session, life });
  for (const side of ["consumer", "provider"] as const)
    patch(world, "sides", { session: city.active, side }, { state: "closed" });
}
