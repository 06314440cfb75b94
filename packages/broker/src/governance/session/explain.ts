/**
 * What would come of a proposal that nobody has made: the very checks of `propose`, each by its name, and those by which
 * a message of some type would be judged in that session. Nothing is decided here, and nothing is written.
 */
import type {
  AdvertisementId,
  AgentId,
  CommandId,
  ConnectionId,
  InstanceId,
  OrganisationId,
  ProposalClaims,
  Refusal,
  SessionId,
  Terms,
  WorkgroupId,
  WouldRefuse,
} from "@parley/protocol";
import type { Command } from "../command.js";
import type { OnSocket } from "../engagement-commands.js";
import type { Engageable } from "../engagement-lookups.js";
import type { Agent, Connection, Instance, Millis, Organisation } from "../entities.js";
import { noInstance } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask, type CheckMade, checksMade } from "../rule.js";
import { generationOf } from "../standing.js";
import { no } from "../verdict.js";
import { wouldRefuse } from "./admission-terms.js";
import { nothingFlows } from "./envelope-entities.js";
import { envelopeTerms, judgeOutside } from "./envelope-terms.js";
import {
  applicantOf,
  gatherProposal,
  offers,
  type ProposalState,
  proposalChecks,
  termsOf,
} from "./propose.js";

type Propose = Command<"session.propose">;

/** What is asked about, as typed: it may name nothing. */
export interface Hypothesis {
  readonly organisation: OrganisationId;
  readonly agent: AgentId;
  /** Which of its instances would propose; null is one of which nothing is known but that it is in good standing. */
  readonly instance: string | null;
  readonly advertisement: string;
  readonly workgroup: string;
  /** Null: the first that is offered. */
  readonly capability: string | null;
  /** Null: that of the terms which are offered. */
  readonly termsDigest: string | null;
  /** Of a message that the agent would send in that session; null asks for none. */
  readonly type: string | null;
}

export interface CheckExplained {
  readonly of: "session.propose" | "envelopes.send";
  readonly check: string;
  /** Checks after one that refuses rely on what it lets through: they are not made. */
  readonly outcome: "passed" | "refused" | "not-made";
  readonly refusal: Refusal | null;
}

export interface Explanation {
  readonly agent: AgentId;
  /** What was judged, as far as the agent sees it. */
  readonly offer: {
    readonly advertisement: AdvertisementId;
    readonly workgroup: WorkgroupId;
    /** Null where it does not offer what was asked for. */
    readonly capability: string | null;
    readonly termsDigest: string;
    readonly terms: Terms;
  } | null;
  readonly checks: readonly CheckExplained[];
  /** What terms on trial would have refused. */
  readonly wouldRefuse: readonly WouldRefuse[];
}

/** Of an agent without an instance, and of one whose instances are not what is asked about. */
const anInstanceOf = ({ id, organisation }: Agent, era: number): Instance => ({
  id: noInstance,
  agent: id,
  organisation,
  era,
  ephemeral: false,
  thumbprint: "",
  enrolledAt: 0,
  standing: "active",
  generation: 0,
  takenAt: 0,
});

type Proposing = Extract<Principal, { readonly kind: "instance" }>;

interface Found {
  readonly agent: Agent | undefined;
  readonly organisation: Organisation | undefined;
  readonly instance: Instance | undefined;
  readonly era: number;
}

function proposerOf({ agent, organisation, instance, era }: Found, asked: Hypothesis): Proposing | undefined {
  if (!agent || !organisation) return undefined;
  const speaks = asked.instance === null ? anInstanceOf(agent, era) : instance;
  return speaks?.agent === agent.id ? { kind: "instance", instance: speaks, agent, organisation } : undefined;
}

