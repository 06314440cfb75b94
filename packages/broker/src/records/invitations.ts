/**
 * Looking back at invitations: those of a workgroup for the organisations that are in, those that an organisation was
 * told of for itself. Agents see none. What has ended goes on to be shown to who was invited as it is known to it:
 * what became of the workgroup since is not told [API-16].
 */
import type { NamedOrganisation, Refusal, WorkgroupId } from "@parley/protocol";
import { homeOf } from "../governance/caller.js";
import { find, type Principal } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import { invitationRecord, stateOf } from "../governance/workgroup/invitation-record.js";
import type { InvitationRecord } from "../governance/workgroup/workgroup-commands.js";
import type { InvitationFound } from "../governance/workgroup/workgroup-lookups.js";
import type { Store } from "../ledger/store.js";
import { type After, byCreation, cut, type Page, type Paging } from "./page.js";
import { auditorMissing, fromNowhere, looksBack, operatorSeeker, seekerOf } from "./seeker.js";
import { resolveWorkgroup, stillSeen } from "./workgroups.js";

async function insideOf(store: Store, workgroup: WorkgroupId): Promise<readonly NamedOrganisation[]> {
  const { inside } = await store.read({ inside: find("participants", { workgroup }) });
  return inside.map(({ organisation: { id, name } }) => ({ id, name }));
}

/**
 * As the invited organisation sees it, which is not in. Who is in is read before the invitation is read again: what has
 * ended in between is not shown as if it were open.
 */
async function shownRecord(store: Store, found: InvitationFound, now: number): Promise<InvitationRecord> {
  const { id, invitee, workgroup } = found.invitation;
  const isOpen = stateOf(found, now) === "open";
  const organisations = isOpen ? await insideOf(store, workgroup) : [];
  const { again = found } = await store.read({ again: { find: "invitationShown", by: { invitee, id } } });
  return invitationRecord(again, organisations, invitee, now);
}

/** Those that the caller's organisation was told of. */
export async function listInvitations(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<After>,
  now: number,
): Promise<Page<InvitationRecord, After> | Refusal> {
  if (!looksBack(principal)) return auditorMissing;
  const by = { invitee: homeOf(principal), before: after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "invitationsPage", by } });
  const { items, next } = cut(page, limit, ({ invitation }) => byCreation(invitation));
  return { items: await Promise.all(items.map((found) => shownRecord(store, found, now))), next };
}

export async function showInvitation(
  store: Store,
  principal: Principal,
  id: string,
  now: number,
): Promise<InvitationRecord | Refusal> {
  const { organisation: invitee } = operatorSeeker(principal);
  const { found } = await store.read({ found: { find: "invitationShown", by: { invitee, id } } });
  return found === undefined ? no("not-found") : shownRecord(store, found, now);
}

export async function listWorkgroupInvitations(
  store: Store,
  principal: Principal,
  typed: string,
  { after, limit }: Paging<After>,
  now: number,
): Promise<Page<InvitationRecord, After> | Refusal> {
  const seeker = seekerOf(principal);
  const workgroup = await resolveWorkgroup(store, seeker, typed);
  if (typeof workgroup !== "string") return workgroup;
  if (!looksBack(principal)) return auditorMissing;
  const organisations = await insideOf(store, workgroup);
  const { seen, page } = await store.read({
    seen: stillSeen(seeker, workgroup),
    page: {
      find: "workgroupInvitationsPage",
      by: { workgroup, organisation: seeker.organisation, before: after, limit: limit + 1 },
    },
  });
  if (seen.length === 0) return no("not-found");
  const { items, next } = cut(page, limit, ({ invitation }) => byCreation(invitation));
  return {
    items: items.map((found) => invitationRecord(found, organisations, seeker.organisation, now)),
    next,
  };
}

export async function showWorkgroupInvitation(
  store: Store,
  principal: Principal,
  typed: { readonly workgroup: string; readonly invitation: string },
  now: number,
): Promise<InvitationRecord | Refusal> {
  const seeker = looksBack(principal) ? seekerOf(principal) : fromNowhere;
  const workgroup = await resolveWorkgroup(store, seeker, typed.workgroup);
  if (typeof workgroup !== "string") return workgroup;
  const by = { organisation: seeker.organisation, workgroup, id: typed.invitation };
  const organisations = await insideOf(store, workgroup);
  const { seen, found } = await store.read({
    seen: stillSeen(seeker, workgroup),
    found: find("invitation", by),
  });
  if (seen.length === 0 || found === undefined) return no("not-found");
  return invitationRecord(found, organisations, seeker.organisation, now);
}
