/** Whom the tests about contracts and advertisements need of borealis beside its admin and its provider agent. */
import * as cast from "./cast.js";
import { channel, membershipRow } from "./city.js";
import { put, type World } from "./world.js";

const { idOf, borealis } = cast;
export const bert = idOf("operator", 22);
/** May mint for `north`, so it sees it. */
export const edda = idOf("operator", 23);
/** Another agent of borealis, which may engage in `channel`, and its instance. */
export const south = idOf("agent", 22);
export const south1 = idOf("instance", 23);

export function staff(world: World): void {
  const operators = [
    cast.operatorRow(bert, borealis, "auditor"),
    cast.operatorRow(edda, borealis, "enroller", { agents: [cast.north] }),
  ];
  for (const row of operators) put(world, "operators", row);
  put(world, "agents", cast.agentRow(south, borealis, "south"));
  put(world, "instances", cast.instanceRow(south1, south, borealis));
  put(world, "memberships", membershipRow(channel, south, borealis, { engage: true }));
}
