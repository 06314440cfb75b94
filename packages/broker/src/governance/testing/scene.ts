/** A scene: a world, a command and a time, of which a test spoils what it is about. */
import type { Refusal } from "@parley/protocol";
import type { Caller, Command, CommandKind } from "../command.js";
import type { EnrolmentToken } from "../entities.js";
import { callerOf, command } from "./asked.js";
import * as cast from "./cast.js";
import { city } from "./city.js";
import { patch, put, type World } from "./world.js";

export interface Scene<K extends CommandKind = CommandKind> {
  readonly world: World;
  command: Command<K>;
  now: number;
}

export interface Spoilt<K extends CommandKind> {
  readonly refusal: Refusal;
  spoil(scene: Scene<K>): void;
}

export function sceneOf<K extends CommandKind>(kind: K): Scene<K> {
  return { world: city(), command: command(kind), now: cast.now };
}

/** Changes the command. */
export function amend<K extends CommandKind>(scene: Scene<K>, more: Partial<Command<K>>): void {
  scene.command = { ...scene.command, ...more };
}

type Speaking = Scene & { readonly command: { readonly caller: Caller } };

/** Somebody else asks, with a token of this moment. */
export function speakAs(scene: Scene, principal: Caller["principal"]): void {
  const caller = callerOf(scene.world, principal);
  scene.command = { ...scene.command, caller } as Scene["command"];
}

const callerIn = (scene: Scene): Caller["principal"] => (scene as Speaking).command.caller.principal;

const tableOf = (principal: string) => (principal.startsWith("opr_") ? "operators" : "instances");

/** The checks of who asks, spoilt in the way that most tables need. */
export const callerStands = {
  refusal: { code: "identity.suspended" },
  spoil(scene: Scene) {
    const id = callerIn(scene);
    patch(scene.world, tableOf(id), { id }, { standing: "suspended" });
  },
} as const;

export const isAdmin = {
  refusal: { code: "role.missing", rule: "admin" },
  spoil: (scene: Scene) => speakAs(scene, cast.auditor),
} as const;

/** The key was used before, for another request, whoever asks. */
export const keyFits = {
  refusal: { code: "idempotency.reused" },
  spoil(scene: Scene) {
    const key = "once";
    scene.command = { ...scene.command, idempotency: { key, digest: "of-this" } } as Scene["command"];
    const prior = {
      organisation: cast.acme,
      key,
      digest: "of-another",
      kind: "agent.created",
      subject: cast.scout,
    };
    const principals = [...scene.world.rows.operators.values(), ...scene.world.rows.instances.values()];
    for (const { id } of principals) {
      put(scene.world, "priors", { ...prior, principal: id, at: scene.now - cast.hour });
    }
  },
} as const;

/** Puts open tokens there until so many are open for all of an organisation, or for one target. */
export function openTokens(
  world: World,
  organisation: EnrolmentToken["organisation"],
  target: EnrolmentToken["for"],
  count: number,
): void {
  for (let n = 0; n < count; n++) {
    const id = cast.idOf("enrolmentToken", 100_000 + n);
    put(world, "enrolmentTokens", cast.tokenRow(id, organisation, target, null));
  }
}

export function dropTokens(world: World): void {
  world.rows.enrolmentTokens.clear();
}
