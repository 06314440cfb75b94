/** Facts of contracts, offers and sessions that tests make up. */
import { completeAdvertisement, completeTerms } from "@parley/protocol";
import type {
  Advertisement,
  ContractVersion,
  Life,
  OfferMade,
  Side,
} from "../../governance/engagement-entities.js";
import type { EngagementFacts, ProposedSession } from "../../governance/engagement-facts.js";
import type { FactData } from "../../governance/fact.js";
import { type Cast, idOf, thumbprintOf } from "./cast.js";

const versionOf = (
  n: number,
  number: number,
  { contract, organisation, operator }: Cast,
): ContractVersion => ({
  contract,
  number,
  organisation,
  terms: completeTerms({ maxEnvelopes: n }),
  termsDigest: thumbprintOf(n),
  statement: `statement ${n}`,
  by: operator,
  createdAt: n,
});

const advertisementOf = (n: number, cast: Cast): Advertisement => ({
  id: cast.advertisement,
  agent: cast.agent,
  organisation: cast.organisation,
  name: cast.advertisement.slice(4),
  content: completeAdvertisement({
    agent: cast.agent,
    name: cast.advertisement.slice(4),
    capabilities: [{ name: "markets.equity" }, { name: `markets.m${n}` }],
    workgroups: [cast.workgroup],
    contract: { id: cast.contract, termsDigest: thumbprintOf(n) },
  }),
  digest: thumbprintOf(n),
  statement: `statement ${n}`,
  by: cast.operator,
  state: "active",
  publishedAt: n,
  takenAt: 0,
  version: n,
});

const offerOf = (
  n: number,
  { workgroup, advertisement, agent, organisation, contract }: Cast,
): OfferMade => ({
  workgroup,
  advertisement,
  agent,
  organisation,
  contract,
  name: advertisement.slice(4),
  words: ` markets.equity markets.m${n}`,
  patterns: ["request-response"],
  requires: [],
  publishedAt: n,
  version: n,
});

/** What an earlier fact may have offered. */
const goneOf = (n: number, { workgroup }: Cast) => ({
  workgroups: n % 3 === 0 ? [workgroup] : [],
  capabilities: [{ workgroup, capability: `markets.m${Math.max(0, n - 2)}` }],
});

const accepted = { acceptedAt: 10, acceptedBy: "broker" } as const;
const closed: Extract<Life, { state: "closed" }> = {
  state: "closed",
  closedAt: 20,
  ending: {
    reason: "operator_closed",
    by: "broker",
    detail: "enough",
    side: null,
    rule: null,
    limit: null,
    used: null,
  },
  ...accepted,
  activeAt: 15,
};

const sessionOf = (n: number, cast: Cast): ProposedSession => ({
  id: cast.session,
  proposal: idOf("proposal", n % 3),
  proposalDigest: thumbprintOf(n),
  proposedBy: cast.instance,
  proposedAt: n,
  workgroup: cast.workgroup,
  advertisement: cast.advertisement,
  capability: "markets.equity",
  contract: cast.contract,
  terms: completeTerms({}),
  termsDigest: thumbprintOf(n),
  purpose: n % 2 === 0 ? null : `purpose ${n}`,
  consumer: cast.agent,
  provider: idOf("agent", (n + 1) % 5),
  wouldRefuse: [],
  era: 1,
  life: { state: "proposed", expiresAt: n + 1_000 },
});

function sideOf(n: number, cast: Cast, side: Side["side"]): Side {
  const { id, consumer, provider, workgroup, advertisement, contract } = sessionOf(n, cast);
  const isConsumer = side === "consumer";
  const organisation = isConsumer ? cast.organisation : cast.partner;
  return {
    session: id,
    side,
    agent: isConsumer ? consumer : provider,
    agentName: `agent ${side}`,
    organisation,
    organisationName: `organisation ${side}`,
    counterpart: isConsumer ? provider : consumer,
    workgroup,
    advertisement,
    contract,
    state: "proposed",
    openedAt: n,
    instance: isConsumer ? cast.instance : null,
    boundAt: isConsumer ? n : null,
    joinedAt: null,
    joinsOnAcceptance: n % 2 === 0 && isConsumer,
    stated: isConsumer ? { env: `e${n}` } : {},
  };
}

