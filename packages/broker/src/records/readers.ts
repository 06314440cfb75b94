/**
 * Who can reach an agent: the members of its workgroups to whom the catalog shows what it advertises. Its organisation is
 * told of agents that it shares a workgroup with, and of their memberships only where it is in that workgroup itself.
 */
import { defaultContract, defaultTerms, type Refusal, type Terms } from "@parley/protocol";
import type { Advertisement } from "../governance/engagement-entities.js";
import { find, type Principal } from "../governance/question.js";
import { may } from "../governance/reach.js";
import type { Membership } from "../governance/workgroup/workgroup-entities.js";
import type { MemberRow, WorkgroupRow } from "../ledger/workgroup-pages.js";
import type { AddressedWorkgroup } from "./advertisements.js";
import { type After, byCreation, type Page, type Paging } from "./page.js";
import { openView, type ReachAsked, type Reaching, type ReachRecord } from "./reach.js";
import { pageOf, type StepTo, stepsUpTo } from "./reach-steps.js";
import type { View } from "./reach-view.js";
import { stillSeen } from "./workgroups.js";

/** An agent to whom an advertisement is shown in a workgroup. */
export interface ReaderItem {
  readonly workgroup: AddressedWorkgroup;
  readonly advertisement: Advertisement;
  readonly terms: Terms;
  readonly membership: Membership;
  readonly agentName: string;
  readonly organisationName: string;
  /** False: the terms require a workgroup in which its organisation is not, so it cannot know who is. */
  readonly isCertain: boolean;
}

/** After that workgroup, and in the next one after that advertisement, and of the next one after that agent. */
export interface ReaderPlace {
  readonly workgroup: After | null;
  readonly name: string | null;
  readonly agent: string | null;
}

type ReaderStep = StepTo<ReaderItem, ReaderPlace>;

interface Offered {
  readonly advertisement: Advertisement;
  readonly terms: Terms;
  /** Those of the workgroups it requires in which the organisation is, and whether that is all of them. */
  readonly required: Terms["requiredWorkgroups"];
  readonly isCertain: boolean;
}

/** What the agent advertises in a workgroup, if it may offer there. */
async function* offeredIn(
  { rows, seeker }: View,
  { workgroup: { id: workgroup } }: WorkgroupRow,
  after: string | null,
): AsyncGenerator<Advertisement> {
  const { organisation, agent } = seeker;
  const { reach } = await rows.read({ reach: find("reach", { workgroup, agent }) });
  if (reach === undefined || !may(reach, "offer")) return;
  for (let name = after; ; ) {
    const by = { organisation, agent, after: name, limit: perRead };
    const { page } = await rows.read({ page: { find: "advertisementsPage", by } });
    yield* page.filter(({ state, content }) => state === "active" && content.workgroups.includes(workgroup));
    const last = page.at(-1);
    if (last === undefined || page.length < perRead) return;
    name = last.name;
  }
}

const perRead = 100;

async function describe({ rows, seeker }: View, advertisement: Advertisement): Promise<Offered> {
  const { organisation } = seeker;
  const { id: contract, termsDigest } = advertisement.content.contract;
  const { version } = await rows.read({
    version: find("contractVersion", { organisation, agent: null, contract, termsDigest }),
  });
  const terms = contract === defaultContract ? defaultTerms : (version?.terms ?? defaultTerms);
  const ids = terms.requiredWorkgroups;
  const seen = await rows.read(
    Object.fromEntries(ids.map((id) => [id, stillSeen({ organisation, agent: null }, id)])),
  );
  const required = ids.filter((id) => (seen[id] ?? []).length > 0);
  return { advertisement, terms, required, isCertain: required.length === ids.length };
}

async function* membersOf(
  { rows, seeker }: View,
  { workgroup: { id: workgroup } }: WorkgroupRow,
  after: string | null,
): AsyncGenerator<MemberRow> {
  for (let from = after; ; ) {
    const by = { workgroup, after: from, limit: perRead };
    const { stands, page } = await rows.read({
      stands: stillSeen(seeker, workgroup),
      page: { find: "membersPage", by },
    });
    if (stands.length === 0) return;
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < perRead) return;
    from = last.membership.agent;
  }
}

/** Its own offers are not shown to it, and to others only where they may engage and are in all that is required. */
async function isShown({ rows, seeker }: View, { required }: Offered, { membership }: MemberRow) {
  const { agent, engage } = membership;
  if (agent === seeker.agent || !engage) return false;
  if (required.length === 0) return true;
  const { among } = await rows.read({ among: find("memberAmong", { agent, workgroups: required }) });
  return among.length === required.length;
}

async function* readersIn(view: View, group: WorkgroupRow, from: ReaderPlace): AsyncGenerator<ReaderStep> {
  const { id, name } = group.workgroup;
  const workgroup = { id, name, ownerName: group.ownerName };
  let place = from;
  for await (const advertisement of offeredIn(view, group, from.name)) {
    const offered = await describe(view, advertisement);
    for await (const row of membersOf(view, group, place.agent)) {
      const { terms, isCertain } = offered;
      const item = (await isShown(view, offered, row))
        ? { workgroup, advertisement, terms, isCertain, ...row }
        : null;
      yield { item, next: { ...place, agent: row.membership.agent } };
    }
    place = { workgroup: from.workgroup, name: advertisement.name, agent: null };
  }
}

async function* readers(view: View, from: ReaderPlace): AsyncGenerator<ReaderStep> {
  const { rows, seeker, workgroup: only } = view;
  for (let place = from; ; ) {
    const by = { ...seeker, after: place.workgroup, limit: 1 };
    const { page } = await rows.read({ page: { find: "workgroupsPage", by } });
    const [group] = page;
    if (group === undefined) return;
    if (only === null || only === group.workgroup.id) yield* readersIn(view, group, place);
    place = { workgroup: byCreation(group.workgroup), name: null, agent: null };
  }
}

export interface ReadersRecord extends Omit<ReachRecord, "page"> {
  /** How many facts that would have to be read have no content any more. */
  readonly forgotten: number;
  readonly page: Page<ReaderItem, ReaderPlace>;
}

/** [RCH-4] */
export async function listReaders(
  reaching: Reaching,
  principal: Principal,
  typed: string,
  asked: ReachAsked,
  { after, limit }: Paging<ReaderPlace>,
  now: number,
): Promise<ReadersRecord | Refusal> {
  const opened = await openView(reaching, principal, typed, asked, now);
  if ("code" in opened) return opened;
  const { agent, standing, view, past } = opened;
  const steps = await stepsUpTo(readers(view, after ?? { workgroup: null, name: null, agent: null }), limit);
  const forgotten = past?.forgotten.length ?? 0;
  return { agent, standing, at: view.at, forgotten, page: pageOf(steps, limit) };
}
