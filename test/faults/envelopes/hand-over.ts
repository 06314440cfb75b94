/** A side goes from one instance to a sibling in the middle of its session, and who had it comes back for it. */
import type { SideName } from "@parley/protocol";
import { pause } from "./manner.js";
import type { Stage, Talk } from "./stage.js";

/** With a word it is free at once, without one when its grace is over. */
async function handOver(stage: Stage, talk: Talk, side: SideName, isGoodbye: boolean): Promise<void> {
  const holder = talk.clients[side];
  const sibling = stage.instances[side].find((one) => one !== holder);
  if (sibling === undefined) throw new RangeError("it has no sibling");
  const seat = talk.seats[side];
  await holder.leaveBehind(seat, isGoodbye);
  await sibling.takeOver(seat);
  talk.clients[side] = sibling;
  const lost = stage.seatFor(talk.session, side);
  holder.haunt(lost);
  await holder.connect();
  while ((await holder.intrude(lost, "close")) === undefined) await pause(20);
}

export async function handOvers(stage: Stage): Promise<void> {
  const talk = stage.talks.find(({ kind }) => kind.changesHands);
  if (talk === undefined) throw new RangeError("nothing changes hands");
  const [first, second] =
    stage.random() < 0.5 ? (["consumer", "provider"] as const) : (["provider", "consumer"] as const);
  await handOver(stage, talk, first, true);
  await handOver(stage, talk, second, false);
}
