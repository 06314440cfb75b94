/**
 * Terms against what this broker allows: ceilings, how long terms may be tried out, and which workgroups may be asked
 * of a consumer. Pure; whoever proposes under terms later is judged by the same ceilings.
 */
import {
  type Ceiling,
  ceilings,
  limits,
  type ObservableTerm,
  type Refusal,
  type Terms,
  valuesUnderCeilings,
  type WorkgroupId,
} from "@parley/protocol";
import { homeOf } from "../caller.js";
import type { OwnSeeker } from "../engagement-lookups.js";
import type { Millis } from "../entities.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask } from "../rule.js";
import { no } from "../verdict.js";

/** [CON-2] The first term that is above its ceiling. */
export function aboveCeiling(terms: Terms): Refusal | undefined {
  const values = valuesUnderCeilings(terms);
  const rule = (Object.keys(ceilings) as Ceiling[]).find((name) => values[name] > ceilings[name]);
  return rule && no("contract.above-ceiling", { rule, limit: ceilings[rule], used: values[rule] });
}

export const termsFitCeilings = (_state: object, { terms }: { readonly terms: Terms }): Refusal | undefined =>
  aboveCeiling(terms);

/** [CON-7] Terms are tried out for a while that lies ahead, and for so long at most. */
export function observationFits(
  _state: object,
  { terms }: { readonly terms: Terms },
  now: Millis,
): Refusal | undefined {
  if (terms.observe === null) return undefined;
  const rule = "observe.until";
  const until = momentOf(terms.observe.until);
  if (until === undefined || until <= now) return no("request.malformed", { rule });
  const limit = limits.observeSecondsMax;
  const used = Math.ceil((until - now) / 1_000);
  return used <= limit ? undefined : no("contract.above-ceiling", { rule, limit, used });
}

/** A time of the calendar: the engine would read the 31st of February as one of March. */
function momentOf(text: string): Millis | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) || new Date(at).toISOString() !== text ? undefined : at;
}

/** Whether a term is tried out at this moment: what breaks it is then accepted, and marked. */
export const observes = ({ observe }: Pick<Terms, "observe">, term: ObservableTerm, now: Millis): boolean =>
  observe !== null && now < Date.parse(observe.until) && observe.terms.includes(term);

/** An instance looks at its organisation's contracts as its agent [CON-9]. */
export const ownSeekerOf = (caller: Principal | undefined): OwnSeeker => ({
  organisation: homeOf(caller),
  agent: caller?.kind === "instance" ? caller.agent.id : null,
});

export interface RequiredState {
  /** Those of the workgroups asked for that the caller is in. */
  readonly required: ReadonlySet<WorkgroupId>;
}

/** Asked one by one, each together with who asks: an instance sees those that it is a member of, an admin its organisation's. */
export function* askRequired(
  caller: Principal | undefined,
  { requiredWorkgroups }: Terms,
): Asking<ReadonlySet<WorkgroupId>> {
  const seeker = ownSeekerOf(caller);
  // Named by their place: what is asked is the same whatever is named.
  const questions = requiredWorkgroups.map((id, at) => {
    const address = { id, owner: null, name: null };
    return [`required${at}`, find("workgroupsAddressed", { ...seeker, address })] as const;
  });
  if (questions.length === 0) return new Set();
  const found = yield* ask(Object.fromEntries(questions));
  return new Set(
    Object.values(found)
      .flat()
      .filter(({ state }) => state === "active")
      .map(({ id }) => id),
  );
}

/** [CON-6] Nobody asks for what it does not see: hidden, absent and dissolved are one answer. */
export function requiredWorkgroupsAreSeen(
  { required }: RequiredState,
  { terms }: { readonly terms: Terms },
): Refusal | undefined {
  return terms.requiredWorkgroups.every((id) => required.has(id))
    ? undefined
    : no("not-found", { rule: "requiredWorkgroups" });
}
