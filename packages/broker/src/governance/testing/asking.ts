/** Who asks, in tests: what every command of a principal, and of the broker itself, carries. */
import type { CommandId } from "@parley/protocol";
import type { Caller } from "../command.js";
import type { Principal } from "../question.js";
import { generationOf } from "../standing.js";
import * as cast from "./cast.js";
import { city } from "./city.js";
import { answerFrom, type World } from "./world.js";

export const cause: CommandId = cast.idOf("command", 1);

/** The caller as an access token of this moment would name it. */
export function callerOf(world: World, principal: Caller["principal"]): Caller {
  const { found } = answerFrom(world, { found: { find: "principal", by: { id: principal } } });
  if (found === undefined) throw new RangeError(`${principal} is nobody here`);
  return { principal, generation: generationOf(found as Principal) };
}

export const by = (principal: Caller["principal"]) => ({
  id: cause,
  caller: callerOf(city(), principal),
  target: "/v1/as/typed",
});
export const own = { id: cause };
