/** Publishing as a test wants it, rightly signed, and what is spoilt in scenes about advertisements. */
import { type AdvertisementContent, completeAdvertisement } from "@parley/protocol";
import { asked } from "./asked.js";
import { signedAdvertisement, tidesContent, tidesDigest } from "./asked-contracts.js";
import { northSocket } from "./asked-sessions.js";
import { idOf, now, scout } from "./cast.js";
import { weather } from "./city.js";
import { settle } from "./decide.js";
import { amend, type Scene } from "./scene.js";
import { get, put, type World } from "./world.js";

export type Publishing = Scene<"advertisement.publish">;

/** The command to publish this, rightly signed. */
export const publishing = (content: AdvertisementContent, digest: string, more: object = {}) => ({
  kind: "advertisement.publish" as const,
  ...asked["advertisement.publish"],
  name: content.name,
  content,
  digest,
  statement: signedAdvertisement(content, digest),
  ...more,
});
export const tides = (more: Partial<AdvertisementContent>): AdvertisementContent =>
  completeAdvertisement({ ...tidesContent, ...more });
export const publish = (world: World, content: AdvertisementContent, digest: string, more: object = {}) =>
  settle(world, publishing(content, digest, more), now);
export const say = (scene: Publishing, content: AdvertisementContent): void => {
  scene.command = publishing(content, tidesDigest);
};

export function fillAdvertisements({ world }: Scene, upTo: number): void {
  const row = get(world, "advertisements", { id: weather });
  for (let n = world.rows.advertisements.size; row && n < upTo; n++) {
    put(world, "advertisements", { ...row, id: idOf("advertisement", 1_000 + n), name: `filler-${n}` });
  }
}

/** Asked over a connection that is nobody's any more. */
export const socketIsCurrent = {
  refusal: { code: "connection.replaced" },
  spoil: (scene: Publishing | Scene<"advertisement.retract">) =>
    amend(scene as Scene<"advertisement.retract">, { socket: { ...northSocket, epoch: 2 } }),
} as const;

export const agentIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Publishing | Scene<"advertisement.retract">) =>
    amend(scene as Scene<"advertisement.retract">, { agent: scout }),
} as const;
