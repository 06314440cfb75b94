/** Rows of workgroups that the contract of a store is tried with. They fit together: all are of the first workgroup. */
import type {
  Consent,
  Invitation,
  Membership,
  NamedMember,
  Participation,
  Selector,
  Workgroup,
} from "../../governance/workgroup/workgroup-entities.js";
import { idOf, thumbprintOf } from "../testing/made-up.js";
import { agt, type Maker, opr, org } from "./rows.suite.js";

export const wkg = (n: number) => idOf("workgroup", n);
export const inv = (n: number) => idOf("invitation", n);
export const sel = (n: number) => idOf("selector", n);

/** Since when every organisation of these rows has been in. */
export const since = 2_000;

export const workgroup: Maker<Workgroup> = (n, over) => ({
  id: wkg(n),
  owner: org(1),
  name: `workgroup-${n}`,
  purpose: `Purpose ${n}, größer 😀`,
  rules: "",
  admission: n % 2 === 0 ? "owner" : "unanimous",
  state: "active",
  createdAt: 1_000 + n,
  takenAt: 0,
  ...over,
});

export const participation: Maker<Participation> = (n, over) => ({
  workgroup: wkg(1),
  organisation: org(n),
  state: "in",
  since,
  takenAt: 10 * n,
  ...over,
});

export const invitation: Maker<Invitation> = (n, over) => ({
  id: inv(n),
  workgroup: wkg(1),
  inviter: org(1),
  invitee: org(2),
  as: "member",
  introduction: `“Hello” ${n}`,
  state: "open",
  createdAt: 3_000 + n,
  expiresAt: 10_000 + n,
  shownAt: null,
  endedAt: null,
  ...over,
});

export const consent: Maker<Consent> = (n, over) => ({
  invitation: inv(1),
  organisation: org(n),
  digest: thumbprintOf(n),
  statement: `e30.e30.${n}`,
  by: opr(n),
  at: 4_000 + n,
  ...over,
});

export const namedMember: Maker<NamedMember> = (n, over) => ({
  workgroup: wkg(1),
  agent: agt(n),
  organisation: org(1),
  participation: since,
  offer: true,
  engage: n % 3 === 0,
  ...over,
});

export const selector: Maker<Selector> = (n, over) => ({
  id: sel(n),
  workgroup: wkg(1),
  organisation: org(1),
  participation: since,
  tags: { env: "prod", größe: `😀 ${n}` },
  offer: false,
  engage: true,
  createdAt: 5_000 + n,
  ...over,
});

export const membership: Maker<Membership> = (n, over) => ({
  workgroup: wkg(1),
  agent: agt(n),
  organisation: org(1),
  participation: since,
  since: 2_500 + n,
  offer: true,
  engage: true,
  offerTakenAt: 0,
  engageTakenAt: 0,
  ...over,
});
