/**
 * A small market that lookups are tried on: agent 1 of organisation 1 may engage in workgroup 1 what agent 2 of
 * organisation 2, which owns it, offers there. Every row can be another, one at a time.
 */
import { completeAdvertisement } from "@parley/protocol";
import type {
  Advertisement,
  ContractVersion,
  Life,
  Offer,
  Reach,
  Session,
  SessionRecord,
  Side,
} from "../../governance/engagement-entities.js";
import type { Agent, Instance, Organisation } from "../../governance/entities.js";
import { nothingSent } from "../../governance/session/envelope-entities.js";
import type { Membership, Participation, Workgroup } from "../../governance/workgroup/workgroup-entities.js";
import * as engagements from "./engagement-rows.suite.js";
import { type AnyChange, put } from "./opened.suite.js";
import { agent, agt, ins, instance, org, organisation } from "./rows.suite.js";
import { membership, participation, wkg, workgroup } from "./workgroup-rows.suite.js";

export interface Standing {
  readonly organisation?: Partial<Organisation>;
  readonly participation?: Partial<Participation>;
  readonly agent?: Partial<Agent>;
  readonly membership?: Partial<Membership>;
}

export interface Market {
  readonly workgroup?: Partial<Workgroup>;
  readonly consumer?: Standing;
  readonly provider?: Standing;
  readonly version?: Partial<ContractVersion>;
  readonly advertisement?: Partial<Advertisement>;
  readonly offer?: Partial<Offer>;
}

const content = completeAdvertisement({
  agent: agt(2),
  name: "offer-1",
  capabilities: [{ name: "markets.equity" }],
  workgroups: [wkg(1)],
  contract: { id: engagements.ctr(1), termsDigest: engagements.contractVersion(1).termsDigest },
});

export const group = (over: Market = {}): Workgroup => workgroup(1, { owner: org(2), ...over.workgroup });

function standing(n: 1 | 2, over: Market): Reach {
  const more = (n === 1 ? over.consumer : over.provider) ?? {};
  return {
    workgroup: group(over),
    participation: participation(n, more.participation),
    membership: membership(n, { organisation: org(n), offer: n === 2, engage: n === 1, ...more.membership }),
    agent: agent(n, { organisation: org(n), ...more.agent }),
    organisation: organisation(n, more.organisation),
  };
}
export const consumer = (over: Market = {}): Reach => standing(1, over);
export const provider = (over: Market = {}): Reach => standing(2, over);

export const version = (over: Market = {}): ContractVersion =>
  engagements.contractVersion(1, { organisation: org(2), ...over.version });
export const contract = () => engagements.contract(1, { organisation: org(2) });
export const advertisement = (over: Market = {}): Advertisement =>
  engagements.advertisement(1, { organisation: org(2), content, ...over.advertisement });
export const offer = (over: Market = {}): Offer =>
  engagements.offer(1, { organisation: org(2), ...over.offer });

export const reachRows = (reach: Reach): AnyChange[] => [
  ...put("workgroups", reach.workgroup),
  ...put("organisations", reach.organisation),
  ...put("participations", reach.participation),
  ...put("agents", reach.agent),
  ...put("memberships", reach.membership),
];

/** Everything but sessions. */
export const market = (over: Market = {}): AnyChange[] => [
  ...reachRows(consumer(over)),
  ...reachRows(provider(over)),
  ...put("contracts", contract()),
  ...put("contractVersions", version(over)),
  ...put("advertisements", advertisement(over)),
  ...put("offers", offer(over)),
  ...put(
    "offeredCapabilities",
    engagements.offeredCapability(1, { workgroup: offer(over).workgroup, capability: "markets.equity" }),
  ),
];

