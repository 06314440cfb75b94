/**
 * What this side can say of the broker's record: it reads what was delivered, and computes the chain from that, from what
 * it has sent itself, and from what it was told. Whatever does not fit is thrown as RecordDiffers.
 */
import {
  type ChainHead,
  type EnvelopeId,
  type FactView,
  readHeader,
  type SideName,
  type Stamp,
} from "@parley/protocol";
import type { Course } from "../course.js";
import type { Link } from "../link.js";
import { digestOf } from "../sha-256.js";
import { Chain, RecordDiffers } from "./chain.js";
import { Envelope } from "./envelope.js";
import type { Outcome } from "./outcome.js";
import type { Outgoing } from "./outgoing.js";
import { Segments, sentLink } from "./segments.js";

export class Witness {
  readonly #course: Course;
  readonly #side: SideName;
  readonly #link: Link;
  readonly #chain: Chain;
  readonly #segments = new Segments();

  constructor(course: Course, side: SideName, link: Link) {
    this.#course = course;
    this.#side = side;
    this.#link = link;
    this.#chain = new Chain(course.view.id);
  }

  joined(head: ChainHead): void {
    this.#chain.joined(head);
    this.#segments.forget(head.position);
  }

  /** Envelopes that were to come do not: the fact that they stand in cannot be computed. */
  missed(): void {
    this.#chain.lose();
    this.#segments.tear();
  }

  fact(fact: FactView): void {
    this.#chain.heard(fact);
  }

  outcome({ accepted, repeated, stands }: Outcome, sentAs: (id: EnvelopeId) => Outgoing | undefined): void {
    // Before what leads there: a later fact may have been told already.
    if (stands !== null && stands.head !== null) this.#chain.stated(stands.head);
    const author = { session: this.#course.view.id, side: this.#side, instance: this.#link.self.principal };
    for (const segment of accepted) {
      const link = sentLink(author, segment, sentAs);
      if (link === undefined) throw this.#differs(`what was sent as ${segment.n} and after it`);
      this.#chain.add(link);
    }
    for (const { id, digest } of repeated) {
      const out = sentAs(id);
      if (out !== undefined && digestOf(out.payload) !== digest)
        throw this.#differs(`what was sent as ${id}`);
    }
  }

  /** The envelope, if it is the other side's, in this session, and its payload is what the stamp says. */
  read(stamp: Stamp, headerBytes: Uint8Array, part: Uint8Array): Envelope {
    const read = readHeader(headerBytes);
    if ("fault" in read || read.header.session !== stamp.session || !this.#isTheirs(stamp))
      throw this.#differs(`envelope ${stamp.n}`);
    if (digestOf(part) !== stamp.payload) throw this.#differs(`the payload of envelope ${stamp.n}`);
    // The message that it came in is not to be kept for it.
    return new Envelope(read, stamp, part.slice(), this.#link.self.era);
  }

  /** The fact that it stands in can be checked once all of it has come. */
  delivered(stamp: Stamp, { id, headerText, payload }: Envelope): void {
    if (!this.#chain.looksAt(stamp.position)) {
      this.#segments.forget(stamp.position);
      return;
    }
    const entry = { id, header: headerText, payload: stamp.payload, payloadBytes: payload.byteLength };
    const link = this.#segments.add(stamp, entry);
    if (link === "fault") throw this.#differs(`the stamp of envelope ${stamp.n}`);
    if (link !== undefined) this.#chain.add(link);
  }

  #isTheirs({ side, agent, organisation }: Stamp): boolean {
    const other = this.#side === "consumer" ? "provider" : "consumer";
    const party = this.#course.view[other];
    return side === other && agent === party.agent.id && organisation === party.organisation.id;
  }

  #differs(what: string): RecordDiffers {
    return new RecordDiffers(this.#course.view.id, what);
  }
}
