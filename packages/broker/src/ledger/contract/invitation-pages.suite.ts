/** Promises about lists of invitations: newest first, and nothing of what the reader does not see. */
import type { Invitation } from "../../governance/workgroup/workgroup-entities.js";
import type { InvitationFound } from "../../governance/workgroup/workgroup-lookups.js";
import type { StoreLookupName, StoreLookups } from "../store.js";
import { at, type Paged, paged, sorted, times } from "./lists.suite.js";
import { type AnyChange, ask, commit, put } from "./opened.suite.js";
import { agent, org, organisation } from "./rows.suite.js";
import * as rows from "./workgroup-rows.suite.js";
import { inv, invitation, participation, since, wkg, workgroup } from "./workgroup-rows.suite.js";

export type PageRow = {
  [N in StoreLookupName]: readonly [
    find: N,
    what: string,
    changes: readonly AnyChange[],
    by: StoreLookups[N]["ask"],
    found: StoreLookups[N]["found"],
  ];
}[StoreLookupName];

export const home: readonly AnyChange[] = [
  ...put("organisations", organisation(1), organisation(2)),
  ...put("agents", agent(1)),
];
const beforeInvitation = (last: InvitationFound | undefined) =>
  at(
    last,
    ({ invitation }) => invitation.createdAt,
    ({ invitation }) => invitation.id,
  );

const invited = (n: number, over: Partial<Invitation> = {}) =>
  invitation(n, { createdAt: times(n), shownAt: 4_000, ...over });
const invitedRows = (...all: readonly Invitation[]): AnyChange[] => [
  ...home,
  ...put("workgroups", workgroup(1), workgroup(2)),
  ...put("participations", participation(1)),
  ...put("invitations", ...all),
  ...put("consents", ...all.map(({ id }) => rows.consent(1, { invitation: id }))),
];
const found = (n: number, over: Partial<Invitation> = {}): InvitationFound => ({
  invitation: invited(n, over),
  workgroup: workgroup(1),
  inviterName: over.inviter === org(2) ? "organisation-2" : "organisation-1",
  consents: [rows.consent(1, { invitation: inv(n) })],
});
const toAnother = { invitee: org(3), shownAt: null };
/** What the second organisation sees of a workgroup that it is in: what was open then, its own, what it was told of. */
const seenInside = (n: number): Partial<Invitation> =>
  [
    toAnother,
    { ...toAnother, endedAt: since + 1 },
    { ...toAnother, inviter: org(2), endedAt: since },
    { endedAt: since },
  ][n % 4] ?? {};
const newestFirst = (ns: readonly number[]) => sorted(ns).reverse();

export const invitationLists: Readonly<Record<string, Paged<object>>> = {
  invitationsPage: paged<InvitationFound>({
    next: (store, last, limit) =>
      ask(store, "invitationsPage", { invitee: org(2), before: beforeInvitation(last), limit }),
    write: (store, ns) =>
      commit(store, {
        changes: invitedRows(
          ...ns.flatMap((n) => [
            invited(n, n % 2 === 0 ? { state: "withdrawn" } : {}),
            invited(n + 50, { shownAt: null }),
            invited(n + 100, { invitee: org(3) }),
          ]),
        ),
      }),
    expected: (ns) => newestFirst(ns).map((n) => found(n, n % 2 === 0 ? { state: "withdrawn" } : {})),
  }),
  workgroupInvitationsPage: paged<InvitationFound>({
    next: (store, last, limit) => {
      const by = { workgroup: wkg(1), organisation: org(2), before: beforeInvitation(last), limit };
      return ask(store, "workgroupInvitationsPage", by);
    },
    write: (store, ns) =>
      commit(store, {
        changes: [
          ...invitedRows(
            ...ns.flatMap((n) => [
              invited(n, seenInside(n)),
              invited(n + 50, { workgroup: wkg(2) }),
              invited(n + 100, { ...toAnother, endedAt: since }),
              invited(n + 150, { ...toAnother, expiresAt: since, endedAt: since + 1 }),
            ]),
          ),
          ...put("participations", participation(2)),
        ],
      }),
    expected: (ns) => newestFirst(ns).map((n) => found(n, seenInside(n))),
  }),
};

export const invitationRows: readonly PageRow[] = [
  [
    "workgroupInvitationsPage",
    "nothing for who is not in",
    [...invitedRows(invited(1)), ...put("participations", participation(2, { state: "left" }))],
    { workgroup: wkg(1), organisation: org(2), before: null, limit: 9 },
    [],
  ],
  [
    "invitationShown",
    "one that was told",
    invitedRows(invited(1)),
    { invitee: org(2), id: inv(1) },
    found(1),
  ],
  [
    "invitationShown",
    "hidden: not told yet",
    invitedRows(invited(1, { shownAt: null })),
    { invitee: org(2), id: inv(1) },
    undefined,
  ],
  [
    "invitationShown",
    "hidden: another's",
    invitedRows(invited(1)),
    { invitee: org(1), id: inv(1) },
    undefined,
  ],
  ["invitationShown", "none", invitedRows(invited(1)), { invitee: org(2), id: "inv_" }, undefined],
];
