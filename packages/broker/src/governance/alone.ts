/** What is decided for nobody: the broker does it by itself, and needs to know nothing for it. */
import { find } from "./question.js";
import { type Asking, ask, type Party } from "./rule.js";

export interface Alone {
  readonly party: Party | undefined;
}

/** Asks for the era alone: a rule that asks nothing would not be a generator. */
export function* gatherNothing(): Asking<Alone> {
  yield* ask({ era: find("era", {}) });
  return { party: undefined };
}
