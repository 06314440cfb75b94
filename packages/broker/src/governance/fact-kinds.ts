/** The kinds of facts, and in whose streams each stands: who looks back for some looks in no other. */
import type { FactKind } from "./fact.js";

/** An organisation's own stream (or the platform's), a workgroup's, a session's. */
export type Audience = "own" | "workgroup" | "session";

/** A record, not a list: the compiler then sees that no kind is missing. */
export const audiences: { readonly [K in FactKind]: Audience } = {
  "broker.started": "own",
  "clock.stepped": "own",
  "clock.recovered": "own",
  "era.began": "own",
  "broker-key.rotated": "own",
  "organisation.created": "own",
  "organisation.suspended": "own",
  "organisation.resumed": "own",
  "organisation.revoked": "own",
  "operator.invited": "own",
  "operator.enrolled": "own",
  "operator.changed": "own",
  "operator.suspended": "own",
  "operator.resumed": "own",
  "operator.revoked": "own",
  "agent.created": "own",
  "agent.changed": "own",
  "agent.suspended": "own",
  "agent.resumed": "own",
  "agent.revoked": "own",
  "enrolment-token.minted": "own",
  "enrolment-token.voided": "own",
  "instance.enrolled": "own",
  "instance.suspended": "own",
  "instance.resumed": "own",
  "instance.revoked": "own",
  "instance.expired": "own",
  "key.replaced": "own",
  "alert.raised": "own",
  "connection.replaced": "own",
  "request.refused": "own",
  "requests.refused": "own",
  "invitation.received": "own",
  "invitation.ended": "own",
  "member.named": "own",
  "member.unnamed": "own",
  "selector.added": "own",
  "selector.removed": "own",
  "contract.created": "own",
  "contract.versioned": "own",
  "contract.deleted": "own",
  "advertisement.published": "own",
  "advertisement.retracted": "own",
  "session.undelivered": "own",
  "sweep.began": "own",
  "sweep.ended": "own",

  "workgroup.created": "workgroup",
  "workgroup.entered": "workgroup",
  "workgroup.handed-over": "workgroup",
  "workgroup.left": "workgroup",
  "workgroup.dissolved": "workgroup",
  "invitation.opened": "workgroup",
  "invitation.consented": "workgroup",
  "invitation.closed": "workgroup",
  "invitation.ready": "workgroup",
  "memberships.changed": "workgroup",

  "session.proposed": "session",
  "session.accepted": "session",
  "session.joined": "session",
  "session.handed-over": "session",
  "session.activated": "session",
  "session.sent": "session",
  "session.violated": "session",
  "session.closed": "session",
};

export const factKinds = Object.keys(audiences) as readonly FactKind[];

/** What was not done because the rules say no: of a request, or of an envelope. */
export const refusedKinds: ReadonlySet<FactKind> = new Set([
  "request.refused",
  "requests.refused",
  "session.violated",
]);
