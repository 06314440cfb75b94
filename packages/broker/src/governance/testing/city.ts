/**
 * The town, and what its companies have agreed on: borealis owns `channel`, acme and delta are in; `north` offers
 * `weather` there under a contract that an instance accepts, `scout` may engage it, and has one session proposed, one
 * accepted and one active. `den` is acme's own, and borealis is invited. Delta's `drift` is a member of nothing.
 */
import {
  completeAdvertisement,
  completeTerms,
  type SessionId,
  type SideName,
  type Terms,
} from "@parley/protocol";
import type { Life, Session, Side } from "../engagement-entities.js";
import { nothingSent } from "../session/envelope-entities.js";
import type { Invitation, Membership, Participation, Workgroup } from "../workgroup/workgroup-entities.js";
import * as cast from "./cast.js";
import { put, type World } from "./world.js";

const { idOf, now, day, hour, minute } = cast;
export const delta = idOf("organisation", 3);
export const dora = idOf("operator", 31);
export const drift = idOf("agent", 31);
export const drift1 = idOf("instance", 31);
/** A sibling of `north1`. */
export const north2 = idOf("instance", 22);
export const northConnection = idOf("connection", 21);

export const channel = idOf("workgroup", 1);
export const den = idOf("workgroup", 2);
/** Nobody has been asked yet: borealis invites an id that nobody has. */
export const channelInvitation = idOf("invitation", 1);
/** Acme invites borealis, has consented, and borealis was told. */
export const denInvitation = idOf("invitation", 2);
/** Acme's, of agents with tags that none has. */
export const channelSelector = idOf("selector", 1);
/** Nobody has this id. */
export const nobody = idOf("organisation", 404);

export const weatherContract = idOf("contract", 1);
export const weatherDigest = "digest-of-weather-terms";
export const weatherTerms: Terms = completeTerms({ maxConcurrentSessions: 4 });
/** No advertisement names it. */
export const spareContract = idOf("contract", 2);
export const weather = idOf("advertisement", 1);

export const proposed = idOf("session", 1);
export const accepted = idOf("session", 2);
export const active = idOf("session", 3);

const since = now - 10 * day;

export const workgroupRow = (id: Workgroup["id"], owner: Workgroup["owner"], name: string): Workgroup => ({
  id,
  owner,
  name,
  purpose: `What ${name} is for`,
  rules: "",
  admission: "unanimous",
  state: "active",
  createdAt: since,
  takenAt: 0,
});

export const participationRow = (
  workgroup: Workgroup["id"],
  organisation: Participation["organisation"],
): Participation => ({ workgroup, organisation, state: "in", since, takenAt: 0 });

export const membershipRow = (
  workgroup: Workgroup["id"],
  agent: Membership["agent"],
  organisation: Membership["organisation"],
  more: Partial<Membership> = {},
): Membership => ({
  workgroup,
  agent,
  organisation,
  participation: since,
  offer: false,
  engage: false,
  since,
  offerTakenAt: 0,
  engageTakenAt: 0,
  ...more,
});

export const invitationRow = (
  id: Invitation["id"],
  workgroup: Invitation["workgroup"],
  inviter: Invitation["inviter"],
  invitee: Invitation["invitee"],
  more: Partial<Invitation> = {},
): Invitation => ({
  id,
  workgroup,
  inviter,
  invitee,
  as: "member",
  introduction: "Good people",
  state: "open",
  createdAt: now - day,
  expiresAt: now + 6 * day,
  shownAt: null,
  endedAt: null,
  ...more,
});

export const weatherContent = completeAdvertisement({
  agent: cast.north,
  name: "weather",
  description: "What the sky does",
  capabilities: [{ name: "weather.current", description: "now" }, { name: "weather.forecast" }],
  workgroups: [channel],
  contract: { id: weatherContract, termsDigest: weatherDigest },
});

export const sessionRow = (id: SessionId, life: Life, more: Partial<Session> = {}): Session => ({
  id,
  proposal: idOf("proposal", Number.parseInt(id.slice(-1), 10)),
  proposalDigest: `digest-of-proposal-of-${id}`,
  proposalStatement: `proposal-of-${id}`,
  acceptanceStatement: null,
  proposedBy: cast.scout1,
  proposedAt: now - minute,
  workgroup: channel,
  advertisement: weather,
  capability: "weather.current",
  contract: weatherContract,
  terms: weatherTerms,
  termsDigest: weatherDigest,
  purpose: "a walk",
  consumer: cast.scout,
  provider: cast.north,
  wouldRefuse: [],
  era: 1,
  life,
  ...more,
});

export function sideRow(session: Session, side: SideName, more: Partial<Side> = {}): Side {
  const mine = side === "consumer";
  return {
    session: session.id,
    side,
    agent: mine ? session.consumer : session.provider,
    agentName: mine ? "scout" : "north",
    organisation: mine ? cast.acme : cast.borealis,
    organisationName: mine ? "acme" : "borealis",
    counterpart: mine ? session.provider : session.consumer,
    workgroup: session.workgroup,
    advertisement: session.advertisement,
    contract: session.contract,
    state: session.life.state,
    openedAt: session.proposedAt,
    instance: mine ? cast.scout1 : null,
    boundAt: mine ? session.proposedAt : null,
    joinedAt: null,
    joinsOnAcceptance: false,
    stated: {},
    ...more,
  };
}

