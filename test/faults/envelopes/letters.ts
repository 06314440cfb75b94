/** Envelopes of every size and spelling, from a seed: what can be known again in a file carries a marker. */
import { encodeId, type SideName } from "@parley/protocol";
import { sha256 } from "../../fixtures/signing.js";

export interface Letter {
  /** In the order in which its side means to send. */
  readonly number: number;
  readonly id: string;
  readonly type: string;
  readonly header: string;
  readonly payload: Buffer;
  readonly digest: string;
  readonly marker: string | null;
}

export interface Marker {
  readonly prefix: string;
  readonly length: number;
}

const markerTail = 16;
export const makeMarker = (seed: number): Marker => {
  const prefix = `a-payload-of-${seed.toString(16).padStart(8, "0")}-`;
  return { prefix, length: prefix.length + markerTail };
};

export interface Habits {
  readonly types: readonly string[];
  /** Types that the terms do not list, sent now and then; none where the terms are kept. */
  readonly forbidden: readonly string[];
  readonly bytesMax: number;
  /** Writes in bursts, both sides at once: so far from one's beginning to the next one's. */
  readonly everyMs?: number;
}

export interface Writing extends Habits {
  readonly session: string;
  readonly side: SideName;
  readonly random: () => number;
  readonly marker: Marker;
}

const burstMs = 1_400;
const notes = ["", "plain", "Grüße", "ご挨拶", "🙂🙃", 'a "quoted" \\ one'];

export class Letters {
  readonly #writing: Writing;
  #written = 0;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  next(): Letter {
    const { types, forbidden, random } = this.#writing;
    this.#written += 1;
    const of = forbidden.length > 0 && random() < 0.03 ? forbidden : types;
    const type = of[Math.floor(random() * of.length)] ?? "talk.note";
    return this.#letter(this.#id(), type, this.#bytes(this.#size()));
  }

  /** Whether it is between two bursts. */
  get isResting(): boolean {
    const { everyMs } = this.#writing;
    return everyMs !== undefined && Date.now() % everyMs > burstMs;
  }

  /** The same id with another payload: never the same envelope. */
  forged({ id, type, payload }: Letter): Letter {
    const letter = this.#letter(id, type, Buffer.concat([payload, Buffer.from([1])]));
    return { ...letter, marker: null };
  }

  #letter(id: string, type: string, payload: Buffer): Letter {
    const { session, random } = this.#writing;
    const note = notes[Math.floor(random() * notes.length)];
    const said = { session, id, type, ...(note ? { "x-note": note } : {}) };
    const header = random() < 0.2 ? JSON.stringify(said, undefined, 1) : JSON.stringify(said);
    const { prefix, length } = this.#writing.marker;
    const isMarked = payload.subarray(0, prefix.length).toString("latin1") === prefix;
    const marker = isMarked ? payload.toString("latin1", 0, length) : null;
    return { number: this.#written, id, type, header, payload, digest: sha256(payload), marker };
  }

  /** Mostly greater than all before, so that some are not. */
  #id(): string {
    const { random, side } = this.#writing;
    const bytes = Buffer.alloc(16);
    const isStray = random() < 0.05;
    bytes.writeUInt32BE(isStray ? Math.floor(random() * this.#written) : this.#written, 0);
    for (let at = 4; at < 15; at++) bytes.writeUInt8(Math.floor(random() * 256), at);
    bytes.writeUInt8(side === "consumer" ? 0 : 1, 15);
    return encodeId("envelope", bytes);
  }

  #size(): number {
    const { random, bytesMax } = this.#writing;
    const kind = random();
    const upTo = kind < 0.1 ? 10 : kind < 0.75 ? 400 : kind < 0.97 ? 4_000 : 60_000;
    return Math.floor(random() * Math.min(upTo, bytesMax));
  }

  #bytes(size: number): Buffer {
    const { random, marker } = this.#writing;
    const bytes = Buffer.alloc(size, Math.floor(random() * 256));
    if (size < marker.length) return bytes;
    const tail = Array.from({ length: markerTail }, () => Math.floor(random() * 16).toString(16)).join("");
    bytes.write(marker.prefix + tail, "latin1");
    return bytes;
  }
}
