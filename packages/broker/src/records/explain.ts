/**
 * What would come of an agent's proposal: the rule's own checks, answered from what was committed. Only what that agent
 * sees is there, whoever asks on its behalf.
 */
import type { Refusal } from "@parley/protocol";
import { noWorkgroup } from "../governance/nobody.js";
import type { Principal } from "../governance/question.js";
import type { Asking } from "../governance/rule.js";
import { type Explanation, explainProposal } from "../governance/session/explain.js";
import { no } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import { showAgent } from "./identities.js";
import { auditorMissing, mayList, type Seeker } from "./seeker.js";
import { resolveWorkgroup } from "./workgroups.js";

export type { Explanation };

/** As typed. */
export interface Explained {
  readonly advertisement: string;
  readonly workgroup?: string | undefined;
  readonly capability?: string | undefined;
  readonly termsDigest?: string | undefined;
  readonly type?: string | undefined;
  readonly instance?: string | undefined;
}

/** What a rule asks, answered outside of any transaction: each question of one snapshot. */
async function answered<R>(store: Store, asking: Asking<R>): Promise<R> {
  let step = asking.next();
  while (!step.done) step = asking.next(await store.read(step.value));
  return step.value;
}

/** The first in which the agent sees it, or publishes it itself: it is told then that it is its own. */
async function anyWorkgroup(store: Store, seeker: Seeker, id: string): Promise<string> {
  const { organisation, agent } = seeker;
  const { offers, own } = await store.read({
    offers: { find: "offersSeen", by: { ...seeker, advertisement: id } },
    own: { find: "ownAdvertisement", by: { organisation, id } },
  });
  const published = own?.agent === agent ? own?.content.workgroups[0] : undefined;
  return offers[0]?.workgroup.id ?? published ?? noWorkgroup;
}

async function workgroupMeant(store: Store, seeker: Seeker, { workgroup, advertisement }: Explained) {
  if (workgroup === undefined) return anyWorkgroup(store, seeker, advertisement);
  const found = await resolveWorkgroup(store, seeker, workgroup);
  if (typeof found === "string") return found;
  return found.code === "not-found" ? noWorkgroup : found;
}

/** An instance asks for itself; who looks back, for one of the agent's, or for any that is in good standing. */
function instanceMeant(principal: Principal, typed: string | undefined): string | null | Refusal {
  if (principal.kind !== "instance") return typed ?? null;
  const { id } = principal.instance;
  return typed === undefined || typed === id ? id : no("not-found");
}

export async function explainEngagement(
  store: Store,
  principal: Principal,
  agent: string,
  asked: Explained,
  now: number,
): Promise<Explanation | Refusal> {
  const seen = await showAgent(store, principal, agent);
  if ("code" in seen) return seen;
  if (mayList(principal)) return auditorMissing;
  const instance = instanceMeant(principal, asked.instance);
  if (instance !== null && typeof instance !== "string") return instance;
  const seeker = { organisation: seen.organisation, agent: seen.id };
  const workgroup = await workgroupMeant(store, seeker, asked);
  if (typeof workgroup !== "string") return workgroup;
  const { advertisement, capability = null, termsDigest = null, type = null } = asked;
  const said = { advertisement, workgroup, capability, termsDigest, type, instance };
  return answered(store, explainProposal({ ...seeker, ...said }, now));
}