/** [RCH-1] `not-found` where there is no such agent or instance in that organisation. */
export function* explainProposal(asked: Hypothesis, now: Millis): Asking<Explanation | Refusal> {
  const { organisation, agent } = asked;
  const instance = (asked.instance ?? noInstance) as InstanceId;
  const { connection, held, ...found } = yield* ask({
    agent: find("agent", { organisation, id: agent }),
    organisation: find("organisation", { id: organisation }),
    instance: find("instance", { organisation, id: instance }),
    era: find("era", {}),
    connection: find("connection", { instance }),
    held: find("heldCount", { instance }),
  });
  const caller = proposerOf(found, asked);
  if (caller === undefined) return no("not-found");
  const { advertisement, workgroup } = asked as unknown as ProposalClaims;
  const first = { caller, era: found.era, party: undefined, connection, held };
  const state = yield* gatherProposal(first, {
    proposal: "" as ProposalClaims["proposal"],
    advertisement,
    workgroup,
  });
  return { agent, ...explained(state, proposalOf(asked, caller, state), asked.type, now) };
}

const socketOf = (connection: Connection | undefined): OnSocket | null =>
  connection?.state === "open"
    ? { connection: connection.connection as ConnectionId, epoch: connection.epoch }
    : null;

/** As the agent would propose now: signed with the key that it has, over the connection that it has. */
function proposalOf(asked: Hypothesis, caller: Proposing, { offer, connection }: ProposalState): Propose {
  const content = offer?.advertisement.content;
  const claims = {
    advertisement: asked.advertisement,
    workgroup: asked.workgroup,
    capability: asked.capability ?? content?.capabilities[0]?.name ?? "",
    termsDigest: asked.termsDigest ?? content?.contract.termsDigest ?? "",
  } as ProposalClaims;
  const { id: principal, thumbprint } = caller.instance;
  return {
    kind: "session.propose",
    id: "" as CommandId,
    target: "",
    caller: { principal, generation: generationOf(caller) },
    session: "" as SessionId,
    statement: { text: "", digest: "", thumbprint, claims },
    socket: socketOf(connection),
  };
}

function explained(
  state: ProposalState,
  proposal: Propose,
  type: string | null,
  now: Millis,
): Omit<Explanation, "agent"> {
  const { who, what } = proposalChecks;
  const checks = [...who, ...what];
  const made = checksMade(checks, state, proposal, now);
  const names = checks.map(({ name }) => name);
  const { offer } = state;
  const isAllowed = made.every(({ refusal }) => refusal === undefined);
  const said = saidOf(offer, isAllowed ? type : null, now);
  const marked = offer ? wouldRefuse(termsOf(offer), applicantOf(state), "proposal", now) : [];
  return {
    offer: offer ? shownOf(offer, proposal.statement.claims.capability) : null,
    checks: [
      ...inOrder("session.propose", names, made),
      ...(type === null ? [] : inOrder("envelopes.send", envelopeTerms, said.made)),
    ],
    wouldRefuse: [...marked, ...said.wouldRefuse],
  };
}

function inOrder(
  of: CheckExplained["of"],
  names: readonly string[],
  made: readonly CheckMade[],
): readonly CheckExplained[] {
  return names.map((check, at): CheckExplained => {
    const one = made[at];
    if (one === undefined) return { of, check, outcome: "not-made", refusal: null };
    const { refusal = null } = one;
    return { of, check, outcome: refusal ? "refused" : "passed", refusal };
  });
}

function shownOf({ advertisement, ...offer }: Engageable, capability: string): Explanation["offer"] {
  const { id, content } = advertisement;
  return {
    advertisement: id,
    workgroup: offer.consumer.workgroup.id,
    capability: offers(content, capability) ? capability : null,
    termsDigest: content.contract.termsDigest,
    terms: termsOf({ advertisement, ...offer }),
  };
}

/** The first message of a session under these terms, as small as can be: what is left to judge it by is its type. */
function saidOf(offer: Engageable | undefined, type: string | null, now: Millis) {
  if (offer === undefined || type === null) return { made: [], wouldRefuse: [] };
  const { consumer, provider } = nothingFlows("" as SessionId);
  const sents = { consumer: consumer.sent, provider: provider.sent };
  const judged = judgeOutside(termsOf(offer), "consumer", sents, { type, bytes: 0 }, now);
  const { violation } = judged;
  const upTo = violation ? envelopeTerms.indexOf(violation.rule) + 1 : undefined;
  const made = envelopeTerms.slice(0, upTo).map((check): CheckMade => {
    const refusal = violation?.rule === check ? no("contract.violation", violation) : undefined;
    return { check, refusal };
  });
  return { made, wouldRefuse: judged.wouldRefuse };
}
