import { limits } from "@parley/protocol";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { judged } from "../testing/judged.js";
import { callerStands, type Scene } from "../testing/scene.js";
import { isInstance, sessionIsSeen, socketIsCurrent } from "../testing/session-checks.js";
import { holdAs } from "../testing/session-scenes.js";
import { get, patch } from "../testing/world.js";
import { closedLife, endingOf } from "./session-end.js";

const { now } = cast;
const full = (rule: keyof typeof limits) =>
  ({ code: "limit.reached", rule, limit: limits[rule], used: limits[rule] }) as const;
const suspendedNow = (scene: Scene, id: string) => patch(scene.world, "instances", { id }, { takenAt: now });
const busy = { code: "broker.busy", retryAfterMs: 1 } as const;

judged("session.join", {
  checks: {
    callerStands,
    isInstance,
    socketIsCurrent,
    sessionIsSeen,
    stateAllows: {
      refusal: { code: "session.state", state: "proposed" },
      spoil: ({ world }) => patch(world, "sessions", { id: city.accepted }, { life: city.lives.proposed }),
    },
    somethingIsLeft: {
      refusal: { code: "session.state", state: "closed" },
      spoil: ({ world }) => {
        const life = closedLife(city.lives.accepted, endingOf("operator_closed", cast.ada), now - 5);
        patch(world, "sessions", { id: city.accepted }, { life });
      },
    },
    cursorIsOfThisEra: {
      refusal: { code: "cursor.era" },
      spoil: (scene) => {
        scene.command = { ...scene.command, cursor: { after: 0, era: 2 } };
      },
    },
    sideIsFree: {
      refusal: { code: "session.not-held" },
      spoil: ({ world }) =>
        patch(
          world,
          "sides",
          { session: city.accepted, side: "provider" },
          { instance: city.north2, joinedAt: now - 5 },
        ),
    },
    mayHoldIt: {
      refusal: full("joinedSessionsPerConnection"),
      spoil: ({ world }) =>
        holdAs(world, cast.north, cast.north1, limits.joinedSessionsPerConnection - 1, 9_000),
    },
    joinerIsNotTaken: {
      refusal: busy,
      spoil: (scene) => {
        suspendedNow(scene as never, cast.north1);
        const key = { session: city.accepted, side: "provider" };
        const { instance } = get(scene.world, "sides", key) ?? {};
        // Bound to nobody yet: what binds now is bound in the millisecond of the taking.
        if (instance === cast.north1) patch(scene.world, "sides", key, { instance: null, boundAt: null });
      },
    },
  },
});
