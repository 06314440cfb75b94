/** Proposals in the town: one that is accepted at once, and what makes each check refuse it. */
import { ceilings, limits } from "@parley/protocol";
import { scoutSocket } from "./asked-sessions.js";
import * as cast from "./cast.js";
import * as city from "./city.js";
import type { Judged } from "./judged.js";
import { amend, callerStands, type Scene } from "./scene.js";
import { isInstance, socketIsCurrent } from "./session-checks.js";
import { holdAs, proposeAs } from "./session-scenes.js";
import { get, patch, put, type World } from "./world.js";

const { now } = cast;
export const keyIsCurrent = {
  refusal: { code: "key.replaced" },
  spoil: (scene: Scene<"session.propose"> | Scene<"session.accept">) => {
    const { statement } = scene.command;
    Object.assign(scene.command, { statement: { ...statement, thumbprint: "an older one" } });
  },
} as const;

export const setTerms = (world: World, more: object) => {
  const [version] = world.rows.contractVersions.values();
  const terms = { ...city.weatherTerms, ...more };
  if (version) put(world, "contractVersions", { ...version, terms });
  for (const { id, terms: old } of [...world.rows.sessions.values()])
    patch(world, "sessions", { id }, { terms: { ...old, ...more } });
};
export const lacksTag = { requiredTags: { region: "eu" } };
export const unmet = { code: "contract.unmet", rule: "requiredTags", detail: "region" } as const;
export const full = (rule: keyof typeof limits) =>
  ({ code: "limit.reached", rule, limit: limits[rule], used: limits[rule] }) as const;
export const busy = { code: "broker.busy", retryAfterMs: 1 } as const;

/** Nothing of what is counted is there any more. */
const empty = ({ world }: Scene) => {
  world.rows.sessions.clear();
  world.rows.sides.clear();
};

export const proposeScenes: Judged<"session.propose"> = {
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
};

/** Changes some terms of what is offered, and keeps the others as they were spoilt. */
function raise(world: World, more: object): void {
  const [version] = world.rows.contractVersions.values();
  if (version) put(world, "contractVersions", { ...version, terms: { ...version.terms, ...more } });
}
