import { completeTerms, limits } from "@parley/protocol";
import { acceptanceOf, northSocket } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { judged } from "../testing/judged.js";
import {
  busy,
  full,
  keyIsCurrent,
  lacksTag,
  proposeScenes,
  setTerms,
  unmet,
} from "../testing/propose-scenes.js";
import { amend, callerStands, type Scene, speakAs } from "../testing/scene.js";
import { lost, sessionIsSeen, socketIsCurrent } from "../testing/session-checks.js";
import { connect, holdAs } from "../testing/session-scenes.js";
import { get, patch, type World } from "../testing/world.js";
import { closedLife, endingOf } from "./session-end.js";

const { now } = cast;
/** Published anew with this instead. */
const advertise = (world: World, more: Partial<typeof city.weatherContent>) => {
  const content = { ...city.weatherContent, ...get(world, "advertisements", { id: city.weather })?.content };
  patch(world, "advertisements", { id: city.weather }, { content: { ...content, ...more } });
};
const suspendedNow = (scene: Scene, id: string) => patch(scene.world, "instances", { id }, { takenAt: now });
judged("session.propose", proposeScenes);

judged("session.accept", {
  good: (scene) => amend(scene, { socket: northSocket }),
  checks: {
    callerStands,
    socketIsCurrent,
    sessionIsSeen,
    mayAccept: {
      refusal: { code: "role.missing", rule: "provider-admin" },
      spoil: ({ world }) => setTerms(world, { acceptance: "operator" }),
    },
    stateAllows: {
      refusal: { code: "session.state", state: "closed" },
      spoil: ({ world }) => {
        const life = closedLife(city.lives.proposed, endingOf("withdrawn", cast.scout1), now);
        patch(world, "sessions", { id: city.proposed }, { life });
      },
    },
    keyIsCurrent,
    acceptanceFits: {
      refusal: {
        code: "statement.invalid",
        rule: "proposal",
        digest: `digest-of-proposal-of-${city.proposed}`,
      },
      spoil: (scene) => {
        const { thumbprint } = scene.command.statement;
        const statement = acceptanceOf(cast.north1, city.proposed, { proposal: "of-another" });
        amend(scene, { statement: { ...statement, thumbprint } });
      },
    },
    stillAdvertised: {
      refusal: { code: "advertisement.retracted" },
      spoil: ({ world }) => advertise(world, { workgroups: [city.den] }),
    },
    termsStillNamed: {
      refusal: { code: "contract.changed", digest: "of-other-terms" },
      spoil: ({ world }) =>
        advertise(world, { contract: { id: city.weatherContract, termsDigest: "of-other-terms" } }),
    },
    consumerStillAdmitted: {
      refusal: unmet,
      spoil: ({ world }) => setTerms(world, { ...lacksTag, acceptance: acceptanceIn(world) }),
    },
    mayJoinHere: {
      refusal: full("joinedSessionsPerConnection"),
      spoil: ({ world }) => {
        setTerms(world, { maxConcurrentSessions: 1_000 });
        holdAs(world, cast.north, cast.north1, limits.joinedSessionsPerConnection - 1, 9_000);
      },
    },
    bindsNothingTaken: { refusal: busy, spoil: (scene) => suspendedNow(scene as never, cast.north1) },
  },
});

function acceptanceIn(world: World) {
  return get(world, "sessions", { id: city.proposed })?.terms.acceptance ?? completeTerms({}).acceptance;
}

judged("session.reject", {
  checks: {
    callerStands,
    socketIsCurrent,
    sessionIsSeen,
    mayReject: {
      refusal: { code: "role.missing", rule: "provider" },
      spoil: (scene) => speakAs(scene as never, cast.ada),
    },
    stateAllows: {
      refusal: { code: "session.state", state: "active" },
      spoil: ({ world }) => patch(world, "sessions", { id: city.proposed }, { life: city.lives.active }),
    },
  },
});

judged("session.withdraw", {
  checks: {
    callerStands,
    socketIsCurrent,
    sessionIsSeen,
    mayWithdraw: {
      refusal: { code: "role.missing", rule: "consumer" },
      spoil: (scene) => speakAs(scene as never, cast.bea),
    },
    stateAllows: {
      refusal: { code: "session.state", state: "active" },
      spoil: ({ world }) => patch(world, "sessions", { id: city.proposed }, { life: city.lives.active }),
    },
  },
});

judged("session.close", {
  good: ({ world }) => connect(world, cast.scout2),
  checks: {
    callerStands,
    sessionIsSeen,
    mayClose: {
      refusal: { code: "role.missing", rule: "admin" },
      spoil: (scene) => speakAs(scene as never, cast.auditor),
    },
    stateAllows: {
      refusal: { code: "session.state", state: "proposed" },
      spoil: ({ world }) => patch(world, "sessions", { id: city.active }, { life: city.lives.proposed }),
    },
    sideIsHeld: {
      refusal: { code: "session.not-held" },
      spoil: (scene) => amend(scene, { socket: lost }),
    },
  },
});
