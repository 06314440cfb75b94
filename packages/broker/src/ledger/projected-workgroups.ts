/** The rows of workgroups as their facts change them. What is told in an invited organisation's own stream changes none. */
import type { FactData } from "../governance/fact.js";
import type { Changes } from "./projected-identities.js";

export const workgroupCreated = ({ workgroup, participation }: FactData["workgroup.created"]): Changes => [
  { do: "put", table: "workgroups", row: workgroup },
  { do: "put", table: "participations", row: participation },
];

export const workgroupEntered = ({ participation, invitation }: FactData["workgroup.entered"]): Changes => [
  { do: "put", table: "participations", row: participation },
  { do: "patch", table: "invitations", key: { id: invitation }, set: { state: "consented" } },
];

export const workgroupHandedOver = (data: FactData["workgroup.handed-over"]): Changes => [
  { do: "patch", table: "workgroups", key: { id: data.workgroup }, set: { owner: data.owner } },
  { do: "patch", table: "invitations", key: { id: data.invitation }, set: { state: "consented" } },
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
  ...invitations.map(
    (id) => ({ do: "patch", table: "invitations", key: { id }, set: { state: "withdrawn" } }) as const,
  ),
];

export const membershipsChanged = ({ members }: FactData["memberships.changed"]): Changes =>
  members.map(({ membership }) => ({ do: "put", table: "memberships", row: membership }));
