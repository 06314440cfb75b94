/**
 * Appending facts within one transaction, with everything that follows from them: derived rows, stream heads, readers,
 * logs, the running hash, the era. Live decisions and a rebuild take the same way through here. What is remembered was
 * read from the transaction and dies with it.
 */
import type { DerivedChange } from "../governance/change.js";
import type { FactContent, FactData } from "../governance/fact.js";
import type { Effects } from "../governance/verdict.js";
import { emptyStream, flawOf, headOf, makeFact, runningAfter } from "./chain.js";
import { RecordBehind } from "./faults.js";
import { endSecondsBefore, type OpenLog, tell } from "./log.js";
import { logChanges, readEndedSeconds, readLog } from "./log-rows.js";
import { type Carried, payloadChanges } from "./payload-rows.js";
import { projectStored } from "./projection.js";
import { readerAfter, readingsOf } from "./reading.js";
import { secondOf } from "./seconds.js";
import type { LedgerChange, LedgerState, LogLeaf, Reader, Transaction } from "./store.js";
import type { StoredFact, StreamHead } from "./stored-fact.js";
import { readsAt } from "./stream.js";

export class Appending {
  readonly #tx: Transaction;
  readonly #heads = new Map<string, StreamHead>();
  readonly #readers = new Map<string, readonly Reader[]>();
  readonly #logs = new Map<string, OpenLog>();
  /** Ledger rows that are written once, at the end: a stream that grew a hundred times has one head. */
  readonly #rows: LedgerChange[] = [];
  #state: LedgerState;
  #wrote = false;

  constructor(tx: Transaction, state: LedgerState) {
    this.#tx = tx;
    this.#state = state;
  }

  get state(): LedgerState {
    return this.#state;
  }

  get wrote(): boolean {
    return this.#wrote;
  }

