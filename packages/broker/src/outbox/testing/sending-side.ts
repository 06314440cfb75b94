/** A side of a session that sends, and the record of it: what it accepts is told as the line tells it, and read as it is kept. */
import { hash } from "node:crypto";
import { type Credit, limits, makeId, type SideName } from "@parley/protocol";
import type { SentIn, SessionStanding } from "../../governance/engagement-commands.js";
import type { Marks } from "../../governance/session/envelope-entities.js";
import { nothingFlows } from "../../governance/session/envelope-entities.js";
import * as cast from "../../governance/testing/cast.js";
import * as city from "../../governance/testing/city.js";
import type { StoredSegment } from "../../ledger/envelope-pages.js";
import type { SentCommand } from "../hearing.js";
import type { Readable, ReadEnvelopes, Wanted } from "../holder.js";
import { factOf } from "./wires.js";

export interface Said {
  readonly header: string;
  readonly payload: Uint8Array;
  readonly marks?: Marks;
}

const credit: Credit = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };
const saysSo = (n: number): Said => ({ header: `{"x-n":"${n}"}`, payload: Buffer.from(`payload ${n}`) });

export class SendingSide {
  readonly session = makeId("session");
  readonly side: SideName = "consumer";
  readonly kept: StoredSegment[] = [];
  n = 0;
  /** How far may be delivered, where that is not everything. */
  upTo: number | undefined;
  isClosed = false;
  /** How far the side that receives may send. */
  sendUpTo = credit;
  /** How far it may send itself, as its answers say. */
  credit = credit;
  /** So many segments are read at once. */
  segmentsAtOnce = 64;
  reads = 0;
  /** Waited for when something is read, before it is or after. */
  before: () => Promise<void> = () => Promise.resolve();
  after: () => Promise<void> = () => Promise.resolve();
  #sent = 0;

  get standing(): SessionStanding {
    const row = city.sessionRow(this.session, city.lives.active);
    const sides = { consumer: city.sideRow(row, "consumer"), provider: city.sideRow(row, "provider") };
    return { session: row, ...sides, flow: nothingFlows(this.session) };
  }

  /** Accepted and durable: kept, and to be told. */
  accept(...said: readonly (number | Said)[]): SentCommand {
    const all = said.map((one, at) => (typeof one === "number" ? saysSo(this.n + at + 1) : one));
    const { command, fact, made } = this.#written(all);
    const { standing } = this;
    const stands: SentIn["stands"] = {
      ...{ state: "active", left: { envelopes: null, bytes: null, milliseconds: null } },
      sendUpTo: this.credit,
    };
    const sessions = [
      { session: this.session, side: this.side, standing, stands, facts: 1, segments: [made] } as const,
    ];
    return {
      command,
      answer: { taken: [], sessions },
      facts: [fact],
      carried: all.map((one) => one.payload),
    };
  }

  /** Nobody has kept their payloads, from the first of them to the last. */
  lose(from: number, to: number): void {
    for (const [at, { segment, payloads, ...rest }] of this.kept.entries()) {
      const isAll = from <= segment.n && to >= segment.n + segment.count - 1;
      if (isAll) this.kept[at] = { ...rest, segment, payloads: undefined };
      else if (payloads !== undefined && to >= segment.n && from <= segment.n)
        this.kept[at] = { ...rest, segment, payloads: trimmed(payloads, to - segment.n + 1) };
    }
  }

  readonly read: ReadEnvelopes = async ({ n }: Wanted): Promise<Readable> => {
    this.reads += 1;
    await this.before();
    const after = this.kept.filter(({ segment }) => segment.n + segment.count > n);
    const found = {
      ...{ from: { agent: cast.scout, organisation: cast.acme }, upTo: this.upTo ?? this.n },
      ...{ isClosed: this.isClosed, sendUpTo: this.sendUpTo, segments: after.slice(0, this.segmentsAtOnce) },
    };
    await this.after();
    return found;
  };

  /** Of its segment, nothing is kept from the n-th on. */
  cut(n: number): void {
    for (const [at, { segment, payloads, ...rest }] of this.kept.entries())
      if (payloads !== undefined && n > segment.n && n < segment.n + segment.count) {
        const bytes = payloads.bytes.subarray(0, startsOf(payloads)[n - segment.n]);
        this.kept[at] = { ...rest, segment, payloads: { ...payloads, count: n - segment.n, bytes } };
      }
  }

  /** Retention has blanked the fact of the segment that begins so. */
  blank(n: number): void {
    for (const [at, kept] of this.kept.entries())
      if (kept.segment.n === n) this.kept[at] = { ...kept, contentText: null };
  }

  #written(said: readonly Said[]) {
    const { session, side } = this;
    const n = this.n + 1;
    const entries = said.map(({ header, payload, marks }) => ({
      ...{ id: makeId("envelope"), header, payload: hash("sha256", payload, "base64url") },
      ...{ payloadBytes: payload.byteLength, ...marks },
    }));
    for (const { header, payload } of said) this.#sent += Buffer.byteLength(header) + payload.byteLength;
    const sent = this.#sent;
    const cause = makeId("command");
    const data = { session, side, instance: cast.scout1, n, seq: n, sent, entries };
    const told = factOf(`session:${session}`, "session.sent", data);
    const fact = { ...told, contentText: (told.contentText ?? "").replace("cmd_test", cause) };
    const { position, at } = fact.skeleton;
    const segment = { session, side, n, seq: n, count: said.length, position, at, sent };
    const bytes = Buffer.concat(said.map(({ payload }) => payload));
    const payloads = { session, side, n, count: said.length, trimmed: 0, bytes } as const;
    const ids = { firstId: null, lastId: null };
    this.kept.push({ segment: { ...segment, ...ids }, contentText: fact.contentText, payloads });
    this.n += said.length;
    const places = said.map((_, place) => place);
    const made = { fact: 0, n, seq: n, sent, places, marks: said.map(({ marks }) => marks ?? {}) };
    const envelopes = entries.map((entry) => ({ ...entry, session, type: "a.b", bytes: 0 }));
    const caller = { principal: cast.scout1, generation: "0.0.0" };
    const socket = { connection: makeId("connection"), epoch: 1 };
    const command = {
      kind: "envelopes.send",
      id: cause,
      caller,
      target: session,
      socket,
      envelopes,
    } as const;
    return { command: command as SentCommand["command"], fact, made };
  }
}

type Payloads = NonNullable<StoredSegment["payloads"]>;

/** Each payload of `saysSo` begins with the same word. */
const startsOf = ({ bytes }: Payloads): readonly number[] =>
  [
    ...Buffer.from(bytes)
      .toString()
      .matchAll(/payload /g),
  ].map(({ index }) => index);

const trimmed = (payloads: Payloads, count: number): Payloads => ({
  ...{ ...payloads, trimmed: count, bytes: payloads.bytes.subarray(startsOf(payloads)[count]) },
});
