/** A session as it begins: all that was agreed to, frozen, and its two sides, of which the proposer has taken one. */
import type { Terms, WouldRefuse } from "@parley/protocol";
import type { Command } from "../command.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { Session, Side } from "../engagement-entities.js";
import type { Engageable } from "../engagement-lookups.js";
import type { Agent, Instance, Millis } from "../entities.js";
import { statedOf } from "./admission-terms.js";
import { nothingFlows } from "./envelope-entities.js";

interface Proposing {
  readonly command: Command<"session.propose">;
  readonly caller: { readonly instance: Instance; readonly agent: Agent };
  readonly offer: Engageable;
  readonly terms: Terms;
  readonly wouldRefuse: readonly WouldRefuse[];
  readonly era: number;
}

export function proposedSession(proposing: Proposing, now: Millis): SessionStanding {
  const session = sessionOf(proposing, now);
  const { command, caller, offer } = proposing;
  const mine = {
    instance: caller.instance.id,
    boundAt: now,
    joinsOnAcceptance: command.socket !== null,
    stated: statedOf(proposing.terms, caller.agent),
  };
  return {
    session,
    consumer: { ...sideOf(session, "consumer", offer), ...mine },
    provider: sideOf(session, "provider", offer),
    flow: nothingFlows(session.id),
  };
}

function sessionOf({ command, caller, offer, terms, wouldRefuse, era }: Proposing, now: Millis): Session {
  const { claims, digest, text } = command.statement;
  const { id: advertisement, agent: provider, content } = offer.advertisement;
  return {
    id: command.session,
    proposal: claims.proposal,
    proposalDigest: digest,
    proposalStatement: text,
    acceptanceStatement: null,
    proposedBy: caller.instance.id,
    proposedAt: now,
    workgroup: claims.workgroup,
    advertisement,
    capability: claims.capability,
    contract: content.contract.id,
    terms,
    termsDigest: content.contract.termsDigest,
    purpose: claims.purpose ?? null,
    consumer: caller.agent.id,
    provider,
    wouldRefuse,
    era,
    life: { state: "proposed", expiresAt: now + terms.proposalTimeoutSeconds * 1_000 },
  };
}

function sideOf(session: Session, side: Side["side"], offer: Engageable): Side {
  const [mine, other] =
    side === "consumer" ? [offer.consumer, offer.provider] : [offer.provider, offer.consumer];
  return {
    session: session.id,
    side,
    agent: mine.agent.id,
    agentName: mine.agent.name,
    organisation: mine.organisation.id,
    organisationName: mine.organisation.name,
    counterpart: other.agent.id,
    workgroup: session.workgroup,
    advertisement: session.advertisement,
    contract: session.contract,
    state: session.life.state,
    openedAt: session.proposedAt,
    instance: null,
    boundAt: null,
    joinedAt: null,
    joinsOnAcceptance: false,
    stated: {},
  };
}
