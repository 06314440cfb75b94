/** How an adapter answers a question: one function for each lookup, asked in the order in which the question names them. */
import type { StoreAnswers, StoreLookupName, StoreLookups, StoreQuestion } from "./store.js";

export type Answering<N extends StoreLookupName = StoreLookupName> = {
  readonly [K in N]: (by: StoreLookups[K]["ask"]) => StoreLookups[K]["found"];
};

export function answerAll<Q extends StoreQuestion>(answering: Answering, question: Q): StoreAnswers<Q> {
  const answers: Record<string, unknown> = {};
  for (const name in question) {
    const { find, by } = question[name] as StoreQuestion[string];
    // A lookup's name and what it asks by belong together; the compiler loses that in the union of all lookups.
    const answer = answering[find] as (by: unknown) => unknown;
    answers[name] = answer(by);
  }
  return answers as StoreAnswers<Q>;
}
