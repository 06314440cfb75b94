/** The rows of workgroups as their facts change them. What is told in an invited organisation's own stream changes none. */
import type { FactData } from "../governance/fact.js";
import type { Invitation } from "../governance/workgroup/workgroup-entities.js";
import type { Changes } from "./projected-identities.js";

export const workgroupCreated = ({ workgroup, participation }: FactData["workgroup.created"]): Changes => [
  { do: "put", table: "workgroups", row: workgroup },
  { do: "put", table: "participations", row: participation },
];

export const invitationEnded = (
  id: Invitation["id"],
  state: Exclude<Invitation["state"], "open">,
  endedAt: number,
): Changes[number] => ({ do: "patch", table: "invitations", key: { id }, set: { state, endedAt } });

export const workgroupEntered = (
  { participation, invitation }: FactData["workgroup.entered"],
  at: number,
): Changes => [
  { do: "put", table: "participations", row: participation },
  invitationEnded(invitation, "consented", at),
];

export const workgroupHandedOver = (data: FactData["workgroup.handed-over"], at: number): Changes => [
  { do: "patch", table: "workgroups", key: { id: data.workgroup }, set: { owner: data.owner } },
  invitationEnded(data.invitation, "consented", at),
];

/** What the organisation's agents had there counts no more: each row says since when its organisation had been in. */
export const workgroupLeft = (
  { workgroup, organisation }: FactData["workgroup.left"],
  at: number,
): Changes => [
  {
    do: "patch",
    table: "participations",
    key: { workgroup, organisation },
    set: { state: "left", takenAt: at },
  },
];

export const workgroupDissolved = (
  { workgroup, invitations }: FactData["workgroup.dissolved"],
  at: number,
): Changes => [
  { do: "patch", table: "workgroups", key: { id: workgroup }, set: { state: "dissolved", takenAt: at } },
  ...invitations.map((id) => invitationEnded(id, "withdrawn", at)),
];

export const membershipsChanged = ({ members }: FactData["memberships.changed"]): Changes =>
  members.map(({ membership }) => ({ do: "put", table: "memberships", row: membership }));
