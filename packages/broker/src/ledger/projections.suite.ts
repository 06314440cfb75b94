/** What each kind of fact changes: the table that projection is held to. */
import type { FactKind } from "../governance/fact.js";
import { nothingSent } from "../governance/session/envelope-entities.js";
import { factOf, idOf, thumbprintOf } from "./testing/made-up.js";

export const at = 5_000;
export const position = 7;
export const organisation = idOf("organisation", 1);
export const operator = idOf("operator", 1);
export const agent = idOf("agent", 1);
export const instance = idOf("instance", 1);
export const token = idOf("enrolmentToken", 1);

const partner = idOf("organisation", 2);
const workgroup = idOf("workgroup", 1);
const invitation = idOf("invitation", 1);
const contract = idOf("contract", 1);
const advertisement = idOf("advertisement", 1);
const name = advertisement.slice(4);
const session = idOf("session", 1);

export const rowIn = (kind: FactKind, member: string): object =>
  Reflect.get(factOf(kind, 1).content.data, member) as object;

export const patch = (table: string, key: object, set: object) => ({ do: "patch", table, key, set });
export const put = (table: string, row: object) => ({ do: "put", table, row });
const drop = (table: string, key: object) => ({ do: "drop", table, key });

export const silent: readonly FactKind[] = [
  "broker.started",
  "clock.stepped",
  "clock.recovered",
  "era.began",
  "broker-key.rotated",
  "connection.replaced",
  "request.refused",
  "requests.refused",
  "invitation.received",
  "invitation.ended",
  "session.undelivered",
];

