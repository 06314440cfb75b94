/** One session in the town, from its proposal on: what a story about its life needs to tell it. */
import type { Terms } from "@parley/protocol";
import type { Command, CommandKind } from "../command.js";
import type { Verdict } from "../verdict.js";
import { callerOf, command } from "./asked.js";
import { acceptanceOf, northSocket, scoutSocket } from "./asked-sessions.js";
import * as cast from "./cast.js";
import * as city from "./city.js";
import { settle } from "./decide.js";
import { get, put, type World } from "./world.js";

const { now } = cast;
export const id = cast.idOf("session", 500);
export const second = 1_000;

/** The town without sessions, under these terms. */
export function townUnder(terms: Partial<Terms>): World {
  const world = city.city();
  for (const table of ["sessions", "sides"] as const) world.rows[table].clear();
  const [version] = world.rows.contractVersions.values();
  if (version) put(world, "contractVersions", { ...version, terms: { ...city.weatherTerms, ...terms } });
  return world;
}

export const act = (world: World, made: Command, at = now): Verdict =>
  settle(world, made as Command<CommandKind>, at);
export const kindsOf = ({ facts }: Verdict) => facts.map(({ kind }) => kind);
export const side = (world: World, name: string) => get(world, "sides", { session: id, side: name });
export const lifeOf = (world: World) => get(world, "sessions", { id })?.life;
export const dueAt = (world: World) =>
  get(world, "deadlines", { kind: "session.expire", subject: id })?.dueAt;

export const propose = command("session.propose");
export const overSocket = command("session.propose", { socket: scoutSocket });
export const accept = command("session.accept", {
  session: id,
  statement: acceptanceOf(cast.north1, id, { proposal: propose.statement.digest }),
});
export const join = (world: World, by: typeof cast.scout1) =>
  command("session.join", {
    session: id,
    cursor: null,
    caller: callerOf(world, by),
    socket: by === cast.scout1 ? scoutSocket : northSocket,
  });
export const expire = command("session.expire", { session: id });
