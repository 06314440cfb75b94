/**
 * Looking back at workgroups and who is in them: for admins and auditors of organisations that are in, and for agents
 * that may do something there. What is shown was still visible after it was read.
 */
import type { Refusal, WorkgroupId } from "@parley/protocol";
import type { Answers, Lookup, Principal } from "../governance/question.js";
import { find } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import { addressOf, meantBy } from "../governance/workgroup/workgroup-address.js";
import type { WorkgroupRecord } from "../governance/workgroup/workgroup-commands.js";
import type { Selector } from "../governance/workgroup/workgroup-entities.js";
import type { Store } from "../ledger/store.js";
import type { MemberRow, WorkgroupRow } from "../ledger/workgroup-pages.js";
import { type After, byCreation, cut, cutRead, type Page, type Paging } from "./page.js";
import { auditorMissing, looksBack, mayList, type Seeker, seekerOf } from "./seeker.js";

/** Asked with whatever is read of a workgroup: nothing of it is shown once this finds nothing. */
export const stillSeen = (seeker: Seeker, id: WorkgroupId): Lookup<"workgroupsAddressed"> =>
  find("workgroupsAddressed", { ...seeker, address: addressOf(id) });

/** [API-10] What the seeker means by an address, as for a command. */
export async function resolveWorkgroup(
  store: Store,
  seeker: Seeker,
  typed: string,
): Promise<WorkgroupId | Refusal> {
  const { seen } = await store.read({
    seen: find("workgroupsAddressed", { ...seeker, address: addressOf(typed) }),
  });
  if (seen.length === 0) return no("not-found");
  return meantBy(seen)?.id ?? no("workgroup.ambiguous");
}

const recordOf = (
  { workgroup, ownerName }: WorkgroupRow,
  inside: Answers<{ inside: Lookup<"participants"> }>["inside"],
): WorkgroupRecord => ({
  workgroup,
  ownerName,
  organisations: inside.map(({ participation, organisation: { id, name } }) => ({
    id,
    name,
    since: participation.since,
  })),
});

async function readWorkgroup(store: Store, seeker: Seeker, id: WorkgroupId) {
  const { seen, row, inside } = await store.read({
    seen: stillSeen(seeker, id),
    row: { find: "workgroupRow", by: { id } },
    inside: find("participants", { workgroup: id }),
  });
  return seen.length === 0 || row === undefined ? undefined : recordOf(row, inside);
}

export async function showWorkgroup(
  store: Store,
  principal: Principal,
  typed: string,
): Promise<WorkgroupRecord | Refusal> {
  const seeker = seekerOf(principal);
  const id = await resolveWorkgroup(store, seeker, typed);
  if (typeof id !== "string") return id;
  return (await readWorkgroup(store, seeker, id)) ?? no("not-found");
}

export async function listWorkgroups(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<After>,
): Promise<Page<WorkgroupRecord, After> | Refusal> {
  const refusal = mayList(principal);
  if (refusal) return refusal;
  const seeker = seekerOf(principal);
  const by = { ...seeker, after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "workgroupsPage", by } });
  const placeOf = ({ workgroup }: WorkgroupRow) => byCreation(workgroup);
  return cutRead(page, limit, placeOf, ({ workgroup }) => readWorkgroup(store, seeker, workgroup.id));
}

export async function listMembers(
  store: Store,
  principal: Principal,
  typed: string,
  { after, limit }: Paging<string>,
): Promise<Page<MemberRow, string> | Refusal> {
  const seeker = seekerOf(principal);
  const workgroup = await resolveWorkgroup(store, seeker, typed);
  if (typeof workgroup !== "string") return workgroup;
  const { seen, page } = await store.read({
    seen: stillSeen(seeker, workgroup),
    page: { find: "membersPage", by: { workgroup, after, limit: limit + 1 } },
  });
  return seen.length === 0 ? no("not-found") : cut(page, limit, ({ membership }) => membership.agent);
}

/** An organisation's own. */
export async function listSelectors(
  store: Store,
  principal: Principal,
  typed: string,
  { after, limit }: Paging<After>,
): Promise<Page<Selector, After> | Refusal> {
  const seeker = seekerOf(principal);
  const workgroup = await resolveWorkgroup(store, seeker, typed);
  if (typeof workgroup !== "string") return workgroup;
  if (!looksBack(principal)) return auditorMissing;
  const by = { workgroup, organisation: seeker.organisation, after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "selectorsPage", by } });
  return cut(page, limit, byCreation);
}