/** Each of these alone, and the consumer may engage nothing of it. */
export const hindrances: readonly (readonly [what: string, over: Market])[] = [
  ["the workgroup is dissolved", { workgroup: { state: "dissolved" } }],
  ...(["consumer", "provider"] as const).flatMap((who): (readonly [string, Market])[] => [
    [`the ${who}'s organisation has left`, { [who]: { participation: { state: "left" } } }],
    [`the ${who}'s organisation has come in again since`, { [who]: { participation: { since: 2_001 } } }],
    [`the ${who}'s agent is suspended`, { [who]: { agent: { standing: "suspended" } } }],
    [`the ${who}'s agent is revoked`, { [who]: { agent: { standing: "revoked" } } }],
    [`the ${who}'s organisation is suspended`, { [who]: { organisation: { standing: "suspended" } } }],
  ]),
  ["the consumer may only offer", { consumer: { membership: { engage: false, offer: true } } }],
  ["the provider may only engage", { provider: { membership: { offer: false, engage: true } } }],
  ["the contract requires a workgroup that the consumer is not in", { offer: { requires: [wkg(2)] } }],
  ["it is offered in another workgroup", { offer: { workgroup: wkg(3) } }],
];

/** Workgroup 2, in which the consumer is as far as it is not told otherwise. */
export const required = (over: Market = {}): AnyChange[] => [
  ...put("workgroups", workgroup(2, over.workgroup)),
  ...put("participations", participation(1, { workgroup: wkg(2), ...over.consumer?.participation })),
  ...put(
    "memberships",
    membership(1, { workgroup: wkg(2), offer: true, engage: false, ...over.consumer?.membership }),
  ),
];

export interface Engagement {
  readonly session?: Partial<Session>;
  readonly consumer?: Partial<Side>;
  readonly provider?: Partial<Side>;
}

export const instances: readonly Instance[] = [
  instance(1),
  instance(2, { agent: agt(2), organisation: org(2) }),
];

/** The n-th session, in one of its states, with both its sides and all that it relies on. */
export function engagement(n: number, life: Life = engagements.lives.proposed, over: Engagement = {}) {
  const session = engagements.session(n, { life, ...over.session });
  const { id, proposedAt: openedAt, contract, advertisement: of, workgroup: where } = session;
  const both = { session: id, state: life.state, openedAt, contract, advertisement: of, workgroup: where };
  const bound = life.state === "proposed" ? {} : { instance: ins(2), boundAt: 7_500 };
  const joined = life.state === "active" ? { joinedAt: 7_600 } : {};
  const mine = engagements.side(n, { ...both, ...joined, ...over.consumer });
  const theirs = engagements.side(n, {
    ...both,
    side: "provider",
    agent: agt(2),
    agentName: "agent-2",
    organisation: org(2),
    organisationName: "organisation-2",
    counterpart: agt(1),
    instance: null,
    boundAt: null,
    ...bound,
    ...joined,
    ...over.provider,
  });
  return { session, consumer: mine, provider: theirs };
}
export type Engaged = ReturnType<typeof engagement>;

const nothingOf = ({ session, side }: Side) => nothingSent(session, side);

export const engaged = (...all: readonly Engaged[]): AnyChange[] => [
  ...put("instances", ...instances),
  ...put("sessions", ...all.map(({ session }) => session)),
  ...put("sides", ...all.flatMap((one) => [one.consumer, one.provider])),
  ...put("tallies", ...all.flatMap((one) => [one.consumer, one.provider]).map(nothingOf)),
];

/** Nothing was sent, and nobody was ever connected. */
const beside = (side: Side) => ({
  connection: null,
  sent: nothingOf(side),
  handled: null,
});

/** What is found of a session in the market. */
export function recordOf({ session, ...sides }: Engaged, over: Market = {}): SessionRecord {
  const instanceOf = ({ instance: id }: Side) => instances.find((row) => row.id === id) ?? null;
  const [one, other] = [consumer(over), provider(over)];
  const reachOf = (side: Side) => (side.agent === agt(1) ? one : other);
  return {
    session,
    advertisement: advertisement(over),
    consumer: {
      side: sides.consumer,
      reach: reachOf(sides.consumer),
      instance: instanceOf(sides.consumer),
      ...beside(sides.consumer),
    },
    provider: {
      side: sides.provider,
      reach: reachOf(sides.provider),
      instance: instanceOf(sides.provider),
      ...beside(sides.provider),
    },
  };
}
