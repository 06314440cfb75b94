/**
 * What a fact changes in the derived rows: a pure function of the fact alone, used alike when it is appended and when
 * everything is rebuilt. Every kind of fact ever written keeps its case here.
 *
 * A fact without content changes nothing. Retention nulls a content and, in the same transaction, appends the fact that
 * says so; it is that fact whose projection blanks the columns which came from the content. A rebuild skips the emptied
 * fact, meets the one that emptied it, and finds the same rows.
 */
import { isPrincipalId, type Standing } from "@parley/protocol";
import type { DerivedChange } from "../governance/change.js";
import type { FactContent, FactData, FactKind } from "../governance/fact.js";
import { platformStream } from "../governance/fact.js";
import * as rows from "./projected-rows.js";
import type { StoredFact } from "./stored-fact.js";
import { organisationOfStream } from "./stream.js";

/** A fact as it is projected: what its skeleton says, and its content unless that was removed. */
export type ProjectedFact = {
  [K in FactKind]: {
    readonly kind: K;
    readonly stream: string;
    readonly at: number;
    readonly content: FactContent<K> | null;
  };
}[FactKind];

type Present = {
  [K in FactKind]: { readonly kind: K; readonly at: number; readonly data: FactData[K] };
}[FactKind];

/** Projects the text that is stored, not the value it was made from: so a replay cannot find anything else. */
export function projectStored({ skeleton, contentText }: StoredFact): readonly DerivedChange[] {
  const { kind, stream, at } = skeleton;
  const content: unknown = contentText === null ? null : JSON.parse(contentText);
  // What a kind's content is was checked by the compiler when the fact was made, and by its digest since.
  return project({ kind, stream, at, content } as ProjectedFact);
}

export function project(fact: ProjectedFact): readonly DerivedChange[] {
  if (fact.content === null) return [];
  const present = { kind: fact.kind, at: fact.at, data: fact.content.data } as Present;
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
      return [{ do: "put", table: "organisations", row: fact.data.organisation }];
    case "organisation.suspended":
    case "organisation.resumed":
    case "organisation.revoked":
      return rows.organisationStands(standingAfter(fact.kind), fact.data);
    case "operator.invited":
      return [{ do: "put", table: "operators", row: fact.data.operator }];
    case "operator.enrolled":
      return rows.operatorEnrolled(fact.data);
    case "operator.changed":
      return rows.operatorChanged(fact.data);
    case "operator.suspended":
    case "operator.resumed":
    case "operator.revoked":
      return rows.operatorStands(standingAfter(fact.kind), fact.data);
    case "agent.created":
      return [{ do: "put", table: "agents", row: fact.data.agent }];
    case "agent.changed":
      return rows.agentChanged(fact.data);
    case "agent.suspended":
    case "agent.resumed":
    case "agent.revoked":
      return rows.agentStands(standingAfter(fact.kind), fact.data);
    case "enrolment-token.minted":
      return [{ do: "put", table: "enrolmentTokens", row: fact.data.token }];
    case "enrolment-token.voided":
      return [
        { do: "patch", table: "enrolmentTokens", key: { id: fact.data.token }, set: { voidedAt: fact.at } },
      ];
    case "instance.enrolled":
      return rows.instanceEnrolled(fact.data);
    case "instance.suspended":
    case "instance.resumed":
    case "instance.revoked":
    case "instance.expired":
      return rows.instanceStands(standingAfter(fact.kind), fact.data);
    case "key.replaced":
      return rows.keyReplaced(fact.data, fact.at);
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
      return unknownKind(fact);
  }
}

function unknownKind(fact: never): never {
  throw new TypeError(`no projection for a fact of kind ${(fact as { kind: string }).kind}`);
}
