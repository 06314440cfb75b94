/**
 * The chain of a session as this side computes it along the way, from what it has sent, was delivered and was told. Every
 * head that the broker states is compared; where one differs, the broker's record is not the one that we were shown. What
 * stood there before the first head or fact that was heard, or came while this side was away, is not looked at.
 */
import {
  type ChainHead,
  canonicalJson,
  chainOf,
  type FactView,
  type Json,
  type SessionId,
  skeletonText,
} from "@parley/protocol";
import { ParleyFault } from "../fault.js";
import { digestOf } from "../sha-256.js";

/** The record is not what the broker has shown of it: somebody should look at that broker. */
export class RecordDiffers extends ParleyFault {
  override readonly name = "RecordDiffers";
  /** Which session's. */
  readonly session: SessionId;

  constructor(session: SessionId, what: string) {
    super(`the record differs from what was shown: ${what}`, "never");
    this.session = session;
  }
}

/** A fact as far as its hash is of it, without the one before. */
export interface ChainLink {
  readonly position: number;
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly contentDigest: string;
  /** As the broker has said them, if it has. */
  readonly previous?: string | undefined;
  readonly hash?: string | undefined;
}

const canonicalDigest = (content: Readonly<Record<string, unknown>>): string =>
  digestOf(canonicalJson(content as Json));

/** Facts come by several ways, so one may wait for those before it: for so many, and then it is begun anew. */
const waitingMax = 1_024;

export class Chain {
  readonly #session: SessionId;
  readonly #stream: string;
  #head: ChainHead | undefined;
  /** Beyond the head, because something between is not known yet. */
  readonly #waiting = new Map<number, ChainLink>();
  /** Heads that were stated of positions that are not reached yet. */
  readonly #stated = new Map<number, string>();

  constructor(session: SessionId) {
    this.#session = session;
    this.#stream = chainOf(session);
  }

  /** How far it has been computed, and what it is there. */
  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** Whether a fact at this position is still looked at. */
  looksAt(position: number): boolean {
    return this.#head === undefined || position > this.#head.position;
  }

  /** It goes on from here: what came in between was told to nobody here. */
  joined(head: ChainHead): void {
    this.#agree(head);
    if (this.looksAt(head.position)) this.#begin(head);
  }

  /** The broker states that this is how far the record goes, or went. */
  stated(head: ChainHead): void {
    if (this.#head === undefined) {
      this.joined(head);
      return;
    }
    this.#agree(head);
    if (!this.looksAt(head.position)) return;
    if ((this.#stated.get(head.position) ?? head.hash) !== head.hash) throw this.#differs(head.position);
    this.#stated.set(head.position, head.hash);
    this.#bound();
  }

  /** What led on from here will not be known: it is begun anew with the next head or fact. */
  lose(): void {
    this.#head = undefined;
    this.#waiting.clear();
    this.#stated.clear();
  }

  heard(fact: FactView): void {
    const { position, kind, previous, hash, content, contentDigest } = fact;
    if (fact.stream !== this.#stream) throw this.#differs(position);
    // One whose content was erased still has its place.
    if (content !== null && canonicalDigest(content) !== contentDigest) throw this.#differs(position);
    if (this.#head === undefined) this.#begin({ position: position - 1, hash: previous });
    this.add({ position, kind, at: Date.parse(fact.at), contentDigest, previous, hash });
  }

  add(link: ChainLink): void {
    const { position } = link;
    if (!this.looksAt(position)) {
      if (link.hash !== undefined) this.#agree({ position, hash: link.hash });
      return;
    }
    const known = this.#waiting.get(position);
    if (known !== undefined && known.contentDigest !== link.contentDigest) throw this.#differs(position);
    this.#waiting.set(position, { ...known, ...link });
    this.#goOn();
    this.#bound();
  }

  #begin(head: ChainHead): void {
    this.#head = head;
    for (const at of this.#waiting.keys()) if (at <= head.position) this.#waiting.delete(at);
    for (const at of this.#stated.keys()) if (at <= head.position) this.#stated.delete(at);
    this.#goOn();
  }

  #goOn(): void {
    for (;;) {
      if (this.#head === undefined) return;
      const position = this.#head.position + 1;
      const link = this.#waiting.get(position);
      if (link === undefined) return;
      this.#waiting.delete(position);
      this.#head = { position, hash: this.#hashOf(link, this.#head.hash) };
      const stated = this.#stated.get(position);
      this.#stated.delete(position);
      if ((stated ?? this.#head.hash) !== this.#head.hash) throw this.#differs(position);
    }
  }

  #hashOf({ position, kind, at, contentDigest, ...said }: ChainLink, previous: string): string {
    const hash = digestOf(
      skeletonText({ stream: this.#stream, position, kind, at, contentDigest, previous }),
    );
    const isSo = (said.previous ?? previous) === previous && (said.hash ?? hash) === hash;
    if (!isSo) throw this.#differs(position);
    return hash;
  }

  #agree({ position, hash }: ChainHead): void {
    if (position === this.#head?.position && hash !== this.#head.hash) throw this.#differs(position);
  }

  /** Something between was never told: what is known beyond it says nothing. */
  #bound(): void {
    if (this.#waiting.size > waitingMax || this.#stated.size > waitingMax) this.lose();
  }

  #differs(position: number): RecordDiffers {
    return new RecordDiffers(this.#session, `at position ${position} of ${this.#stream}`);
  }
}
