/**
 * Everything that goes out beside calls: envelopes and acknowledgements of all sessions. What was asked for in one turn of
 * the loop shares messages, sessions take turns, and no more is on its way than the broker lets wait [ENV-9].
 */
import { type AckFrame, encodeJsonFrame, limits, type SessionId } from "@parley/protocol";
import type { Clock } from "../clock.js";
import { afterTurn } from "../turn.js";
import type { Outgoing } from "./outgoing.js";

/** What a session has to say. */
export interface Source {
  readonly session: SessionId;
  /** Whether it holds its side over this connection: before, it says nothing. */
  readonly isReady: boolean;
  /** The next one that the other side has room for; `full` where it is larger than what is left here. */
  take(bytesMax: number): Outgoing | "full" | undefined;
  takeAcknowledged(): number | undefined;
}

/** Where it goes. */
export interface Carriage {
  readonly isConnected: boolean;
  carry(message: Uint8Array): void;
}

/** So long a word that nobody waits for may be put off, to go with others. */
const soonMs = 20;
/** So many of one session before the next has its turn. */
const turnCount = 16;

export class Outflow {
  readonly #carriage: Carriage;
  readonly #clock: Clock;
  /** In the order of their turns. */
  #sources = new Set<Source>();
  readonly #acknowledging = new Set<Source>();
  /** Sent over this connection, and not answered. */
  readonly #underWay = new Set<Outgoing>();
  #bytesUnderWay = 0;
  #isPlanned = false;
  #cancelSoon: (() => void) | undefined;

  constructor(carriage: Carriage, clock: Clock) {
    this.#carriage = carriage;
    this.#clock = clock;
  }

  /** Another connection: nothing is on its way over it. */
  begin(): void {
    this.#underWay.clear();
    this.#bytesUnderWay = 0;
  }

  /** It has something to send. */
  wake(source: Source): void {
    this.#sources.add(source);
    this.#plan();
  }

  /** It has something to acknowledge: at the end of this turn, or soon. */
  acknowledge(source: Source, isDue: boolean): void {
    this.#acknowledging.add(source);
    if (isDue) this.#plan();
    else this.#cancelSoon ??= this.#clock.after(soonMs, () => this.#soon());
  }

  /** There is room for another, or nobody waits for this one any more. */
  answered(out: Outgoing): void {
    if (!this.#underWay.delete(out)) return;
    this.#bytesUnderWay -= out.bytes;
    if (this.#sources.size > 0) this.#plan();
  }

  end(): void {
    this.#cancelSoon?.();
    this.#cancelSoon = undefined;
    this.#sources.clear();
    this.#acknowledging.clear();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    afterTurn(() => {
      this.#isPlanned = false;
      this.flush();
    });
  }

  #soon(): void {
    this.#cancelSoon = undefined;
    this.flush();
  }

  /** Says everything that can be said now. */
  flush(): void {
    if (!this.#carriage.isConnected) return;
    const acks = this.#acks();
    let frames = acks === undefined ? [] : [acks];
    let bytes = acks?.byteLength ?? 0;
    for (const out of this.#envelopes()) {
      const { frame } = out;
      if (frames.length === limits.framesPerMessageMax || bytes + frame.byteLength > limits.messageBytesMax) {
        this.#carriage.carry(joined(frames, bytes));
        frames = [];
        bytes = 0;
      }
      frames.push(frame);
      bytes += frame.byteLength;
    }
    if (frames.length > 0) this.#carriage.carry(joined(frames, bytes));
  }

  #acks(): Uint8Array | undefined {
    this.#cancelSoon?.();
    this.#cancelSoon = undefined;
    const acks: AckFrame["acks"] = [];
    for (const source of this.#acknowledging) {
      if (acks.length === limits.joinedSessionsPerConnection) {
        this.#plan();
        break;
      }
      // What this connection does not hold says it again once it does.
      this.#acknowledging.delete(source);
      const n = source.isReady ? source.takeAcknowledged() : undefined;
      if (n !== undefined) acks.push({ session: source.session, n });
    }
    return acks.length === 0 ? undefined : encodeJsonFrame("ack", { acks });
  }

  *#envelopes(): Generator<Outgoing> {
    for (let [source] = this.#sources; source !== undefined; [source] = this.#sources) {
      this.#sources.delete(source);
      for (let turn = 0; turn < turnCount; turn++) {
        const out = this.#next(source);
        if (out === "full") {
          // It goes on when there is room again, and nobody else before it.
          this.#sources = new Set([source, ...this.#sources]);
          return;
        }
        if (out === undefined) break;
        this.#underWay.add(out);
        this.#bytesUnderWay += out.bytes;
        yield out;
        if (turn === turnCount - 1) this.#sources.add(source);
      }
    }
  }

  #next(source: Source): Outgoing | "full" | undefined {
    if (!source.isReady) return undefined;
    const isFree = this.#underWay.size === 0;
    if (this.#underWay.size >= limits.envelopesWaitingPerConnection) return "full";
    // One that is larger than all the room there is goes alone.
    const room = isFree ? Number.POSITIVE_INFINITY : limits.bytesWaitingPerConnection - this.#bytesUnderWay;
    return source.take(room);
  }
}

function joined(frames: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = frames;
  if (only !== undefined && frames.length === 1) return only;
  const message = new Uint8Array(bytes);
  let at = 0;
  for (const frame of frames) {
    message.set(frame, at);
    at += frame.byteLength;
  }
  return message;
}