export const madeOfEngagements: {
  readonly [K in keyof EngagementFacts]: (n: number, cast: Cast) => FactData[K];
} = {
  "contract.created": (n, cast) => ({
    contract: {
      id: cast.contract,
      organisation: cast.organisation,
      name: cast.contract.slice(4),
      state: "active",
      latest: 1,
      createdAt: n,
    },
    version: versionOf(n, 1, cast),
  }),
  "contract.versioned": (n, cast) => ({ version: versionOf(n, 2 + n, cast) }),
  "contract.deleted": (_n, { contract }) => ({ contract }),
  "advertisement.published": (n, cast) => ({
    advertisement: advertisementOf(n, cast),
    offers: [offerOf(n, cast)],
    gone: goneOf(n, cast),
  }),
  "advertisement.retracted": (n, cast) => ({
    advertisement: cast.advertisement,
    version: n,
    gone: goneOf(n, cast),
  }),
  "session.proposed": (n, cast) => ({
    session: sessionOf(n, cast),
    consumer: sideOf(n, cast, "consumer"),
    provider: sideOf(n, cast, "provider"),
    statements: { proposal: `statement ${n}`, advertisement: "statement", contract: null },
  }),
  "session.accepted": (n, { session, instance }) => ({
    session,
    life: { state: "accepted", joinBy: n + 100, ...accepted },
    statement: n % 2 === 0 ? null : `statement ${n}`,
    instance: n % 2 === 0 ? null : instance,
    wouldRefuse: n % 2 === 0 ? [] : [{ rule: "requiredTags", at: "acceptance", detail: "env" }],
    stated: n % 2 === 0 ? {} : { env: `a${n}` },
  }),
  "session.joined": (n, { session, instance }) => ({
    session,
    side: n % 2 === 0 ? "consumer" : "provider",
    instance,
    boundAt: n,
    joinedAt: n + 1,
  }),
  "session.sent": (n, { session, instance }) => ({
    ...{
      session,
      side: n % 2 === 0 ? "consumer" : "provider",
      instance,
      n: 3 * n + 1,
      seq: 6 * n + 1,
      sent: 100 * n,
    },
    entries: [1, 2, 3].map((at) => ({
      id: idOf("envelope", 10 * n + at),
      header: `{"n":"${at}"}`,
      payload: `digest ${at}`,
      payloadBytes: at,
      ...(at === 2 && { stray: true as const }),
    })),
  }),
  "session.violated": (n, { session, instance }) => ({
    ...{ session, side: n % 2 === 0 ? "consumer" : "provider", instance, envelope: idOf("envelope", n) },
    ...{ rule: "maxEnvelopes", limit: n, used: n, violations: n + 1 },
  }),
  "session.handed-over": (n, { session, instance }) => ({
    ...{ session, side: n % 2 === 0 ? "consumer" : "provider", from: instance, to: idOf("instance", n % 4) },
    ...{ boundAt: n, joinedAt: n + 1 },
  }),
  "session.activated": (n, { session }) => ({
    session,
    life: { state: "active", activeAt: n, deadline: n + 100, ...accepted },
  }),
  "session.closed": (n, { session }) => ({
    session,
    life: closed,
    sides: {
      consumer: { accepted: n + 2, handed: n + 1, acknowledged: n },
      provider: { accepted: 0, handed: 0, acknowledged: 0 },
    },
  }),
  "session.undelivered": (n, { session }) => ({ session, side: "consumer", from: n, to: n + 2 }),
  "sweep.began": (n, { organisation, workgroup }) => ({
    sweep: {
      by: "workgroup",
      of: workgroup,
      within: null,
      id: idOf("command", n % 4),
      part: n % 2,
      organisation,
      reason: "workgroup_dissolved",
      begunAt: n,
    },
  }),
  "sweep.ended": (n) => ({ sweep: idOf("command", n % 4), part: n % 2 }),
};
