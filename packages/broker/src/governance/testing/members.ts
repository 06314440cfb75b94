/** Fills a workgroup with members, up to a number that a limit is about. */
import { acme, idOf } from "./cast.js";
import { channel, membershipRow } from "./city.js";
import { answerFrom, put, type World } from "./world.js";

/** Acme's, in the channel, those of the town included. */
export function fillMembers(world: World, upTo: number): void {
  const { here } = answerFrom(world, {
    here: { find: "memberCount", by: { workgroup: channel, organisation: acme } },
  });
  for (let n = here; n < upTo; n++)
    put(world, "memberships", membershipRow(channel, idOf("agent", 50_000 + n), acme, { offer: true }));
}
