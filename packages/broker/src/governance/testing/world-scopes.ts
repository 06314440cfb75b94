/** The open sessions in a scope, by id, from a world in plain maps. */
import type { SessionId } from "@parley/protocol";
import type { Side, SweepScope } from "../engagement-entities.js";
import { all, get, type World } from "./rows.js";

function isIn(world: World, { by, of, within }: SweepScope, side: Side): boolean {
  switch (by) {
    case "organisation":
      return side.organisation === of;
    case "agent":
      return side.agent === of;
    case "instance":
      return side.instance === of;
    case "workgroup":
      return side.workgroup === of;
    case "participation":
      return side.organisation === of && side.workgroup === within;
    case "membership":
      return side.agent === of && side.workgroup === within;
    case "advertisement":
      return side.advertisement === of;
    case "era":
      return String(get(world, "sessions", { id: side.session })?.era) !== of;
  }
}

export function sessionsIn(world: World, scope: SweepScope): readonly SessionId[] {
  const sides = all(world, "sides").filter((side) => side.state !== "closed" && isIn(world, scope, side));
  return [...new Set(sides.map(({ session }) => session))].toSorted();
}
