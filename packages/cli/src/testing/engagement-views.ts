/** One workgroup, contract, offer and session, as REST shows them. */
import { defaultTerms, defaultTermsDigest, makeId } from "@parley/protocol";
import { proposedAs } from "./signed-proposal.js";
import { agent, cut, instance, organisation } from "./views.js";

const at = "2026-01-05T09:00:00.000Z";
const digest = "d".repeat(43);
const owner = { id: organisation.id, name: organisation.name };
const other = { id: makeId("organisation"), name: "weather-co" };
const named = { id: agent.id, name: agent.name };

export const workgroup = {
  id: makeId("workgroup"),
  name: "channel",
  address: "markets-co/channel",
  owner,
  purpose: "Prices for weather",
  rules: "",
  admission: "unanimous",
  state: "active",
  organisations: [{ ...owner, since: at }],
  createdAt: at,
};

export const invitation = {
  id: makeId("invitation"),
  workgroup: {
    id: workgroup.id,
    name: workgroup.name,
    purpose: workgroup.purpose,
    rules: "",
    admission: "unanimous",
    owner: owner.id,
  },
  organisations: [owner],
  inviter: owner,
  organisation: other.id,
  as: "member",
  introduction: "the weather people",
  state: "open",
  digest,
  consented: [owner.id],
  awaited: [],
  createdAt: at,
  expiresAt: "2026-01-12T09:00:00.000Z",
};

export const member = { agent: named, organisation: owner, offer: true, engage: false, since: at };
export const selector = {
  id: makeId("selector"),
  workgroup: workgroup.id,
  tags: { env: "prod" },
  offer: false,
  engage: true,
  createdAt: at,
};

/** As a change of them is answered. */
export const changedMember = { ...member, cut: { ...cut, sockets: 0 } };
export const changedSelector = { ...selector, members: 2 };

const contractId = makeId("contract");
export const version = {
  contract: contractId,
  number: 3,
  termsDigest: defaultTermsDigest,
  terms: defaultTerms,
  createdAt: at,
};
export const contract = {
  id: contractId,
  name: "feed-terms",
  organisation: owner,
  createdAt: at,
  latest: version,
};
export const report = {
  contract: contractId,
  number: 3,
  termsDigest: digest,
  until: at,
  terms: ["requiredTags"],
  sessions: 9,
  wouldHaveEnded: 2,
  byRule: [{ rule: "requiredTags", sessions: 2 }],
  items: [],
  nextCursor: null,
};

const offered = {
  name: "equities",
  description: "prices",
  agent: named,
  organisation: owner,
  capabilities: [
    { name: "markets.equity", description: "", requestSchema: null, responseSchema: null, metadata: {} },
  ],
  patterns: ["request-response"],
  contract: { id: contractId, termsDigest: defaultTermsDigest, terms: defaultTerms },
  publishedAt: at,
};
const shownIn = { id: workgroup.id, address: workgroup.address };
export const advertisement = {
  id: makeId("advertisement"),
  ...offered,
  workgroups: [shownIn],
  state: "active",
  version: 1,
};
export const item = { advertisement: advertisement.id, ...offered, workgroup: shownIn, available: true };

const unsigned = {
  id: makeId("session"),
  state: "proposed",
  proposal: makeId("proposal"),
  acceptanceStatement: null,
  workgroup: workgroup.id,
  advertisement: advertisement.id,
  capability: "markets.equity",
  contract: contractId,
  termsDigest: defaultTermsDigest,
  terms: defaultTerms,
  purpose: "morning brief",
  consumer: {
    agent: named,
    organisation: other,
    instance: instance.id,
    stated: { tier: "gold" },
    joinedAt: null,
    sent: { envelopes: 2, bytes: 300, acknowledged: 1 },
  },
  provider: {
    agent: named,
    organisation: owner,
    instance: null,
    stated: {},
    joinedAt: null,
    sent: { envelopes: 0, bytes: 0, acknowledged: 0 },
  },
  wouldRefuse: [],
  proposedAt: at,
  acceptedAt: null,
  activeAt: null,
  closedAt: null,
  closesBy: at,
  closed: null,
};
export const session = { ...unsigned, ...proposedAs(unsigned) };
