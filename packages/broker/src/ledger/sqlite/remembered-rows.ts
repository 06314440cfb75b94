/**
 * Rows that decisions about envelopes ask for by their keys, as the writing connection last read or wrote them: what
 * changes with every envelope is asked of the database once. Every change passes by here before it is made, so that what
 * is remembered is what the database would answer; once changes are taken back, nothing is remembered.
 */
import type { Change } from "../../governance/change.js";
import type { KeptPayloads } from "../../governance/session/payload-changes.js";
import type { Answering } from "../answering.js";
import type {
  LedgerChange,
  LedgerState,
  PendingHead,
  RankedHead,
  Reader,
  StoreLookupName,
} from "../store.js";
import { keyColumns, type StoreRows, type StoreTable } from "../tables.js";
import { Forgetful } from "./forgetful.js";
import { type AskedPayloads, KeptRows } from "./kept-rows.js";

const tables = ["connections", "tallies", "handled", "waiting", "deadlines", "streams", "logs"] as const;
type Table = (typeof tables)[number];

const keysOf: ReadonlyMap<StoreTable, readonly string[]> = new Map(
  tables.map((table) => [table, keyColumns(table)]),
);

function nameOf(table: StoreTable, keys: readonly string[], of: object): string {
  let name: string = table;
  for (const key of keys) name += ` ${Reflect.get(of, key)}`;
  return name;
}

/** The port drops none, but whoever asks for it is answered by the record. */
const streamOf = (change: object): string => {
  const { row, key } = change as { row?: { stream: string }; key?: { stream: string } };
  return (row ?? key)?.stream ?? "";
};

/** A row is some hundred bytes: with all of them, a few ten megabytes. */
const rowsMax = 65_536;
const streamsMax = 32_768;

export class RememberedRows {
  /** That there is none is remembered too, as undefined. */
  readonly #rows = new Forgetful<object | undefined>(rowsMax);
  readonly #readers = new Forgetful<readonly Reader[]>(streamsMax);
  readonly #payloads = new KeptRows();
  /** By log: before which second nothing is pending. */
  readonly #ended = new Map<string, number>();
  #state: LedgerState | undefined;

  row<T extends Table>(
    table: T,
    key: Partial<StoreRows[T]>,
    read: () => StoreRows[T] | undefined,
  ): StoreRows[T] | undefined {
    const name = nameOf(table, keysOf.get(table) ?? [], key);
    const known = this.#rows.get(name) as StoreRows[T] | undefined;
    if (known !== undefined || this.#rows.has(name)) return known;
    const row = read();
    this.#rows.set(name, row);
    return row;
  }

  readers(stream: string, read: () => readonly Reader[]): readonly Reader[] {
    const known = this.#readers.get(stream);
    if (known !== undefined) return known;
    const found = read();
    this.#readers.set(stream, found);
    return found;
  }

  pending(log: string, before: number, read: () => readonly RankedHead[]): readonly RankedHead[] {
    if (this.#ended.get(log) === before) return [];
    const found = read();
    if (found.length === 0) this.#ended.set(log, before);
    return found;
  }

  payloads(by: AskedPayloads, read: (by: AskedPayloads) => readonly KeptPayloads[]): readonly KeptPayloads[] {
    return this.#payloads.find(by, read);
  }

  state(read: () => LedgerState): LedgerState {
    this.#state ??= read();
    return this.#state;
  }

  /** Before it is made. */
  changes(change: Change | LedgerChange): void {
    if (change.table === "readers") this.#readers.delete(streamOf(change));
    else if (change.table === "logPending" && change.do === "put") this.#isPending(change.row);
    else if (change.table === "payloads") this.#payloads.changes(change);
    const keys = keysOf.get(change.table);
    if (keys === undefined) return;
    if (change.do === "put") this.#rows.set(nameOf(change.table, keys, change.row), change.row);
    else if (change.do === "drop") this.#rows.set(nameOf(change.table, keys, change.key), undefined);
    else this.#patch(nameOf(change.table, keys, change.key), change.set);
  }

  becomes(state: LedgerState): void {
    this.#state = state;
  }

  clear(): void {
    this.#rows.clear();
    this.#readers.clear();
    this.#payloads.clear();
    this.#ended.clear();
    this.#state = undefined;
  }

  #isPending({ log, second }: PendingHead): void {
    if (second < (this.#ended.get(log) ?? 0)) this.#ended.delete(log);
  }

  #patch(name: string, set: object): void {
    const known = this.#rows.get(name);
    if (known === undefined) this.#rows.delete(name);
    else this.#rows.set(name, { ...known, ...set });
  }
}

/** The same answers, from what is remembered where it is. */
export function rememberingRows(answering: Answering, rows: RememberedRows) {
  return {
    connection: (by) => rows.row("connections", by, () => answering.connection(by)),
    tally: (by) => rows.row("tallies", by, () => answering.tally(by)),
    handled: (by) => rows.row("handled", by, () => answering.handled(by)),
    waiting: (by) => rows.row("waiting", by, () => answering.waiting(by)),
    deadline: (by) => rows.row("deadlines", by as object, () => answering.deadline(by)),
    streamHead: (by) => rows.row("streams", by, () => answering.streamHead(by)),
    readersOf: (by) => rows.readers(by.stream, () => answering.readersOf(by)),
    logHead: (by) => rows.row("logs", by, () => answering.logHead(by)),
    logPending: (by) => rows.pending(by.log, by.before, () => answering.logPending(by)),
    payloadsIn: (by) => rows.payloads(by, answering.payloadsIn),
    ledgerState: () => rows.state(() => answering.ledgerState({})),
    era: () => rows.state(() => answering.ledgerState({})).era,
  } satisfies Partial<Answering<StoreLookupName>>;
}
