/** How an adapter answers a question: one function for each lookup, asked in the order in which the question names them. */
import type { StoreAnswers, StoreLookupName, StoreLookups, StoreQuestion } from "./store.js";

export type Answering<N extends StoreLookupName = StoreLookupName> = {
  readonly [K in N]: (by: StoreLookups[K]["ask"]) => StoreLookups[K]["found"];
};

export function answerAll<Q extends StoreQuestion>(answering: Answering, question: Q): StoreAnswers<Q> {
  const answers = Object.entries(question).map(([name, { find, by }]) => {
    // A lookup's name and what it asks by belong together; the compiler loses that in the union of all lookups.
    const answer = answering[find] as (by: unknown) => unknown;
    return [name, answer(by)] as const;
  });
  return Object.fromEntries(answers) as StoreAnswers<Q>;
}
