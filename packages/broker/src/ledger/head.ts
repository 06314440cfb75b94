/**
 * The head of the record, kept outside the database as well: a store that has lost its last commits verifies perfectly
 * in itself, and only something that stands elsewhere can tell.
 */
import type { Maybe } from "./store.js";

export interface KeptHead {
  readonly ordinal: number;
  readonly running: string;
  readonly era: number;
}

export interface HeadKeeper {
  /** The last head that was kept whole; undefined where none ever was. */
  read(): Maybe<KeptHead | undefined>;
  /** Called after each commit that appended facts, before anybody is answered: survives a kill of the process. */
  keep(head: KeptHead): Maybe<void>;
  close(): Maybe<void>;
}
