/** Checks that several rules about sessions share, and what makes each of them refuse. */
import { scoutSocket } from "./asked-sessions.js";
import * as cast from "./cast.js";
import { amend, type Scene, speakAs } from "./scene.js";

/** Of a connection that another has followed. */
export const lost = { ...scoutSocket, epoch: 2 };
export const socketIsCurrent = {
  refusal: { code: "connection.replaced" },
  spoil: (scene: Scene) => amend(scene as Scene<"session.propose">, { socket: lost }),
} as const;

export const isInstance = {
  refusal: { code: "role.missing", rule: "instance" },
  spoil: (scene: Scene<"session.propose" | "session.join">) => speakAs(scene as never, cast.ada),
} as const;

export const sessionIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene) => Object.assign(scene.command, { session: cast.idOf("session", 404) }),
} as const;
