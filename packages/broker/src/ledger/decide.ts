/**
 * Deciding inside a transaction: governance says what it must know, the transaction answers, until there is a verdict.
 * Nothing is written here.
 */
import type { Command, CommandAnswers, CommandKind } from "../governance/command.js";
import type { Millis } from "../governance/entities.js";
import type { Answers, Question } from "../governance/question.js";
import type { Verdict } from "../governance/verdict.js";
import type { Transaction } from "./store.js";

/** What the ledger needs of governance: the decision, as a generator that does no I/O of its own. */
export type Govern = <K extends CommandKind>(
  command: Command<K>,
  now: Millis,
) => Generator<Question, Verdict<CommandAnswers[K]>, Answers<Question>>;

export async function decide<K extends CommandKind>(
  tx: Transaction,
  govern: Govern,
  command: Command<K>,
  now: Millis,
): Promise<Verdict<CommandAnswers[K]>> {
  const deciding = govern(command, now);
  let step = deciding.next();
  while (!step.done) {
    const answers = tx.answer(step.value);
    // Most are there at once: waiting for them all the same costs more than many of them do.
    step = deciding.next(answers instanceof Promise ? await answers : answers);
  }
  return step.value;
}
