/** Looking that may find little: a page goes on from how far was looked, whatever was found on the way. */
import { cut, type Page } from "./page.js";

/** What was found, and where what comes after it begins. Without an item, only how far was looked. */
export interface StepTo<I, P> {
  readonly item: I | null;
  readonly next: P;
}

export function pageOf<I, P>(steps: readonly StepTo<I, P>[], limit: number): Page<I, P> {
  const { items, next } = cut(steps, limit, (last) => last.next);
  const last = items.at(-1);
  const lookedOnly = last?.item === null ? last.next : null;
  return { items: items.flatMap(({ item }) => item ?? []), next: next ?? lookedOnly };
}

/** Looked at for one page. */
const lookedAt = 2_000;

export async function stepsUpTo<I, P>(
  looking: AsyncIterable<StepTo<I, P>>,
  limit: number,
): Promise<readonly StepTo<I, P>[]> {
  const steps: StepTo<I, P>[] = [];
  let looked = 0;
  for await (const step of looking) {
    looked += 1;
    if (step.item !== null) steps.push(step);
    if (steps.length > limit) break;
    if (looked < lookedAt) continue;
    steps.push({ item: null, next: step.next });
    break;
  }
  return steps;
}
