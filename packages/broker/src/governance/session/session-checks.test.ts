import { ceilings, completeTerms, limits } from "@parley/protocol";
import { acceptanceOf, northSocket, scoutSocket } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, type Scene, speakAs } from "../testing/scene.js";
import { isInstance, lost, sessionIsSeen, socketIsCurrent } from "../testing/session-checks.js";
import { connect, holdAs, proposeAs } from "../testing/session-scenes.js";
import { get, patch, put, type World } from "../testing/world.js";
import { closedLife, endingOf } from "./session-end.js";

const { now } = cast;
const keyIsCurrent = {
  refusal: { code: "key.replaced" },
  spoil: (scene: Scene<"session.propose"> | Scene<"session.accept">) => {
    const { statement } = scene.command;
    Object.assign(scene.command, { statement: { ...statement, thumbprint: "an older one" } });
  },
} as const;

/** Published anew with this instead. */
const advertise = (world: World, more: Partial<typeof city.weatherContent>) => {
  const content = { ...city.weatherContent, ...get(world, "advertisements", { id: city.weather })?.content };
  patch(world, "advertisements", { id: city.weather }, { content: { ...content, ...more } });
};
const setTerms = (world: World, more: object) => {
  const [version] = world.rows.contractVersions.values();
  const terms = { ...city.weatherTerms, ...more };
  if (version) put(world, "contractVersions", { ...version, terms });
  for (const { id, terms: old } of [...world.rows.sessions.values()])
    patch(world, "sessions", { id }, { terms: { ...old, ...more } });
};
const lacksTag = { requiredTags: { region: "eu" } };
const unmet = { code: "contract.unmet", rule: "requiredTags", detail: "region" } as const;
const full = (rule: keyof typeof limits) =>
  ({ code: "limit.reached", rule, limit: limits[rule], used: limits[rule] }) as const;
const suspendedNow = (scene: Scene, id: string) => patch(scene.world, "instances", { id }, { takenAt: now });
const busy = { code: "broker.busy", retryAfterMs: 1 } as const;

/** Nothing of what is counted is there any more. */
const empty = ({ world }: Scene) => {
  world.rows.sessions.clear();
  world.rows.sides.clear();
};

judged("session.propose", {
  good: (scene) => {
    empty(scene as never);
    setTerms(scene.world, { acceptance: "open", maxConcurrentSessions: 1_000 });
    amend(scene, { socket: scoutSocket });
  },
  checks: {
    callerStands,
    isInstance,
    socketIsCurrent,
    proposalIsNew: {
      refusal: { code: "proposal.reused" },
      spoil: ({ world }) => proposeAs(world, cast.scout, { proposal: cast.idOf("proposal", 500) }),
    },
    keyIsCurrent,
    offerIsSeen: {
      refusal: { code: "not-found" },
      spoil: ({ world }) => world.rows.offers.clear(),
    },
    isNotOwn: {
      refusal: { code: "session.own" },
      spoil: ({ world }) => {
        const [offer] = world.rows.offers.values();
        const { id } = get(world, "advertisements", { id: city.weather }) ?? {};
        const both = city.membershipRow(city.channel, cast.scout, cast.acme, { offer: true, engage: true });
        put(world, "memberships", both);
        patch(world, "advertisements", { id }, { agent: cast.scout });
        if (offer) put(world, "offers", { ...offer, agent: cast.scout });
      },
    },
    capabilityIsOffered: {
      refusal: { code: "not-found", rule: "capability" },
      spoil: ({ world }) => {
        const content = { ...city.weatherContent, capabilities: [] };
        const { contract } = get(world, "advertisements", { id: city.weather })?.content ?? content;
        patch(world, "advertisements", { id: city.weather }, { content: { ...content, contract } });
      },
    },
    termsAreNamed: {
      refusal: { code: "contract.changed", digest: city.weatherDigest },
      spoil: (scene) => {
        const { statement } = scene.command;
        const claims = { ...statement.claims, termsDigest: "of-other-terms" };
        amend(scene, { statement: { ...statement, claims } });
      },
    },
    offerFitsCeilings: {
      refusal: {
        code: "contract.above-ceiling",
        rule: "absenceSeconds",
        limit: ceilings.absenceSeconds,
        used: ceilings.absenceSeconds + 1,
      },
      spoil: ({ world }) => raise(world, { absenceSeconds: ceilings.absenceSeconds + 1 }),
    },
    consumerIsAdmitted: { refusal: unmet, spoil: ({ world }) => raise(world, lacksTag) },
    proposalsLeft: {
      refusal: full("openProposalsPerAgent"),
      spoil: ({ world }) => {
        raise(world, { acceptance: "provider" });
        for (let n = 0; n < limits.openProposalsPerAgent; n++) proposeAs(world, cast.scout, { n });
      },
    },
    sessionsLeft: {
      refusal: full("openSessionsPerAgent"),
      spoil: ({ world }) => {
        const left = limits.openSessionsPerAgent - world.rows.sessions.size;
        holdAs(world, cast.scout, cast.scout2, left, 2_000);
      },
    },
    mayJoinAtOnce: {
      refusal: full("joinedSessionsPerConnection"),
      spoil: ({ world }) => holdAs(world, cast.scout, cast.scout1, limits.joinedSessionsPerConnection, 9_000),
    },
    reliesOnNothingTaken: {
      refusal: busy,
      spoil: ({ world }) => patch(world, "agents", { id: cast.north }, { takenAt: now }),
    },
  },
  apart: {
    "isNotOwn after offerIsSeen": "what is not shown has no owner",
  },
});

/** Changes some terms of what is offered, and keeps the others as they were spoilt. */
function raise(world: World, more: object): void {
  const [version] = world.rows.contractVersions.values();
  if (version) put(world, "contractVersions", { ...version, terms: { ...version.terms, ...more } });
}

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