const yes = { acceptedAt: now - 30_000, acceptedBy: cast.north1 } as const;
export const lives = {
  proposed: { state: "proposed", expiresAt: now + 10_000 },
  accepted: { state: "accepted", joinBy: now + 30_000, ...yes },
  active: {
    state: "active",
    activeAt: now - 20_000,
    deadline: now - 20_000 + hour,
    ...yes,
  },
} as const satisfies Partial<Record<Life["state"], Life>>;

/** A session with both its sides, as they are in that state. */
export function putSession(
  world: World,
  session: Session,
  sides: Partial<Record<SideName, Partial<Side>>> = {},
) {
  const joined = session.life.state === "active" ? { joinedAt: now - 20_000 } : {};
  const bound =
    session.life.state === "proposed" ? {} : { instance: cast.north1, boundAt: now - 30_000, ...joined };
  put(world, "sessions", session);
  const more = { consumer: { ...joined, ...sides.consumer }, provider: { ...bound, ...sides.provider } };
  for (const side of ["consumer", "provider"] as const) {
    put(world, "sides", sideRow(session, side, more[side]));
    put(world, "tallies", nothingSent(session.id, side));
  }
}

export function city(): World {
  const world = cast.town();
  put(world, "organisations", cast.organisationRow(delta, "delta"));
  put(world, "operators", cast.operatorRow(dora, delta, "admin"));
  put(world, "agents", cast.agentRow(drift, delta, "drift"));
  put(world, "instances", cast.instanceRow(drift1, drift, delta));
  put(world, "instances", cast.instanceRow(north2, cast.north, cast.borealis));
  for (const id of [dora, drift1, north2]) put(world, "principalKeys", cast.keyRow(id));
  put(world, "connections", {
    instance: cast.north1,
    agent: cast.north,
    organisation: cast.borealis,
    connection: northConnection,
    epoch: 2,
    state: "open",
    changedAt: now - hour,
    goodbye: false,
  });
  workgroups(world);
  invitations(world);
  offers(world);
  for (const [id, life] of [
    [proposed, lives.proposed],
    [accepted, lives.accepted],
    [active, lives.active],
  ] as const)
    putSession(world, sessionRow(id, life));
  return world;
}

function workgroups(world: World): void {
  put(world, "workgroups", workgroupRow(channel, cast.borealis, "channel"));
  put(world, "workgroups", workgroupRow(den, cast.acme, "den"));
  for (const organisation of [cast.acme, cast.borealis, delta])
    put(world, "participations", participationRow(channel, organisation));
  put(world, "participations", participationRow(den, cast.acme));
  const named = [
    [channel, cast.scout, cast.acme, false, true],
    [channel, cast.north, cast.borealis, true, false],
    [den, cast.scout, cast.acme, true, true],
  ] as const;
  for (const [workgroup, agent, organisation, offer, engage] of named) {
    put(world, "memberships", membershipRow(workgroup, agent, organisation, { offer, engage }));
    put(world, "namedMembers", { workgroup, agent, organisation, participation: since, offer, engage });
  }
}

function invitations(world: World): void {
  const { acme, borealis, ada } = cast;
  put(world, "invitations", invitationRow(channelInvitation, channel, borealis, nobody));
  const shownAt = now - hour;
  put(world, "invitations", invitationRow(denInvitation, den, acme, borealis, { shownAt }));
  put(world, "consents", {
    invitation: denInvitation,
    organisation: acme,
    digest: "digest-of-what-acme-was-shown",
    statement: "signed-by-ada",
    by: ada,
    at: shownAt,
  });
  const given = { workgroup: channel, organisation: acme, participation: since, createdAt: since };
  const rights = { offer: false, engage: true };
  put(world, "selectors", { ...given, id: channelSelector, tags: { team: "maps" }, ...rights });
}

function offers(world: World): void {
  const { borealis, north, bea } = cast;
  const contract = { organisation: borealis, state: "active", latest: 1, createdAt: since } as const;
  put(world, "contracts", { ...contract, id: weatherContract, name: "weather-terms" });
  put(world, "contracts", { ...contract, id: spareContract, name: "spare-terms" });
  const first = { number: 1, organisation: borealis, statement: "signed-terms", by: bea, createdAt: since };
  const weatherSays = { terms: weatherTerms, termsDigest: weatherDigest };
  const spareSays = { terms: completeTerms({}), termsDigest: "digest-of-spare-terms" };
  put(world, "contractVersions", { ...first, contract: weatherContract, ...weatherSays });
  put(world, "contractVersions", { ...first, contract: spareContract, ...spareSays });
  put(world, "advertisements", {
    id: weather,
    agent: north,
    organisation: borealis,
    name: "weather",
    content: weatherContent,
    digest: "digest-of-weather",
    statement: "signed-weather",
    by: bea,
    ...{ state: "active", publishedAt: since, takenAt: 0, version: 1 },
  });
  put(world, "offers", {
    workgroup: channel,
    advertisement: weather,
    agent: north,
    organisation: borealis,
    contract: weatherContract,
    name: "weather",
    words: " weather current forecast what the sky does now",
    patterns: ["request-response"],
    requires: [],
    ...{ publishedAt: since, version: 1, statement: "signed-weather" },
  });
  for (const capability of ["weather.current", "weather.forecast"])
    put(world, "offeredCapabilities", {
      workgroup: channel,
      capability,
      advertisement: weather,
      name: "weather",
    });
}