  /** Makes facts of what one command came to and writes them, with what they change and the working rows. */
  async append(
    { facts, work, payloads, seals }: Pick<Effects, "facts" | "work" | "payloads" | "seals">,
    carried: Carried,
    at: number,
  ): Promise<readonly StoredFact[]> {
    if (seals) await this.seal(secondOf(at), at);
    if (facts.length + work.length + payloads.length === 0) return [];
    const { era } = this.#state;
    const stored: StoredFact[] = [];
    const changes: DerivedChange[] = [];
    for (const fact of facts) {
      const made = makeFact(fact, await this.#headOf(fact.stream), this.#state.ordinal + 1, at);
      changes.push(...(await this.#follow(made, fact.content)));
      stored.push(made);
    }
    this.#state = { ...this.#state, at };
    this.#wrote = true;
    if (stored.length > 0) await this.#tx.append(stored);
    const kept = payloads.length === 0 ? [] : await payloadChanges(this.#tx, payloads, carried);
    await this.#tx.change([...changes, ...work, ...kept]);
    // The next command of the same transaction may already ask for the era.
    if (this.#state.era !== era) await this.#tx.putState(this.#state);
    return stored;
  }

  /**
   * [REC-7] Ends the seconds before this one in every log: shared heads that wait for something else to be told become leaves. No
   * fact is of such a second any more, so the leaves are those that the next fact would have made of them.
   */
  async seal(second: number, at: number = this.#state.at): Promise<void> {
    const { logs } = await this.#tx.answer({ logs: { find: "pendingLogs", by: { before: second } } });
    // A log of this very transaction may have heads that no row tells of yet.
    let isMade = logs.length > 0;
    for (const name of new Set([...logs, ...this.#logs.keys()])) {
      const log = await this.#logOf(name);
      await readEndedSeconds(this.#tx, log, second);
      const leaves = endSecondsBefore(log, second);
      isMade ||= leaves.length > 0;
      this.#leave(leaves);
    }
    if (!isMade) return;
    this.#state = { ...this.#state, at: Math.max(this.#state.at, at), sealed: second };
    this.#wrote = true;
  }

  /** Takes in a fact that is stored already, and writes only what follows from it. */
  async replay(fact: StoredFact): Promise<void> {
    const expected = this.#state.ordinal + 1;
    if (fact.ordinal !== expected)
      throw new RecordBehind("altered", `fact ${expected}`, `fact ${fact.ordinal}`);
    const flaw = flawOf(fact, await this.#headOf(fact.skeleton.stream));
    if (flaw) throw new RecordBehind("altered", `fact ${fact.ordinal} as it was hashed`, `another ${flaw}`);
    await this.#tx.change(await this.#follow(fact));
    this.#wrote = true;
  }

  /** Writes what is written once per transaction. The state it answers is stored if and only if the commit succeeds. */
  async finish(): Promise<LedgerState> {
    for (const row of this.#heads.values()) {
      if (row.position > 0) this.#rows.push({ do: "put", table: "streams", row });
    }
    for (const log of this.#logs.values()) this.#rows.push(...logChanges(log));
    if (this.#rows.length > 0) await this.#tx.change(this.#rows);
    await this.#tx.putState(this.#state);
    return this.#state;
  }

  async #follow(fact: StoredFact, made?: FactContent): Promise<readonly DerivedChange[]> {
    const { stream, at } = fact.skeleton;
    for (const reader of await this.#readersFrom(fact)) {
      const log = await this.#logOf(reader.log);
      await readEndedSeconds(this.#tx, log, secondOf(at));
      this.#leave(tell(log, reader, fact));
    }
    this.#heads.set(stream, headOf(fact));
    this.#state = {
      ...this.#state,
      ordinal: fact.ordinal,
      running: runningAfter(this.#state.running, fact.hash),
      at,
      era: eraAfter(this.#state.era, fact),
    };
    return projectStored(fact, made);
  }

  #leave(leaves: readonly LogLeaf[]): void {
    this.#rows.push(...leaves.map((row) => ({ do: "put", table: "logLeaves", row }) as const));
  }

  async #headOf(stream: string): Promise<StreamHead> {
    const known = this.#heads.get(stream);
    if (known) return known;
    const { head } = await this.#tx.answer({ head: { find: "streamHead", by: { stream } } });
    const found = head ?? emptyStream(stream);
    this.#heads.set(stream, found);
    return found;
  }

  /** Who reads a fact: those that it lets in, and those that it lets go, do. */
  async #readersFrom(fact: StoredFact): Promise<readonly Reader[]> {
    const { stream } = fact.skeleton;
    let readers = await this.#readersOf(stream);
    for (const reading of readingsOf(fact)) {
      const log = await this.#logOf(reading.log);
      const before = readers.find((one) => one.log === reading.log);
      const row = readerAfter(fact, reading, before, log.shared + 1);
      if (row === undefined) continue;
      // Only a stream that this log has never read raises how many it has seen.
      log.shared = Math.max(log.shared, row.order);
      this.#rows.push({ do: "put", table: "readers", row });
      readers = [...readers.filter((one) => one !== before), row];
      this.#readers.set(stream, readers);
    }
    return readers.filter((reader) => readsAt(reader, fact.skeleton.position));
  }

  async #readersOf(stream: string): Promise<readonly Reader[]> {
    const known = this.#readers.get(stream);
    if (known) return known;
    const { readers } = await this.#tx.answer({ readers: { find: "readersOf", by: { stream } } });
    this.#readers.set(stream, readers);
    return readers;
  }

  async #logOf(name: string): Promise<OpenLog> {
    const known = this.#logs.get(name);
    if (known) return known;
    const log = await readLog(this.#tx, name);
    this.#logs.set(name, log);
    return log;
  }
}

/** The state of the record as this transaction finds it. */
export async function beginAppending(tx: Transaction): Promise<Appending> {
  const { state } = await tx.answer({ state: { find: "ledgerState", by: {} } });
  return new Appending(tx, state);
}

function eraAfter(era: number, { skeleton, contentText }: StoredFact): number {
  if (skeleton.kind !== "era.began" || contentText === null) return era;
  return (JSON.parse(contentText) as { readonly data: FactData["era.began"] }).data.era;
}
