/**
 * What can go wrong with a database, told apart by whose fault it is: the disk's (`StoreFailed`), the operator's
 * (`StoreInUse`, `StoreVersion`), or ours, which passes through as it was thrown.
 */
import Database from "better-sqlite3";
import { StoreFailed } from "../store.js";

/** Another process has the folder open: two writers would each believe that they are the only one. */
export class StoreInUse extends Error {
  override readonly name = "StoreInUse";
  readonly retry = "later";
  readonly folder: string;
  constructor(folder: string, options: { readonly cause: unknown }) {
    super(`another process is using the store in ${folder}`, options);
    this.folder = folder;
  }
}

/** The database is not one that this build may write to. */
export class StoreVersion extends Error {
  override readonly name = "StoreVersion";
  readonly retry = "never";
  readonly found: string;
  readonly expected: string;
  constructor(path: string, { found, expected }: { readonly found: string; readonly expected: string }) {
    super(`${path} is not a store of this version: expected ${expected}, found ${found}`);
    this.found = found;
    this.expected = expected;
  }
}

type Failing = readonly [codes: RegExp, what: StoreFailed["what"], retry: StoreFailed["retry"]];

const failing: readonly Failing[] = [
  [/^SQLITE_FULL$/, "full", "later"],
  [/^SQLITE_(CORRUPT|NOTADB)/, "corrupt", "never"],
  // A file that cannot be opened or written any more is as lost as one that cannot be read.
  [/^SQLITE_(IOERR|CANTOPEN|READONLY|PROTOCOL|NOMEM)/, "io", "never"],
  // Somebody's shell holds the database: nothing was written, and nothing is lost by trying again.
  [/^SQLITE_BUSY/, "io", "later"],
];

/** The fault behind an error of the driver, or the error itself where the fault is ours. */
export function faultOf(cause: unknown): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause;
  const found = failing.find(([codes]) => codes.test(cause.code));
  return found ? new StoreFailed(found[1], found[2], { cause }) : cause;
}
