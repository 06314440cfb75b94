/**
 * The record as a stranger finds it in a copy of the broker's folder: opened read-only, with statements and hashes of
 * its own. Nothing of the broker's is imported; what it claims to hold is computed again from the bytes.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SideName, Terms } from "@parley/protocol";
import Database from "better-sqlite3";
import { canonical } from "../../fixtures/record.js";
import { sha256 } from "../../fixtures/signing.js";

export interface RecordedFact {
  readonly position: number;
  readonly kind: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Mark {
  readonly rule: string;
  readonly limit?: number;
  readonly used?: number;
  readonly at: string;
}

export interface Entry {
  readonly side: SideName;
  readonly n: number;
  readonly seq: number;
  readonly position: number;
  readonly at: number;
  readonly instance: string;
  readonly id: string;
  readonly header: string;
  readonly payload: string;
  readonly payloadBytes: number;
  /** What terms on trial would have refused it for, as its fact says. */
  readonly wouldRefuse: readonly Mark[];
}

export interface SideRow {
  readonly n: number;
  readonly bytes: number;
  readonly violations: number;
  /** How far the other side has come with it. */
  readonly handled: number;
  readonly handledBytes: number;
  readonly handed: number;
}

export interface RecordedSession {
  readonly id: string;
  readonly state: string;
  readonly terms: Terms;
  readonly termsDigest: string;
  /** Where the hashes do not hold, if they do not. */
  readonly chainFlaw: string | undefined;
  readonly facts: readonly RecordedFact[];
  /** In the order of the chain. */
  readonly entries: readonly Entry[];
  /** What the rows of segments claim, beside the facts. */
  readonly segments: readonly {
    side: SideName;
    n: number;
    seq: number;
    count: number;
    sent: number;
    position: number;
  }[];
  readonly sides: Readonly<Record<SideName, SideRow>>;
  /** What is kept, by its own digest. */
  readonly kept: readonly { readonly side: SideName; readonly n: number; readonly digest: string }[];
}

export interface Found {
  readonly readAtMs: number;
  readonly sessions: readonly RecordedSession[];
  /** Markers of payloads found in the files and in what the broker has said, with the place. */
  readonly leaks: readonly { readonly marker: string; readonly where: string }[];
}

interface SessionRow {
  readonly id: string;
  readonly life: string;
  readonly terms: string;
  readonly terms_digest: string;
}
interface FactRow {
  readonly position: number;
  readonly kind: string;
  readonly at: number;
  readonly skeleton: string;
  readonly hash: string;
  readonly content: string | null;
}
type SegmentRow = RecordedSession["segments"][number];
interface PayloadRow {
  readonly side: SideName;
  readonly n: number;
  readonly count: number;
  readonly trimmed: number;
  readonly bytes: Buffer;
}
interface Saying {
  readonly side: SideName;
  readonly instance: string;
  readonly n: number;
  readonly seq: number;
  readonly entries: readonly (Pick<Entry, "id" | "header" | "payload" | "payloadBytes"> & {
    readonly wouldRefuse?: readonly Mark[];
  })[];
}

function chainFlaw(id: string, rows: readonly FactRow[]): string | undefined {
  let previous = "A".repeat(43);
  for (const [index, row] of rows.entries()) {
    const skeleton = JSON.parse(row.skeleton) as Record<string, unknown>;
    const { position, kind, at } = row;
    const stands = skeleton.position === position && skeleton.kind === kind && skeleton.at === at;
    if (position !== index + 1 || !stands || skeleton.stream !== `session:${id}`)
      return `${index + 1}: another place`;
    if (skeleton.previous !== previous) return `${position}: another hash before it`;
    if (sha256(canonical(skeleton)) !== row.hash) return `${position}: another hash`;
    if (row.content !== null && sha256(canonical(JSON.parse(row.content))) !== skeleton.contentDigest)
      return `${position}: another content`;
    previous = row.hash;
  }
  return undefined;
}

const entriesOf = ({ kind, position, at, data }: RecordedFact): Entry[] => {
  if (kind !== "session.sent") return [];
  const { side, instance, n, seq, entries } = data as unknown as Saying;
  return entries.map(({ id, header, payload, payloadBytes, wouldRefuse = [] }, index) => {
    const place = { side, instance, position, at, n: n + index, seq: seq + index };
    return { ...place, id, header, payload, payloadBytes, wouldRefuse };
  });
};

/** A row is cut by the lengths that the chain states: what does not fit has another digest. */
function keptIn({ side, n, count, trimmed, bytes }: PayloadRow, entries: readonly Entry[]) {
  const kept: RecordedSession["kept"][number][] = [];
  let offset = 0;
  for (let index = trimmed; index < count; index++) {
    const entry = entries.find((one) => one.side === side && one.n === n + index);
    const length = entry?.payloadBytes ?? 0;
    kept.push({ side, n: n + index, digest: sha256(bytes.subarray(offset, offset + length)) });
    offset += length;
  }
  if (offset !== bytes.byteLength) kept.push({ side, n: n + count, digest: "bytes that belong to nothing" });
  return kept;
}

