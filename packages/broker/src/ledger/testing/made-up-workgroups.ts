/** Facts of workgroups that tests make up. */
import type { FactData } from "../../governance/fact.js";
import type { Invitation, Membership, Workgroup } from "../../governance/workgroup/workgroup-entities.js";
import type { WorkgroupFacts } from "../../governance/workgroup/workgroup-facts.js";
import { type Cast, thumbprintOf } from "./cast.js";

const workgroupOf = (n: number, { workgroup, organisation }: Cast): Workgroup => ({
  id: workgroup,
  owner: organisation,
  name: workgroup.slice(4),
  purpose: `Purpose ${n}`,
  rules: "",
  admission: "unanimous",
  state: "active",
  createdAt: n,
  takenAt: 0,
});

const invitationOf = (n: number, cast: Cast): Invitation => ({
  id: cast.invitation,
  workgroup: cast.workgroup,
  inviter: cast.organisation,
  invitee: cast.partner,
  as: n % 2 === 0 ? "owner" : "member",
  introduction: `Introduction ${n}`,
  state: "open",
  createdAt: n,
  expiresAt: n + 1_000,
  shownAt: null,
  endedAt: null,
});

const membershipOf = (n: number, { workgroup, agent, organisation }: Cast): Membership => ({
  workgroup,
  agent,
  organisation,
  participation: n,
  since: n,
  offer: n % 2 === 0,
  engage: n % 3 === 0,
  offerTakenAt: n,
  engageTakenAt: 0,
});

/** Who comes and goes is the partner, or the owner itself. */
const goer = (n: number, { organisation, partner }: Cast) => (n % 3 === 0 ? organisation : partner);

export const madeOfWorkgroups: {
  readonly [K in keyof WorkgroupFacts]: (n: number, cast: Cast) => FactData[K];
} = {
  "workgroup.created": (n, cast) => ({
    workgroup: workgroupOf(n, cast),
    participation: {
      workgroup: cast.workgroup,
      organisation: cast.organisation,
      state: "in",
      since: n,
      takenAt: 0,
    },
  }),
  "invitation.opened": (n, cast) => ({ invitation: invitationOf(n, cast) }),
  "invitation.consented": (n, { invitation, organisation, operator }) => ({
    consent: {
      invitation,
      organisation,
      digest: thumbprintOf(n),
      statement: `statement ${n}`,
      by: operator,
      at: n,
    },
  }),
  "invitation.closed": (n, { invitation, organisation }) => ({
    invitation,
    state: n % 2 === 0 ? "declined" : "expired",
    by: n % 2 === 0 ? organisation : null,
  }),
  "invitation.ready": (n, { invitation }) => ({ invitation, shownAt: n }),
  "workgroup.entered": (n, cast) => ({
    participation: {
      workgroup: cast.workgroup,
      organisation: goer(n, cast),
      state: "in",
      since: 100 + n,
      takenAt: n,
    },
    organisation: { id: goer(n, cast), name: `organisation ${n}` },
    invitation: cast.invitation,
    statement: `statement ${n}`,
  }),
  "workgroup.handed-over": (n, { workgroup, partner, invitation }) => ({
    workgroup,
    owner: partner,
    invitation,
    statement: `statement ${n}`,
  }),
  "workgroup.left": (n, cast) => ({
    workgroup: cast.workgroup,
    organisation: goer(n, cast),
    why: n % 2 === 0 ? "revoked" : "left",
  }),
  "workgroup.dissolved": (n, { workgroup, invitation }) => ({
    workgroup,
    why: "dissolved",
    invitations: n % 2 === 0 ? [] : [invitation],
  }),
  "memberships.changed": (n, cast) => ({
    workgroup: cast.workgroup,
    organisation: cast.organisation,
    members: [{ name: `agent ${n}`, membership: membershipOf(n, cast) }],
  }),
  "invitation.received": (n, cast) => ({
    invitation: { ...invitationOf(n, cast), shownAt: n },
    workgroup: workgroupOf(n, cast),
    organisations: [{ id: cast.organisation, name: "organisation" }],
    inviter: { id: cast.organisation, name: "organisation" },
    digest: thumbprintOf(n),
  }),
  "invitation.ended": (_n, { invitation }) => ({ invitation, state: "withdrawn" }),
  "member.named": (n, { workgroup, agent, organisation }) => ({
    member: { workgroup, agent, organisation, participation: n, offer: true, engage: n % 2 === 0 },
  }),
  "member.unnamed": (_n, { workgroup, agent }) => ({ workgroup, agent }),
  "selector.added": (n, { selector, workgroup, organisation }) => ({
    selector: {
      id: selector,
      workgroup,
      organisation,
      participation: n,
      tags: { env: `t${n}` },
      offer: true,
      engage: false,
      createdAt: n,
    },
  }),
  "selector.removed": (_n, { selector, workgroup }) => ({ selector, workgroup }),
};
