/** How contracts, advertisements, the catalog and sessions look from outside. Free of HTTP: the socket says the same. */
import {
  type AdvertisementView,
  type CatalogItemView,
  type ContractReportView,
  type ContractView,
  type contractSchema,
  defaultTerms,
  type SessionView,
  type Terms,
} from "@parley/protocol";
import type { z } from "zod";
import type { SessionStanding } from "../../governance/engagement-commands.js";
import type { Advertisement, Life, Side } from "../../governance/engagement-entities.js";
import type { SideFlow } from "../../governance/session/envelope-entities.js";
import type { AdvertisementRecord } from "../../records/advertisements.js";
import type { OfferRow } from "../../records/catalog.js";
import type { ContractRecord, TrialRecord, VersionRecord } from "../../records/contracts.js";
import { closesBy } from "../../records/sessions.js";
import { timeOrNull, timeText } from "./identities.js";
import { addressOf } from "./workgroups.js";

/** Terms as text that may be written: rows are frozen, and a view is the reader's own. */
const termsOf = (terms: Terms): Terms => structuredClone(terms);

export const viewVersion = (version: VersionRecord): z.infer<typeof contractSchema>["latest"] => ({
  contract: version.contract,
  number: version.number,
  termsDigest: version.termsDigest,
  terms: termsOf(version.terms),
  createdAt: timeOrNull(version.createdAt),
});

export const viewContract = ({
  id,
  name,
  organisation,
  createdAt,
  latest,
}: ContractRecord): ContractView => ({
  id,
  name,
  organisation: organisation && { id: organisation.id, name: organisation.name },
  createdAt: timeOrNull(createdAt),
  latest: viewVersion(latest),
});

export function viewReport(
  { version, observe, sessions, marked, byRule, page }: TrialRecord,
  nextCursor: string | null,
): ContractReportView {
  return {
    contract: version.contract,
    number: version.number,
    termsDigest: version.termsDigest,
    until: observe.until,
    terms: [...observe.terms],
    sessions,
    wouldHaveEnded: marked,
    byRule: byRule.map((each) => ({ ...each })),
    items: page.items.map(({ id, proposedAt, wouldRefuse }) => ({
      session: id,
      proposedAt: timeText(proposedAt),
      // In the order in which it was judged: it would have ended at the first.
      at: wouldRefuse[0]?.at ?? "proposal",
      wouldRefuse: wouldRefuse.map((each) => ({ ...each })),
    })),
    nextCursor,
  };
}

type Named = Pick<AdvertisementView, "agent" | "organisation">;

interface Shown {
  readonly advertisement: Advertisement;
  readonly terms: Terms;
  readonly publishedAt: number;
}

const offered = ({ advertisement: { name, content }, terms, publishedAt }: Shown, named: Named) => ({
  name,
  description: content.description,
  agent: named.agent,
  organisation: named.organisation,
  capabilities: content.capabilities.map((capability) => structuredClone(capability)),
  patterns: [...content.patterns],
  contract: { ...content.contract, terms: termsOf(terms) },
  publishedAt: timeText(publishedAt),
});

export const viewAdvertisement = (record: AdvertisementRecord): AdvertisementView => {
  const { advertisement, agentName, organisation, workgroups } = record;
  const named = { agent: { id: advertisement.agent, name: agentName }, organisation };
  return {
    id: advertisement.id,
    ...offered(record, named),
    workgroups: workgroups.map((workgroup) => ({ id: workgroup.id, address: addressOf(workgroup) })),
    state: advertisement.state,
    version: record.version,
  };
};

export const viewCatalogItem = (row: OfferRow): CatalogItemView => {
  const { advertisement, version, agentName, organisation, workgroup, available, publishedAt } = row;
  const named = { agent: { id: advertisement.agent, name: agentName }, organisation };
  return {
    advertisement: advertisement.id,
    ...offered({ advertisement, terms: version?.terms ?? defaultTerms, publishedAt }, named),
    workgroup: { id: workgroup.id, address: addressOf(workgroup) },
    available,
  };
};

const viewParty = (side: Side, { sent, handled }: SideFlow): SessionView["consumer"] => ({
  agent: { id: side.agent, name: side.agentName },
  organisation: { id: side.organisation, name: side.organisationName },
  instance: side.instance,
  stated: { ...side.stated },
  joinedAt: timeOrNull(side.joinedAt),
  sent: { envelopes: sent.n, bytes: sent.bytes, acknowledged: handled?.n ?? 0 },
});

const endingOf = (life: Life): SessionView["closed"] => {
  if (life.state !== "closed") return null;
  const { reason, detail, side, rule, limit, used } = life.ending;
  return { reason, detail, side, rule, limit, used };
};

export function viewSession(standing: SessionStanding): SessionView {
  const { session, consumer, provider, flow } = standing;
  const { life } = session;
  return {
    id: session.id,
    state: life.state,
    proposal: session.proposal,
    proposalDigest: session.proposalDigest,
    // [SES-19] They stand in the session's own stream, which both organisations read.
    proposalStatement: session.proposalStatement,
    acceptanceStatement: session.acceptanceStatement,
    workgroup: session.workgroup,
    advertisement: session.advertisement,
    capability: session.capability,
    contract: session.contract,
    termsDigest: session.termsDigest,
    terms: termsOf(session.terms),
    purpose: session.purpose,
    consumer: viewParty(consumer, flow.consumer),
    provider: viewParty(provider, flow.provider),
    wouldRefuse: session.wouldRefuse.map((each) => ({ ...each })),
    proposedAt: timeText(session.proposedAt),
    acceptedAt: life.state === "proposed" ? null : timeOrNull(life.acceptedAt),
    activeAt: life.state === "active" || life.state === "closed" ? timeOrNull(life.activeAt) : null,
    closedAt: life.state === "closed" ? timeText(life.closedAt) : null,
    closesBy: timeOrNull(closesBy(standing)),
    closed: endingOf(life),
  };
}
