/** How much waits for an agent from an organisation: a number that is kept, so that nobody counts it with each envelope. */
import { find } from "../question.js";
import { type Asking, ask } from "../rule.js";
import type { OfPair } from "./envelope-lookups.js";

/** What waits between two, as one decision changes it: they may have several sessions. */
export interface Waiting {
  bytes: number;
}

export function* askWaiting(pair: OfPair): Asking<number> {
  const { row } = yield* ask({ row: find("waiting", pair) });
  if (row !== undefined) return row.bytes;
  return (yield* ask({ bytes: find("unhandledBytes", pair) })).bytes;
}
