/** An envelope as whoever receives it has it in hand: the sender's header, the broker's stamp, the payload as bytes. */
import type {
  AgentId,
  EnvelopeHeader,
  EnvelopeId,
  InstanceId,
  OrganisationId,
  SessionId,
  Stamp,
} from "@parley/protocol";
import { ParleyFault } from "../fault.js";

/** Who has sent an envelope: as its connection was authenticated, not as it says. */
export interface Sender {
  /** `ins_…` */
  readonly instance: InstanceId;
  /** `agt_…` */
  readonly agent: AgentId;
  /** `org_…` */
  readonly organisation: OrganisationId;
}

/** One message of the other side. */
export class Envelope {
  /** In which session. */
  readonly session: SessionId;
  /** All that its sender says outside the payload. */
  readonly header: EnvelopeHeader;
  /** As it was sent, byte for byte. */
  readonly payload: Uint8Array;
  /** Of the other side's envelopes, from 1. */
  readonly n: number;
  /** Of the session's, from 1. */
  readonly seq: number;
  /** When the broker accepted it, by its clock (RFC 3339). */
  readonly at: string;
  /** Who has sent it. */
  readonly from: Sender;
  /** Whether it may have been handled before, by a process before this one or by a sibling. */
  readonly redelivered: boolean;
  /** @internal The header as it was sent, character for character: what is hashed. */
  readonly headerText: string;
  readonly #era: number;

  /** @internal Envelopes come from sessions. */
  constructor(
    { header, text }: { readonly header: EnvelopeHeader; readonly text: string },
    stamp: Stamp,
    payload: Uint8Array,
    era: number,
  ) {
    const { instance, agent, organisation } = stamp;
    this.session = stamp.session;
    this.header = header;
    this.headerText = text;
    this.payload = payload;
    this.n = stamp.n;
    this.seq = stamp.seq;
    this.at = stamp.at;
    this.from = { instance, agent, organisation };
    this.redelivered = stamp.redelivered === true;
    this.#era = era;
  }

  /** `env_…`, made by its sender. */
  get id(): EnvelopeId {
    return this.header.id;
  }

  /** Dotted lower case: `markets.equity.request`. */
  get type(): string {
    return this.header.type;
  }

  /**
   * Where the session stands once this has been handled: kept together with what the handling has done, and given to
   * `agent.resume`, it lets a process after this one go on with exactly the next. Opaque.
   */
  get cursor(): string {
    return cursorAt(this.#era, this.n);
  }

  /** The payload as text; a ParleyFault where it is not UTF-8. */
  text(): string {
    try {
      return utf8.decode(this.payload);
    } catch (error) {
      throw new ParleyFault(`${this.type}: the payload is not UTF-8`, "never", error);
    }
  }

  /** What the payload says as JSON; a ParleyFault where it says nothing. `session.typed` checks what it is. */
  json<T = unknown>(): T {
    const text = this.text();
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new ParleyFault(`${this.type}: the payload is not JSON`, "never", error);
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const cursorText = /^([1-9]\d{0,14})\.(0|[1-9]\d{0,14})$/;

export const cursorAt = (era: number, after: number): string => `${era}.${after}`;

/** Throws a RangeError where it is none. */
export function readCursor(cursor: string): { readonly era: number; readonly after: number } {
  const [, era, after] = cursorText.exec(cursor) ?? [];
  if (era === undefined || after === undefined)
    throw new RangeError(`${JSON.stringify(cursor)} is no envelope's cursor`);
  return { era: Number(era), after: Number(after) };
}