export const projections: Partial<Record<FactKind, readonly object[]>> = {
  "organisation.created": [put("organisations", rowIn("organisation.created", "organisation"))],
  "organisation.suspended": [
    patch(
      "organisations",
      { id: organisation },
      { standing: "suspended", generation: 1, version: 1, takenAt: at },
    ),
  ],
  "organisation.resumed": [patch("organisations", { id: organisation }, { standing: "active", version: 1 })],
  "organisation.revoked": [
    patch(
      "organisations",
      { id: organisation },
      { standing: "revoked", generation: 1, version: 1, takenAt: at },
    ),
  ],
  "operator.invited": [put("operators", rowIn("operator.invited", "operator"))],
  "operator.enrolled": [
    patch("operators", { id: operator }, { version: 2, thumbprint: thumbprintOf(1), enrolledAt: 1 }),
    put("principalKeys", rowIn("operator.enrolled", "key")),
    patch("enrolmentTokens", { id: token }, { usesLeft: 1 }),
  ],
  "operator.changed": [
    patch("operators", { id: operator }, { role: "auditor", agents: [], generation: 1, version: 1 }),
  ],
  "operator.suspended": [
    patch("operators", { id: operator }, { standing: "suspended", generation: 1, version: 1 }),
  ],
  "operator.resumed": [patch("operators", { id: operator }, { standing: "active", era: 2, version: 1 })],
  "operator.revoked": [
    patch("operators", { id: operator }, { standing: "revoked", generation: 1, version: 1 }),
  ],
  "agent.created": [put("agents", rowIn("agent.created", "agent"))],
  "agent.changed": [patch("agents", { id: agent }, { tags: { env: "t1" }, owner: "owner 1", version: 1 })],
  "agent.suspended": [
    patch("agents", { id: agent }, { standing: "suspended", generation: 1, version: 1, takenAt: at }),
  ],
  "agent.resumed": [patch("agents", { id: agent }, { standing: "active", version: 1 })],
  "agent.revoked": [
    patch("agents", { id: agent }, { standing: "revoked", generation: 1, version: 1, takenAt: at }),
  ],
  "enrolment-token.minted": [put("enrolmentTokens", rowIn("enrolment-token.minted", "token"))],
  "enrolment-token.voided": [patch("enrolmentTokens", { id: token }, { voidedAt: at })],
  "instance.enrolled": [
    put("instances", rowIn("instance.enrolled", "instance")),
    put("principalKeys", rowIn("instance.enrolled", "key")),
    patch("enrolmentTokens", { id: token }, { usesLeft: 1 }),
  ],
  "instance.suspended": [
    patch("instances", { id: instance }, { standing: "suspended", generation: 1, takenAt: at }),
  ],
  "instance.resumed": [patch("instances", { id: instance }, { standing: "active", era: 2 })],
  "instance.revoked": [
    patch("instances", { id: instance }, { standing: "revoked", generation: 1, takenAt: at }),
  ],
  "instance.expired": [patch("instances", { id: instance }, { standing: "expired", generation: 1 })],
  "key.replaced": [
    put("principalKeys", rowIn("key.replaced", "key")),
    patch("principalKeys", { thumbprint: thumbprintOf(0) }, { state: "replaced", replacedAt: at }),
    patch("instances", { id: instance }, { thumbprint: thumbprintOf(1) }),
  ],
  "alert.raised": [put("alerts", rowIn("alert.raised", "alert"))],
  "workgroup.created": [
    put("workgroups", rowIn("workgroup.created", "workgroup")),
    put("participations", rowIn("workgroup.created", "participation")),
  ],
  "invitation.opened": [put("invitations", rowIn("invitation.opened", "invitation"))],
  "invitation.consented": [put("consents", rowIn("invitation.consented", "consent"))],
  "invitation.closed": [patch("invitations", { id: invitation }, { state: "expired", endedAt: at })],
  "invitation.ready": [patch("invitations", { id: invitation }, { shownAt: 1 })],
  "workgroup.entered": [
    put("participations", rowIn("workgroup.entered", "participation")),
    patch("invitations", { id: invitation }, { state: "consented", endedAt: at }),
  ],
  "workgroup.handed-over": [
    patch("workgroups", { id: workgroup }, { owner: partner }),
    patch("invitations", { id: invitation }, { state: "consented", endedAt: at }),
  ],
  "workgroup.left": [
    patch("participations", { workgroup, organisation: partner }, { state: "left", takenAt: at }),
  ],
  "workgroup.dissolved": [
    patch("workgroups", { id: workgroup }, { state: "dissolved", takenAt: at }),
    patch("invitations", { id: invitation }, { state: "withdrawn", endedAt: at }),
  ],
  "memberships.changed": [
    put(
      "memberships",
      (rowIn("memberships.changed", "members") as { membership: object }[])[0]?.membership ?? {},
    ),
  ],
  "member.named": [put("namedMembers", rowIn("member.named", "member"))],
  "member.unnamed": [drop("namedMembers", { workgroup, agent })],
  "selector.added": [put("selectors", rowIn("selector.added", "selector"))],
  "selector.removed": [drop("selectors", { id: idOf("selector", 1) })],
  "contract.created": [
    put("contracts", rowIn("contract.created", "contract")),
    put("contractVersions", rowIn("contract.created", "version")),
  ],
  "contract.versioned": [
    put("contractVersions", rowIn("contract.versioned", "version")),
    patch("contracts", { id: contract }, { latest: 3 }),
  ],
  "contract.deleted": [patch("contracts", { id: contract }, { state: "deleted" })],
  "advertisement.published": [
    put("advertisements", rowIn("advertisement.published", "advertisement")),
    drop("offeredCapabilities", { workgroup, capability: "markets.m0", advertisement }),
    put("offers", {
      ...(rowIn("advertisement.published", "offers") as object[])[0],
      statement: "statement 1",
    }),
    put("offeredCapabilities", { workgroup, capability: "markets.equity", advertisement, name }),
    put("offeredCapabilities", { workgroup, capability: "markets.m1", advertisement, name }),
  ],
  "advertisement.retracted": [
    patch("advertisements", { id: advertisement }, { state: "retracted", takenAt: at, version: 1 }),
    drop("offeredCapabilities", { workgroup, capability: "markets.m0", advertisement }),
  ],
  "session.proposed": [
    put("sessions", {
      ...rowIn("session.proposed", "session"),
      proposalStatement: "statement 1",
      acceptanceStatement: null,
    }),
    put("sides", rowIn("session.proposed", "consumer")),
    put("sides", rowIn("session.proposed", "provider")),
    put("tallies", nothingSent(session, "consumer")),
    put("tallies", nothingSent(session, "provider")),
  ],
  "session.accepted": [
    patch("sessions", { id: session }, { life: rowIn("session.accepted", "life") }),
    patch("sides", { session, side: "consumer" }, { state: "accepted" }),
    patch("sides", { session, side: "provider" }, { state: "accepted", instance, boundAt: at }),
    patch(
      "sessions",
      { id: session },
      { acceptanceStatement: "statement 1", wouldRefuse: rowIn("session.accepted", "wouldRefuse") },
    ),
    patch("sides", { session, side: "consumer" }, { stated: rowIn("session.accepted", "stated") }),
  ],
  "session.joined": [
    patch("sides", { session, side: "provider" }, { instance, boundAt: 1, joinedAt: 2 }),
    put("holders", { session, side: "provider", instance }),
  ],
  "session.handed-over": [
    patch("sides", { session, side: "provider" }, { instance: idOf("instance", 1), boundAt: 1, joinedAt: 2 }),
    put("holders", { session, side: "provider", instance: idOf("instance", 1) }),
  ],
  "session.activated": [
    patch("sessions", { id: session }, { life: rowIn("session.activated", "life") }),
    patch("sides", { session, side: "consumer" }, { state: "active" }),
    patch("sides", { session, side: "provider" }, { state: "active" }),
  ],
  "session.closed": [
    patch("sessions", { id: session }, { life: rowIn("session.closed", "life") }),
    patch("sides", { session, side: "consumer" }, { state: "closed" }),
    patch("sides", { session, side: "provider" }, { state: "closed" }),
  ],
  "session.sent": [
    patch(
      "tallies",
      { session, side: "provider" },
      { n: 6, bytes: 100, lastAt: at, lastId: idOf("envelope", 13) },
    ),
    put("segments", {
      ...{ session, side: "provider", n: 4, seq: 7, count: 3, position, at, sent: 100 },
      ...{ firstId: idOf("envelope", 11), lastId: idOf("envelope", 13) },
    }),
    put("strays", { session, side: "provider", id: idOf("envelope", 12), n: 5 }),
  ],
  "session.violated": [patch("tallies", { session, side: "provider" }, { violations: 2 })],
  "sweep.began": [put("sweeps", rowIn("sweep.began", "sweep"))],
  "sweep.ended": [drop("sweeps", { id: idOf("command", 1), part: 1 })],
};
