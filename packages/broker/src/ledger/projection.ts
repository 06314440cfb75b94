/**
 * What a fact changes in the derived rows: a pure function of the fact alone, used alike when it is appended and when
 * everything is rebuilt. Every kind of fact ever written keeps its case here.
 *
 * A fact without content changes nothing. Retention nulls a content and, in the same transaction, appends the fact that
 * says so; it is that fact whose projection blanks the columns which came from the content. A rebuild skips the emptied
 * fact, meets the one that emptied it, and finds the same identities.
 */
import { isPrincipalId, type Standing } from "@parley/protocol";
import type { DerivedChange } from "../governance/change.js";
import type { EngagementFacts } from "../governance/engagement-facts.js";
import type { FactContent, FactData, FactKind } from "../governance/fact.js";
import { platformStream } from "../governance/fact.js";
import type { WorkgroupFacts } from "../governance/workgroup/workgroup-facts.js";
import { mentionsIn } from "./mentions.js";
import * as engagements from "./projected-engagements.js";
import * as envelopes from "./projected-envelopes.js";
import * as identities from "./projected-identities.js";
import * as workgroups from "./projected-workgroups.js";
import type { StoredFact } from "./stored-fact.js";
import { organisationOfStream } from "./stream.js";

/** A fact as it is projected: what its skeleton says, and its content unless that was removed. */
export type ProjectedFact = {
  [K in FactKind]: {
    readonly kind: K;
    readonly stream: string;
    readonly position: number;
    readonly at: number;
    readonly content: FactContent<K> | null;
  };
}[FactKind];

type Present = {
  [K in FactKind]: {
    readonly kind: K;
    readonly position: number;
    readonly at: number;
    readonly data: FactData[K];
  };
}[FactKind];

/**
 * Projects the text that is stored, not the value it was made from: so a replay cannot find anything else. Only what was
 * sent is not read again where it was just made: it may be long, and of it only ids and numbers are taken.
 */
export function projectStored(
  { skeleton, contentText }: StoredFact,
  made?: FactContent,
): readonly DerivedChange[] {
  const { kind, stream, position, at } = skeleton;
  const text = (): unknown => (contentText === null ? null : JSON.parse(contentText));
  const content = made !== undefined && kind === "session.sent" ? made : text();
  // What a kind's content is was checked by the compiler when the fact was made, and by its digest since.
  const named = content === null ? [] : mentionsIn(stream, position, content);
  return [...project({ kind, stream, position, at, content } as ProjectedFact), ...named];
}

export function project(fact: ProjectedFact): readonly DerivedChange[] {
  if (fact.content === null) return [];
  const { kind, position, at } = fact;
  const present = { kind, position, at, data: fact.content.data } as Present;
  return [...(isToldTwice(fact) ? [] : rowsOf(present)), ...priorOf(fact, fact.content)];
}

/** The platform is told of its organisations as well; only what stands in an organisation's own stream is projected. */
const isToldTwice = ({ kind, stream }: ProjectedFact): boolean =>
  stream === platformStream && kind.startsWith("organisation.");

function priorOf({ kind, stream, at }: ProjectedFact, content: FactContent): readonly DerivedChange[] {
  const { idempotency, actor, subject } = content;
  if (idempotency === undefined || !isPrincipalId(actor)) return [];
  const organisation = organisationOfStream(stream);
  const row = {
    principal: actor,
    organisation,
    key: idempotency.key,
    digest: idempotency.digest,
    kind,
    subject,
    at,
  };
  return [{ do: "put", table: "priors", row }];
}

type StandingKind = Extract<FactKind, `${string}.${keyof typeof standings}`>;

const standings = {
  suspended: "suspended",
  resumed: "active",
  revoked: "revoked",
  expired: "expired",
} as const;

/** What a fact of standing leaves is said by the second word of its kind. */
const standingAfter = (kind: StandingKind): Standing =>
  standings[kind.slice(kind.indexOf(".") + 1) as keyof typeof standings];

