/**
 * Which class and activity of OCSF 1.3 each kind of fact is. `docs/operating/siem.md` has the same table; a kind that is not here
 * is API activity of another sort, so that nothing of the record is left out.
 */

/** Names are OCSF's own. */
export const ocsfClasses = {
  3001: "Account Change",
  3004: "Entity Management",
  3005: "User Access Management",
  3006: "Group Management",
  2004: "Detection Finding",
  4001: "Network Activity",
  6002: "Application Lifecycle",
  6003: "API Activity",
} as const;
export type OcsfClass = keyof typeof ocsfClasses;

/** `status`: 1 success, 2 failure. `severity`: 1 informational, 2 low, 3 medium, 4 high. */
export interface OcsfKind {
  readonly class: OcsfClass;
  readonly activity: number;
  readonly name: string;
  readonly status: 1 | 2;
  readonly severity: 1 | 2 | 3 | 4;
}

const is = (
  of: OcsfClass,
  activity: number,
  name: string,
  severity: OcsfKind["severity"] = 1,
  status: OcsfKind["status"] = 1,
): OcsfKind => ({ class: of, activity, name, severity, status });

export const ocsfKinds: Readonly<Record<string, OcsfKind>> = {
  "broker.started": is(6002, 3, "Start"),
  "clock.stepped": is(6002, 99, "Other", 2),
  "clock.recovered": is(6002, 99, "Other", 3),
  "era.began": is(6002, 99, "Other", 3),
  "broker-key.rotated": is(3004, 3, "Update", 2),

  "organisation.created": is(3004, 1, "Create"),
  "organisation.suspended": is(3004, 12, "Suspend", 3),
  "organisation.resumed": is(3004, 13, "Resume", 2),
  "organisation.revoked": is(3004, 4, "Delete", 3),

  "operator.invited": is(3001, 1, "Create"),
  "operator.enrolled": is(3001, 2, "Enable"),
  "operator.changed": is(3005, 1, "Assign Privileges", 2),
  "operator.suspended": is(3001, 5, "Disable", 3),
  "operator.resumed": is(3001, 2, "Enable", 2),
  "operator.revoked": is(3001, 6, "Delete", 3),

  "agent.created": is(3004, 1, "Create"),
  "agent.changed": is(3004, 3, "Update"),
  "agent.suspended": is(3004, 12, "Suspend", 3),
  "agent.resumed": is(3004, 13, "Resume", 2),
  "agent.revoked": is(3004, 4, "Delete", 3),

  "enrolment-token.minted": is(3001, 99, "Other"),
  "enrolment-token.voided": is(3001, 99, "Other"),
  "instance.enrolled": is(3001, 1, "Create"),
  "instance.suspended": is(3001, 5, "Disable", 3),
  "instance.resumed": is(3001, 2, "Enable", 2),
  "instance.revoked": is(3001, 6, "Delete", 3),
  "instance.expired": is(3001, 6, "Delete"),
  "key.replaced": is(3001, 99, "Other"),
  "alert.raised": is(2004, 1, "Create", 4),
  "connection.replaced": is(4001, 3, "Reset"),
  "request.refused": is(6003, 99, "Other", 2, 2),
  "requests.refused": is(6003, 99, "Other", 3, 2),

  "workgroup.created": is(3006, 6, "Create"),
  "workgroup.entered": is(3006, 3, "Add User"),
  "workgroup.handed-over": is(3006, 99, "Other", 2),
  "workgroup.left": is(3006, 4, "Remove User", 2),
  "workgroup.dissolved": is(3006, 5, "Delete", 2),
  "invitation.opened": is(3006, 99, "Other"),
  "invitation.consented": is(3006, 99, "Other"),
  "invitation.closed": is(3006, 99, "Other"),
  "invitation.ready": is(3006, 99, "Other"),
  "invitation.received": is(3006, 99, "Other"),
  "invitation.ended": is(3006, 99, "Other"),
  "memberships.changed": is(3006, 1, "Assign Privileges", 2),
  "member.named": is(3006, 3, "Add User"),
  "member.unnamed": is(3006, 4, "Remove User"),
  "selector.added": is(3006, 1, "Assign Privileges"),
  "selector.removed": is(3006, 2, "Revoke Privileges"),

  "contract.created": is(3004, 1, "Create"),
  "contract.versioned": is(3004, 3, "Update"),
  "contract.deleted": is(3004, 4, "Delete"),
  "advertisement.published": is(3004, 10, "Activate"),
  "advertisement.retracted": is(3004, 11, "Deactivate"),

  "session.proposed": is(6003, 1, "Create"),
  "session.accepted": is(6003, 3, "Update"),
  "session.joined": is(4001, 1, "Open"),
  "session.handed-over": is(4001, 99, "Other", 2),
  "session.activated": is(6003, 3, "Update"),
  "session.sent": is(4001, 6, "Traffic"),
  "session.violated": is(4001, 5, "Refuse", 3, 2),
  "session.closed": is(4001, 2, "Close"),
  "session.undelivered": is(4001, 4, "Fail", 2, 2),
  "sweep.began": is(6003, 99, "Other", 2),
  "sweep.ended": is(6003, 99, "Other"),
};

/** Of a kind that a newer broker has written. */
export const ocsfOther: OcsfKind = is(6003, 99, "Other");
