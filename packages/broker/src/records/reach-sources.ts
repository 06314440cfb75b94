/** What an agent finds of workgroups, of those who are in them, and of offers: each as it would be shown to itself. */
import { defaultTerms, type WorkgroupId } from "@parley/protocol";
import { find } from "../governance/question.js";
import { unmet } from "../governance/session/admission-terms.js";
import { hasTags } from "../governance/workgroup/effective-rights.js";
import type { WorkgroupRow } from "../ledger/workgroup-pages.js";
import type { AddressedWorkgroup } from "./advertisements.js";
import type { CatalogPlace } from "./catalog.js";
import { type After, byCreation } from "./page.js";
import type { MemberPlace, Step, View, WorkgroupItem } from "./reach-view.js";
import { stillSeen } from "./workgroups.js";

const addressed = ({ workgroup, ownerName }: WorkgroupRow): AddressedWorkgroup => ({
  id: workgroup.id,
  name: workgroup.name,
  ownerName,
});

const isMeant = ({ workgroup: only }: View, id: WorkgroupId): boolean => only === null || only === id;

const workgroupsAfter = async ({ rows, seeker }: View, after: After | null, limit: number) =>
  (await rows.read({ page: { find: "workgroupsPage", by: { ...seeker, after, limit } } })).page;

const placeOf = ({ workgroup }: WorkgroupRow): After => byCreation(workgroup);

async function workgroupItem({ rows, seeker }: View, row: WorkgroupRow): Promise<WorkgroupItem | null> {
  const { organisation, agent: id } = seeker;
  const workgroup = row.workgroup.id;
  const found = await rows.read({
    seen: stillSeen(seeker, workgroup),
    agent: find("agent", { organisation, id }),
    membership: find("membership", { workgroup, agent: id }),
    named: find("namedMember", { workgroup, agent: id }),
    selectors: find("selectorsOf", { organisation }),
    inside: find("participants", { workgroup }),
  });
  const { seen, agent, membership, named, selectors } = found;
  if (seen.length === 0 || !agent || !membership) return null;
  return {
    kind: "workgroup",
    workgroup: addressed(row),
    membership,
    named: named === undefined ? null : { offer: named.offer, engage: named.engage },
    selectors: selectors.filter((one) => one.workgroup === workgroup && hasTags(agent.tags, one.tags)),
    organisations: found.inside.map(({ organisation: { id, name } }) => ({ id, name })),
  };
}

export async function inside(view: View, after: After | null, limit: number): Promise<Step[]> {
  const steps: Step[] = [];
  for (let from = after; steps.length < limit; ) {
    const rows = await workgroupsAfter(view, from, limit);
    for (const row of rows) {
      from = placeOf(row);
      if (!isMeant(view, row.workgroup.id)) continue;
      const item = await workgroupItem(view, row);
      if (item !== null) steps.push({ item, next: { in: "workgroup", after: from } });
    }
    if (rows.length < limit) break;
  }
  return steps.slice(0, limit);
}

/** The other members, workgroup by workgroup. */
export async function seen(view: View, { workgroup, agent }: MemberPlace, limit: number): Promise<Step[]> {
  const steps: Step[] = [];
  for (let [before, after] = [workgroup, agent]; steps.length < limit; ) {
    const [group] = await workgroupsAfter(view, before, 1);
    if (group === undefined) break;
    const more = isMeant(view, group.workgroup.id)
      ? await membersAfter(view, group, { workgroup: before, agent: after }, limit - steps.length)
      : [];
    steps.push(...more);
    if (steps.length >= limit) break;
    before = placeOf(group);
    after = null;
  }
  return steps;
}

async function membersAfter(
  { rows, seeker }: View,
  group: WorkgroupRow,
  place: MemberPlace,
  limit: number,
): Promise<Step[]> {
  const workgroup = group.workgroup.id;
  // One more, because the agent itself is one of them.
  const by = { workgroup, after: place.agent, limit: limit + 1 };
  const { stands, page } = await rows.read({
    stands: stillSeen(seeker, workgroup),
    page: { find: "membersPage", by },
  });
  if (stands.length === 0) return [];
  const others = page.filter(({ membership }) => membership.agent !== seeker.agent).slice(0, limit);
  return others.map((row) => ({
    item: { kind: "agent", workgroup: addressed(group), ...row },
    next: { in: "agent", after: { workgroup: place.workgroup, agent: row.membership.agent } },
  }));
}

const everything = { capability: null, words: [], organisation: null, pattern: null, available: null };

/** The catalog itself, as of then, and whether each offer's contract would take the agent. */
export async function offered(view: View, after: CatalogPlace | null, limit: number): Promise<Step[]> {
  const { rows, seeker, workgroup, at } = view;
  const { organisation, agent: id } = seeker;
  const { agent } = await rows.read({ agent: find("agent", { organisation, id }) });
  const filter = { ...everything, workgroup };
  const by = { organisation, agent: id, filter, after, limit };
  const { page } = await rows.readAside({ page: { find: "catalogPage", by } });
  return page.map((offer) => {
    const terms = offer.version?.terms ?? defaultTerms;
    // What is shown requires no workgroup in which it is not; how many sessions it has is asked when it proposes.
    const applicant = agent && { agent, memberOf: terms.requiredWorkgroups, sessions: 0 };
    const { rank, advertisement } = offer;
    const place = {
      rank,
      name: advertisement.name,
      advertisement: advertisement.id,
      workgroup: offer.workgroup.id,
    };
    const item = {
      kind: "offer",
      offer,
      terms,
      unmet: (applicant && unmet(terms, applicant, at)) ?? null,
    } as const;
    return { item, next: { in: "offer", after: place } };
  });
}