class Reading {
  readonly #db: Database.Database;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  sessions(): RecordedSession[] {
    const rows = this.#all<SessionRow>("SELECT id, life, terms, terms_digest FROM sessions ORDER BY id");
    return rows.map((row) => this.#session(row));
  }

  #session({ id, life, terms, terms_digest }: SessionRow): RecordedSession {
    const rows = this.#all<FactRow>(
      "SELECT position, kind, at, skeleton, hash, content FROM facts WHERE stream = ? ORDER BY ordinal",
      `session:${id}`,
    );
    const facts = rows.map(({ position, kind, at, content }) => {
      const { data = {} } = JSON.parse(content ?? "{}") as { data?: Record<string, unknown> };
      return { position, kind, at, data };
    });
    const entries = facts.flatMap(entriesOf);
    const payloads = this.#all<PayloadRow>(
      "SELECT side, n, count, trimmed, bytes FROM payloads WHERE session = ? ORDER BY side, n",
      id,
    );
    return {
      ...{ id, facts, entries, state: (JSON.parse(life) as { state: string }).state },
      ...{ terms: JSON.parse(terms) as Terms, termsDigest: terms_digest, chainFlaw: chainFlaw(id, rows) },
      segments: this.#all<SegmentRow>(
        "SELECT side, n, seq, count, sent, position FROM segments WHERE session = ? ORDER BY position",
        id,
      ),
      sides: { consumer: this.#side(id, "consumer"), provider: this.#side(id, "provider") },
      kept: payloads.flatMap((row) => keptIn(row, entries)),
    };
  }

  #side(session: string, side: SideName): SideRow {
    const [tally] = this.#all<Pick<SideRow, "n" | "bytes" | "violations">>(
      "SELECT n, bytes, violations FROM tallies WHERE session = ? AND side = ?",
      session,
      side,
    );
    const [handled] = this.#all<{ n: number; bytes: number; handed: number }>(
      "SELECT n, bytes, handed FROM handled WHERE session = ? AND side = ?",
      session,
      side,
    );
    const { n = 0, bytes = 0, violations = 0 } = tally ?? {};
    const { n: upTo = 0, bytes: handledBytes = 0, handed = 0 } = handled ?? {};
    return { n, bytes, violations, handled: upTo, handledBytes, handed };
  }

  #all<Row>(sql: string, ...by: readonly string[]): Row[] {
    return this.#db.prepare(sql).all(...by) as Row[];
  }
}

/** Of a broker that lives: how many payloads are kept that are handled, in sessions that keep none of those. */
export function outlived(folder: string): number {
  const db = new Database(join(folder, "parley.db"), { readonly: true });
  try {
    const kept = db.prepare(
      `SELECT count(*) AS count FROM payloads JOIN handled USING (session, side) JOIN sessions ON id = session
       WHERE payloads.n + trimmed <= handled.n AND (terms ->> 'payloadRetention' = 'until_delivered'
       OR terms ->> 'payloadRetention' = 'until_closed' AND life ->> 'state' = 'closed')`,
    );
    return (kept.get() as { count: number }).count;
  } finally {
    db.close();
  }
}

/** What carries this prefix is a payload of ours; the characters after it say which. */
function markersIn(bytes: Buffer, prefix: string, length: number): string[] {
  const found: string[] = [];
  for (let at = bytes.indexOf(prefix); at >= 0; at = bytes.indexOf(prefix, at + 1))
    found.push(bytes.toString("latin1", at, at + length));
  return found;
}

export interface Looking {
  /** Of a broker that has gone. */
  readonly folder: string;
  /** How every payload that is looked for begins, and how long the whole marker is. */
  readonly marker: { readonly prefix: string; readonly length: number };
  /** What its processes have said. */
  readonly said: readonly string[];
}

export function readRecord({ folder, marker, said }: Looking): Found {
  const { prefix, length } = marker;
  const copy = mkdtempSync(join(tmpdir(), "parley-record-"));
  try {
    cpSync(folder, copy, { recursive: true });
    const files = readdirSync(copy, { recursive: true, encoding: "utf8" });
    const leaks = files
      .filter((file) => statSync(join(copy, file)).isFile())
      .flatMap((file) => {
        const found = markersIn(readFileSync(join(copy, file)), prefix, length);
        return found.map((each) => ({ marker: each, where: file }));
      });
    for (const text of said)
      for (const each of markersIn(Buffer.from(text), prefix, length))
        leaks.push({ marker: each, where: "what it said" });
    const db = new Database(join(copy, "parley.db"), { readonly: true });
    try {
      return { readAtMs: Date.now(), sessions: new Reading(db).sessions(), leaks };
    } finally {
      db.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
