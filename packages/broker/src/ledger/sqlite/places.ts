/** Where a page begins: before the first and after the last that there can be, one statement serves all pages. */
import type { After } from "../after.js";

type Place = readonly [at: number, id: string];

/** Of a page that goes forwards. */
export const beginning = (after: After | null): Place => (after === null ? [-1, ""] : [after.at, after.id]);
/** Of a page that goes backwards. */
export const ending = (before: After | null): Place =>
  before === null ? [Number.MAX_SAFE_INTEGER, ""] : [before.at, before.id];
