/** The checks that every command on a workgroup begins with, spoilt, and workgroups by the number. */
import type { CommandKind } from "../command.js";
import { acme, borealis, idOf } from "./cast.js";
import { channel, delta, participationRow, workgroupRow } from "./city.js";
import type { Scene } from "./scene.js";
import { patch, put } from "./world.js";

/** Commands that name a workgroup, of acme or of its owner. */
type OnWorkgroup = Extract<
  CommandKind,
  `workgroup.${string}` | `member.${string}` | `selector.${string}` | `invitation.${string}`
>;
export type OfScene = Scene<OnWorkgroup>;

function nameAnother(scene: OfScene, workgroup: string): void {
  scene.command = { ...scene.command, workgroup } as OfScene["command"];
}

/** Two that are seen have this name. */
export function twins({ world }: Pick<Scene, "world">, organisation: typeof acme): void {
  const twin = idOf("workgroup", 77);
  put(world, "workgroups", workgroupRow(twin, delta, "channel"));
  put(world, "participations", participationRow(twin, organisation));
}

export const workgroupIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: OfScene) => nameAnother(scene, idOf("workgroup", 404)),
} as const;
export const addressIsClear = {
  refusal: { code: "workgroup.ambiguous" },
  spoil(scene: OfScene) {
    for (const organisation of [acme, borealis]) twins(scene, organisation);
    nameAnother(scene, "channel");
  },
} as const;
export const workgroupIsActive = {
  refusal: { code: "workgroup.dissolved" },
  spoil: ({ world }: OfScene) => patch(world, "workgroups", { id: channel }, { state: "dissolved" }),
} as const;

export const unseen = { "addressIsClear after workgroupIsSeen": "what is not seen is not ambiguous" };
export const dissolvedIsOne = {
  "workgroupIsActive after workgroupIsSeen": "what is not seen is not dissolved",
  "workgroupIsActive after addressIsClear": "what is dissolved has no name",
};

export function fillWorkgroups({ world }: Pick<Scene, "world">, organisation: typeof acme, upTo: number) {
  const isThere = [...world.rows.participations.values()].filter((row) => row.organisation === organisation);
  for (let n = isThere.length; n < upTo; n++) {
    const id = idOf("workgroup", 10_000 + n);
    put(world, "workgroups", workgroupRow(id, delta, `filler-${n}`));
    put(world, "participations", participationRow(id, organisation));
  }
}
