/**
 * What a contract asks of the consumer before anything is sent: tags, age, workgroups, and how many sessions it may have
 * at once. Judged at the proposal and again at the acceptance.
 */
import { lacksTags, type Refusal, type Tags, type Terms, type WouldRefuse } from "@parley/protocol";
import type { Agent, Millis } from "../entities.js";
import { observes } from "../offer/contract-terms.js";
import { no } from "../verdict.js";

export interface Applicant {
  readonly agent: Agent;
  /** Those of the required workgroups in which it is a member. */
  readonly memberOf: readonly string[];
  /** Its other open sessions under any version of this contract. */
  readonly sessions: number;
}

const dayMs = 86_400_000;

/** [SES-18] What its organisation says of an agent, as far as the terms ask for it, and nothing else. */
export const statedOf = ({ requiredTags }: Terms, { tags }: Pick<Agent, "tags">): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => Object.hasOwn(requiredTags, key)));

/** What the applicant does not meet, tried out or not. */
function lackingTags({ requiredTags }: Terms, { agent }: Applicant) {
  const lacking = lacksTags(requiredTags, agent.tags);
  const rule = "requiredTags" as const;
  return lacking.length === 0 ? undefined : { rule, detail: lacking.toSorted().join(", ") };
}

function tagsUnmet(terms: Terms, applicant: Applicant, now: Millis): Refusal | undefined {
  const lacking = lackingTags(terms, applicant);
  return lacking === undefined || observes(terms, "requiredTags", now)
    ? undefined
    : no("contract.unmet", lacking);
}

function ageUnmet({ minAgentAgeDays: limit }: Terms, { agent }: Applicant, now: Millis): Refusal | undefined {
  const used = Math.floor((now - agent.createdAt) / dayMs);
  return used < limit ? no("contract.unmet", { rule: "minAgentAgeDays", limit, used }) : undefined;
}

function workgroupsUnmet({ requiredWorkgroups }: Terms, { memberOf }: Applicant): Refusal | undefined {
  const limit = requiredWorkgroups.length;
  const used = requiredWorkgroups.filter((id) => memberOf.includes(id)).length;
  return used < limit ? no("contract.unmet", { rule: "requiredWorkgroups", limit, used }) : undefined;
}

function sessionsUnmet({ maxConcurrentSessions: limit }: Terms, { sessions: used }: Applicant) {
  return used < limit ? undefined : no("contract.unmet", { rule: "maxConcurrentSessions", limit, used });
}

const inOrder = [tagsUnmet, ageUnmet, workgroupsUnmet, sessionsUnmet] as const;

/** The first term that is not met [SES-16]. */
export function unmet(terms: Terms, applicant: Applicant, now: Millis): Refusal | undefined {
  for (const judge of inOrder) {
    const refusal = judge(terms, applicant, now);
    if (refusal) return refusal;
  }
  return undefined;
}

/** What is tried out breaks nothing, and is said [SES-17]. */
export function wouldRefuse(
  terms: Terms,
  applicant: Applicant,
  at: WouldRefuse["at"],
  now: Millis,
): readonly WouldRefuse[] {
  const lacking = observes(terms, "requiredTags", now) ? lackingTags(terms, applicant) : undefined;
  return lacking ? [{ ...lacking, at }] : [];
}
