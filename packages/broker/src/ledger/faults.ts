/** How the ledger fails. Each says whether the caller may come back: the world failed, or deciding did. */
import type { Retry } from "@parley/protocol";

/** Deciding or writing one command threw: a bug, and nobody's but that command's. Nothing of it is stored. */
export class DecisionFailed extends Error {
  override readonly name = "DecisionFailed";
  readonly retry: Retry = "never";
  constructor(kind: string, cause: unknown) {
    super(`the command ${kind} could not be decided`, { cause });
  }
}

/** After this nothing is acknowledged any more. Whoever was waiting does not know whether it happened. */
export class LedgerStopped extends Error {
  override readonly name = "LedgerStopped";
  readonly retry: Retry = "reconnect";
  constructor(cause: unknown) {
    super("the ledger has stopped: the outcome of what was waiting is unknown", { cause });
  }
}

export type RecordFlaw = "head-missing" | "behind" | "diverged" | "altered" | "unfinished-rebuild";

/** The store is not the record that was acknowledged, or cannot be shown to be. */
export class RecordBehind extends Error {
  override readonly name = "RecordBehind";
  readonly retry: Retry = "never";
  readonly flaw: RecordFlaw;
  readonly expected: string;
  readonly found: string;
  constructor(flaw: RecordFlaw, expected: string, found: string) {
    super(
      `the record is not the one that was acknowledged (${flaw}): expected ${expected}, found ${found}. ${remedies[flaw]}`,
    );
    this.flaw = flaw;
    this.expected = expected;
    this.found = found;
  }
}

const goOn =
  "Put the newest copy of the store and its head file back, or go on knowingly from this one with `serve --recover record`, which begins a new era";

const remedies: Readonly<Record<RecordFlaw, string>> = {
  "head-missing": goOn,
  behind: goOn,
  diverged: goOn,
  altered: goOn,
  "unfinished-rebuild": "A rebuild of the derived rows was interrupted: run it again",
};