function rowsOf(fact: Present): readonly DerivedChange[] {
  switch (fact.kind) {
    case "organisation.created":
      return [{ do: "put", table: "organisations", row: identities.neverTaken(fact.data.organisation) }];
    case "organisation.suspended":
    case "organisation.resumed":
    case "organisation.revoked":
      return identities.organisationStands(standingAfter(fact.kind), fact.data, fact.at);
    case "operator.invited":
      return [{ do: "put", table: "operators", row: fact.data.operator }];
    case "operator.enrolled":
      return identities.operatorEnrolled(fact.data);
    case "operator.changed":
      return identities.operatorChanged(fact.data);
    case "operator.suspended":
    case "operator.resumed":
    case "operator.revoked":
      return identities.operatorStands(standingAfter(fact.kind), fact.data);
    case "agent.created":
      return [{ do: "put", table: "agents", row: identities.neverTaken(fact.data.agent) }];
    case "agent.changed":
      return identities.agentChanged(fact.data);
    case "agent.suspended":
    case "agent.resumed":
    case "agent.revoked":
      return identities.agentStands(standingAfter(fact.kind), fact.data, fact.at);
    case "enrolment-token.minted":
      return [{ do: "put", table: "enrolmentTokens", row: fact.data.token }];
    case "enrolment-token.voided":
      return [
        { do: "patch", table: "enrolmentTokens", key: { id: fact.data.token }, set: { voidedAt: fact.at } },
      ];
    case "instance.enrolled":
      return identities.instanceEnrolled(fact.data);
    case "instance.suspended":
    case "instance.resumed":
    case "instance.revoked":
    case "instance.expired":
      return identities.instanceStands(standingAfter(fact.kind), fact.data, fact.at);
    case "key.replaced":
      return identities.keyReplaced(fact.data, fact.at);
    case "alert.raised":
      return [{ do: "put", table: "alerts", row: fact.data.alert }];
    // The record only: no decision asks for what these say. An era is the ledger's own row.
    case "broker.started":
    case "clock.stepped":
    case "clock.recovered":
    case "era.began":
    case "broker-key.rotated":
    case "connection.replaced":
    case "request.refused":
    case "requests.refused":
      return [];
    default:
      return workgroupRowsOf(fact);
  }
}

type Of<K extends FactKind> = Extract<Present, { readonly kind: K }>;

function workgroupRowsOf(fact: Of<keyof WorkgroupFacts | keyof EngagementFacts>): readonly DerivedChange[] {
  switch (fact.kind) {
    case "workgroup.created":
      return workgroups.workgroupCreated(fact.data);
    case "invitation.opened":
      return [{ do: "put", table: "invitations", row: fact.data.invitation }];
    case "invitation.consented":
      return [{ do: "put", table: "consents", row: fact.data.consent }];
    case "invitation.closed":
      return [workgroups.invitationEnded(fact.data.invitation, fact.data.state, fact.at)];
    case "invitation.ready": {
      const { invitation, shownAt } = fact.data;
      return [{ do: "patch", table: "invitations", key: { id: invitation }, set: { shownAt } }];
    }
    case "workgroup.entered":
      return workgroups.workgroupEntered(fact.data, fact.at);
    case "workgroup.handed-over":
      return workgroups.workgroupHandedOver(fact.data, fact.at);
    case "workgroup.left":
      return workgroups.workgroupLeft(fact.data, fact.at);
    case "workgroup.dissolved":
      return workgroups.workgroupDissolved(fact.data, fact.at);
    case "memberships.changed":
      return workgroups.membershipsChanged(fact.data);
    case "member.named":
      return [{ do: "put", table: "namedMembers", row: fact.data.member }];
    case "member.unnamed":
      return [{ do: "drop", table: "namedMembers", key: fact.data }];
    case "selector.added":
      return [{ do: "put", table: "selectors", row: fact.data.selector }];
    case "selector.removed":
      return [{ do: "drop", table: "selectors", key: { id: fact.data.selector } }];
    // The workgroup's own stream says so too; the invited organisation is only told.
    case "invitation.received":
    case "invitation.ended":
      return [];
    default:
      return engagementRowsOf(fact);
  }
}

function engagementRowsOf(fact: Of<keyof EngagementFacts>): readonly DerivedChange[] {
  switch (fact.kind) {
    case "contract.created":
      return engagements.contractCreated(fact.data);
    case "contract.versioned":
      return engagements.contractVersioned(fact.data);
    case "contract.deleted":
      return [
        { do: "patch", table: "contracts", key: { id: fact.data.contract }, set: { state: "deleted" } },
      ];
    case "advertisement.published":
      return engagements.advertisementPublished(fact.data);
    case "advertisement.retracted":
      return engagements.advertisementRetracted(fact.data, fact.at);
    case "session.proposed":
      return [...engagements.sessionProposed(fact.data), ...envelopes.talliesBegun(fact.data.session.id)];
    case "session.accepted":
      return engagements.sessionAccepted(fact.data, fact.at);
    case "session.joined":
      return engagements.sessionJoined(fact.data);
    case "session.handed-over":
      return engagements.sessionHandedOver(fact.data);
    case "session.activated":
    case "session.closed":
      return engagements.sessionLives(fact.data.session, fact.data.life);
    case "session.sent":
      return envelopes.sessionSent(fact.data, fact.at, fact.position);
    case "session.violated": {
      const { session, side, violations } = fact.data;
      return [{ do: "patch", table: "tallies", key: { session, side }, set: { violations } }];
    }
    case "sweep.began":
      return [{ do: "put", table: "sweeps", row: fact.data.sweep }];
    case "session.undelivered":
      return [];
    case "sweep.ended":
      return [{ do: "drop", table: "sweeps", key: { id: fact.data.sweep, part: fact.data.part } }];
    default:
      return unknownKind(fact);
  }
}

function unknownKind(fact: never): never {
  throw new TypeError(`no projection for a fact of kind ${(fact as { kind: string }).kind}`);
}
