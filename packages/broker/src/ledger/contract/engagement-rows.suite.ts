/** Rows of contracts, offers and sessions that the contract of a store is tried with. They fit together. */
import { completeAdvertisement, completeTerms } from "@parley/protocol";
import type {
  Advertisement,
  Contract,
  ContractVersion,
  Life,
  Offer,
  OfferedCapability,
  Session,
  Side,
  Sweep,
} from "../../governance/engagement-entities.js";
import { idOf, thumbprintOf } from "../testing/made-up.js";
import { agt, ins, type Maker, opr, org } from "./rows.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

export const ctr = (n: number) => idOf("contract", n);
export const adv = (n: number) => idOf("advertisement", n);
export const prp = (n: number) => idOf("proposal", n);
export const ses = (n: number) => idOf("session", n);
export const cmd = (n: number) => idOf("command", n);

export const contract: Maker<Contract> = (n, over) => ({
  id: ctr(n),
  organisation: org(1),
  name: `contract-${n}`,
  state: "active",
  latest: 1,
  createdAt: 1_000 + n,
  ...over,
});

export const contractVersion: Maker<ContractVersion> = (n, over) => ({
  contract: ctr(1),
  number: n,
  organisation: org(1),
  terms: completeTerms({ maxEnvelopes: n, requiredTags: { größe: "😀" } }),
  termsDigest: thumbprintOf(n),
  statement: `e30.e30.${n}`,
  by: opr(1),
  createdAt: 1_000 + n,
  ...over,
});

export const advertisement: Maker<Advertisement> = (n, over) => ({
  id: adv(n),
  agent: agt(2),
  organisation: org(1),
  name: `offer-${n}`,
  content: completeAdvertisement({
    agent: agt(2),
    name: `offer-${n}`,
    description: "größer 😀",
    capabilities: [{ name: "markets.equity", requestSchema: { type: "object" }, metadata: { a: "b" } }],
    workgroups: [wkg(1)],
    contract: { id: ctr(1), termsDigest: thumbprintOf(1) },
  }),
  digest: thumbprintOf(n),
  statement: `e30.e30.${n}`,
  by: ins(1),
  state: "active",
  publishedAt: 6_000 + n,
  takenAt: 0,
  version: 1,
  ...over,
});

export const offer: Maker<Offer> = (n, over) => ({
  workgroup: wkg(1),
  advertisement: adv(n),
  agent: agt(2),
  organisation: org(1),
  contract: ctr(1),
  name: `offer-${n}`,
  words: ` offer-${n} größer 😀 markets.equity`,
  patterns: ["request-response"],
  requires: [],
  publishedAt: 6_000 + n,
  version: 1,
  statement: `e30.offer.${n}`,
  ...over,
});

export const offeredCapability: Maker<OfferedCapability> = (n, over) => ({
  workgroup: wkg(1),
  capability: `markets.c${n}`,
  advertisement: adv(1),
  name: `offer-${n}`,
  ...over,
});

export const lives = {
  proposed: { state: "proposed", expiresAt: 9_000 },
  accepted: { state: "accepted", joinBy: 9_000, acceptedAt: 7_500, acceptedBy: "broker" },
  active: {
    state: "active",
    activeAt: 7_600,
    deadline: 9_000,
    acceptedAt: 7_500,
    acceptedBy: ins(2),
  },
  closed: {
    state: "closed",
    closedAt: 8_000,
    ending: {
      reason: "contract_violation",
      by: "broker",
      detail: "“größer” 😀",
      side: "consumer",
      rule: "maxEnvelopes",
      limit: 2,
      used: 3,
    },
    acceptedAt: null,
    acceptedBy: null,
    activeAt: null,
  },
} as const satisfies Record<Life["state"], Life>;

export const session: Maker<Session> = (n, over) => ({
  id: ses(n),
  proposal: prp(n),
  proposalDigest: thumbprintOf(n),
  proposalStatement: `e30.e30.${n}`,
  acceptanceStatement: n % 2 === 0 ? null : `e30.e31.${n}`,
  proposedBy: ins(1),
  proposedAt: 7_000 + n,
  workgroup: wkg(1),
  advertisement: adv(1),
  capability: "markets.equity",
  contract: ctr(1),
  terms: completeTerms({}),
  termsDigest: thumbprintOf(1),
  purpose: n % 2 === 0 ? null : "größer 😀",
  consumer: agt(1),
  provider: agt(2),
  wouldRefuse: n % 2 === 0 ? [] : [{ rule: "requiredTags", at: "proposal", detail: "env" }],
  era: 1,
  life: lives.proposed,
  ...over,
});

/** The consumer's. */
export const side: Maker<Side> = (n, over) => ({
  session: ses(n),
  side: "consumer",
  agent: agt(1),
  agentName: "agent-1",
  organisation: org(1),
  organisationName: "organisation-1",
  counterpart: agt(2),
  workgroup: wkg(1),
  advertisement: adv(1),
  contract: ctr(1),
  state: "proposed",
  openedAt: 7_000 + n,
  instance: ins(1),
  boundAt: 7_000 + n,
  joinedAt: null,
  joinsOnAcceptance: n % 2 === 1,
  stated: { env: `prod-${n}` },
  ...over,
});

export const sweep: Maker<Sweep> = (n, over) => ({
  by: "workgroup",
  of: wkg(1),
  within: n % 2 === 0 ? wkg(1) : null,
  id: cmd(n),
  part: n % 3,
  organisation: org(1),
  reason: "workgroup_dissolved",
  begunAt: 8_000 + n,
  ...over,
});
