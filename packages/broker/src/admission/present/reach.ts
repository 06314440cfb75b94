/** How it looks from outside what an agent could do and reach. */
import type {
  BlastRadiusView,
  ExplanationView,
  ReachedView,
  ReadersView,
  ReaderView,
  Terms,
} from "@parley/protocol";
import type { Advertisement } from "../../governance/engagement-entities.js";
import type { AddressedWorkgroup } from "../../records/advertisements.js";
import type { Explanation } from "../../records/explain.js";
import type { ReachItem, ReachRecord } from "../../records/reach.js";
import type { ReaderItem, ReadersRecord } from "../../records/readers.js";
import { timeText } from "./identities.js";
import { addressOf, viewMember } from "./workgroups.js";

export function viewExplanation(
  { agent, offer, checks, wouldRefuse }: Explanation,
  now: number,
): ExplanationView {
  const refusal = checks.find(({ outcome }) => outcome === "refused")?.refusal ?? null;
  return {
    agent,
    at: timeText(now),
    allowed: refusal === null,
    refusal,
    offer: offer && { ...offer, terms: structuredClone(offer.terms) },
    checks: checks.map((each) => ({ ...each })),
    wouldRefuse: wouldRefuse.map((each) => ({ ...each })),
  };
}

const viewAddressed = (workgroup: AddressedWorkgroup) => ({
  id: workgroup.id,
  address: addressOf(workgroup),
});

type Of<K extends ReachItem["kind"]> = Extract<ReachItem, { readonly kind: K }>;
type View<K extends ReachedView["kind"]> = Extract<ReachedView, { kind: K }>;

function viewWorkgroup({ kind, workgroup, membership, ...by }: Of<"workgroup">): View<"workgroup"> {
  const { offer, engage, since } = membership;
  return {
    kind,
    workgroup: viewAddressed(workgroup),
    ...{ offer, engage, since: timeText(since) },
    named: by.named && { ...by.named },
    selectors: by.selectors.map(({ id, tags, ...gives }) => ({
      ...{ id, tags: { ...tags }, offer: gives.offer, engage: gives.engage },
    })),
    organisations: by.organisations.map(({ id, name }) => ({ id, name })),
  };
}

function viewAgent({ kind, workgroup, membership, ...named }: Of<"agent">): View<"agent"> {
  const { since: _, ...member } = viewMember(membership, named.agentName, named.organisationName);
  return { kind, workgroup: viewAddressed(workgroup), ...member };
}

const viewAsked = (advertisement: Advertisement, terms: Terms): View<"offer">["contract"] => ({
  ...advertisement.content.contract,
  acceptance: terms.acceptance,
  requiredWorkgroups: [...terms.requiredWorkgroups],
  requiredTags: { ...terms.requiredTags },
  minAgentAgeDays: terms.minAgentAgeDays,
});

function viewOffer({ kind, offer, terms, unmet }: Of<"offer">): View<"offer"> {
  const { advertisement, agentName, organisation, workgroup } = offer;
  const { id, name, agent, content } = advertisement;
  return {
    kind,
    advertisement: { id, name },
    workgroup: viewAddressed(workgroup),
    agent: { id: agent, name: agentName },
    organisation: { ...organisation },
    capabilities: content.capabilities.map((capability) => capability.name),
    contract: viewAsked(advertisement, terms),
    admitted: unmet === null,
    unmet: unmet && { ...unmet },
  };
}

function viewSession({ kind, session, state, since, side, counterpart }: Of<"session">): View<"session"> {
  const { id, workgroup, advertisement, capability } = session;
  return {
    ...{ kind, session: id, state, since: timeText(since), side },
    agent: { id: counterpart.agent, name: counterpart.agentName },
    organisation: { id: counterpart.organisation, name: counterpart.organisationName },
    ...{ workgroup, advertisement, capability },
  };
}

function viewReached(item: ReachItem): ReachedView {
  switch (item.kind) {
    case "workgroup":
      return viewWorkgroup(item);
    case "agent":
      return viewAgent(item);
    case "offer":
      return viewOffer(item);
    case "session":
      return viewSession(item);
    case "forgotten":
      return { ...item, at: timeText(item.at) };
    default:
      return unknownItem(item);
  }
}

const unknownItem = (item: never): never => {
  throw new TypeError(`no view of ${JSON.stringify(item)}`);
};

export const viewBlastRadius = (
  { agent, at, standing, page }: ReachRecord,
  nextCursor: string | null,
): BlastRadiusView => ({
  agent: { id: agent.id, name: agent.name },
  at: timeText(at),
  standing,
  items: page.items.map(viewReached),
  nextCursor,
});

const viewReader = ({ workgroup, advertisement, terms, isCertain, ...member }: ReaderItem): ReaderView => {
  const { agent, organisation } = viewMember(member.membership, member.agentName, member.organisationName);
  return {
    workgroup: viewAddressed(workgroup),
    advertisement: { id: advertisement.id, name: advertisement.name },
    ...{ agent, organisation },
    contract: viewAsked(advertisement, terms),
    certain: isCertain,
  };
};

export const viewReaders = (
  { agent, at, standing, forgotten, page }: ReadersRecord,
  nextCursor: string | null,
): ReadersView => ({
  agent: { id: agent.id, name: agent.name },
  at: timeText(at),
  standing,
  forgotten,
  items: page.items.map(viewReader),
  nextCursor,
});
