/**
 * What the writing connection has read of sessions and of who speaks in them, remembered until something changes it. It is
 * this store's alone: no other process writes the file, and every change of this one passes by here before it is made.
 * Only what was found is remembered, for the instance that holds it, so that what is hidden is looked for as what is absent.
 */
import type { SideName } from "@parley/protocol";
import type { Change } from "../../governance/change.js";
import type { SessionRecord, SideRecord } from "../../governance/engagement-entities.js";
import type { Principal } from "../../governance/question.js";
import type { Answering } from "../answering.js";
import type { LedgerChange, LedgerState } from "../store.js";
import type { StoreTable } from "../tables.js";
import { Forgetful } from "./forgetful.js";
import { RememberedRows, rememberingRows } from "./remembered-rows.js";

/** Nothing that is remembered is read from these. */
const quiet: ReadonlySet<StoreTable> = new Set<StoreTable>([
  "holders",
  "tallies",
  "segments",
  "strays",
  "handled",
  "waiting",
  "drains",
  "payloads",
  "deadlines",
  "connections",
  "seen",
  "refusalCounts",
  "probes",
  "checkpoints",
  "receiptDues",
  "receipts",
  "receiptProofs",
  "streams",
  "readers",
  "logs",
  "logLeaves",
  "logNodes",
  "logPending",
]);

/** Each may hold an advertisement as long as there can be. */
const sessionsMax = 2_048;
const principalsMax = 16_384;

export class Remembered {
  /** By session, and by the instance that asked and holds it. */
  readonly #sessions = new Forgetful<Map<string, SessionRecord>>(sessionsMax);
  readonly #principals = new Forgetful<Principal>(principalsMax);
  readonly rows = new RememberedRows();
  #isChanged = false;

  session(instance: string, id: string): SessionRecord | undefined {
    return this.#sessions.get(id)?.get(instance);
  }

  keep(instance: string, record: SessionRecord): void {
    const { id } = record.session;
    const of = this.#sessions.get(id) ?? new Map<string, SessionRecord>();
    this.#sessions.set(id, of.set(instance, record));
  }

  principal(id: string, read: () => Principal | undefined): Principal | undefined {
    const known = this.#principals.get(id);
    if (known !== undefined) return known;
    const found = read();
    if (found === undefined) return undefined;
    this.#principals.set(id, found);
    return found;
  }

  /** Before it is made. */
  changes(change: Change | LedgerChange): void {
    this.#isChanged = true;
    this.rows.changes(change);
    if (quiet.has(change.table)) return;
    if (change.table === "sessions")
      this.#sessions.delete(change.do === "put" ? change.row.id : change.key.id);
    else if (change.table === "sides")
      this.#sessions.delete(change.do === "put" ? change.row.session : change.key.session);
    else this.#forget();
  }

  becomes(state: LedgerState): void {
    this.#isChanged = true;
    this.rows.becomes(state);
  }

  ended(end: "committed" | "rolled back"): void {
    if (end === "rolled back" && this.#isChanged) this.clear();
    this.#isChanged = false;
  }

  clear(): void {
    this.#forget();
    this.rows.clear();
  }

  /** What was joined from several tables. */
  #forget(): void {
    this.#sessions.clear();
    this.#principals.clear();
  }
}

/**
 * The same answers, remembered for who speaks in sessions, of those that it holds; what changes with every envelope, and
 * with who comes and goes, is remembered row by row. Everybody else asks the database, whatever is remembered for others.
 */
export function remembering(answering: Answering, remembered: Remembered): Answering {
  const byRows = rememberingRows(answering, remembered.rows);
  const asItIs = ({ side, reach, instance }: SideRecord, name: SideName): SideRecord | undefined => {
    const of = { session: side.session, side: name };
    const sent = byRows.tally(of);
    if (sent === undefined) return undefined;
    const connection = (side.instance && byRows.connection({ instance: side.instance })) ?? null;
    return { side, reach, instance, connection, sent, handled: byRows.handled(of) ?? null };
  };
  const sessionAsItIs = ({ session, advertisement, ...sides }: SessionRecord): SessionRecord | undefined => {
    const consumer = asItIs(sides.consumer, "consumer");
    const provider = asItIs(sides.provider, "provider");
    return consumer && provider && { session, advertisement, consumer, provider };
  };
  return {
    ...answering,
    ...byRows,
    speaker: (by) => remembered.principal(by.id, () => answering.speaker(by)),
    spokenIn: (by) => {
      const known = remembered.session(by.instance, by.id);
      if (known !== undefined) return sessionAsItIs(known);
      const found = answering.spokenIn(by);
      if (found !== undefined && holds(found, by.instance)) remembered.keep(by.instance, found);
      return found;
    },
  };
}

const holds = ({ consumer, provider }: SessionRecord, instance: string): boolean =>
  consumer.side.instance === instance || provider.side.instance === instance;
