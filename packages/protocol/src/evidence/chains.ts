/**
 * Where each stream of a bundle stands: a fact names the one before it, and a shared stream's facts stand right before the
 * head in the log that vouches for them. What is closed and sealed is forgotten, so that memory grows with what is open.
 */

import type { BundleScope } from "./bundle.js";
import { type FactLine, parseJson, type SharedHead } from "./bundle.js";
import { isRecord } from "./compact.js";
import { type Flaw, flaw } from "./report.js";

/** What stands before the first fact of a stream. */
const noHash = "A".repeat(43);

interface Chain {
  position: number;
  hash: string;
  at: number;
  isClosed: boolean;
}

const newChain = (): Chain => ({ position: 0, hash: noHash, at: 0, isClosed: false });
/** Not a part of the line, which would be kept with it. */
const copied = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
const notesMax = 20;

export class Chains {
  readonly #log: string;
  readonly #scope: BundleScope;
  readonly #own = newChain();
  readonly #shared = new Map<string, Chain>();
  /** The shared stream whose last facts no head has vouched for yet. */
  #unsealed: string | undefined;
  /** Leaves that were skipped since the last own fact: what of the own stream is not shown was among them. */
  #skipped = 0;
  #ownIsWhole = true;
  #alone = 0;
  /** Of all of the record, the streams that are read only from where their reader came back to them. */
  readonly #cameBack = new Set<string>();
  #streams = 0;
  readonly #notes: string[] = [];

  constructor(log: string, scope: BundleScope) {
    this.#log = log;
    this.#scope = scope;
  }

  /** Nothing of the own stream has been left out so far. */
  get ownIsWhole(): boolean {
    return this.#ownIsWhole && this.#skipped === 0;
  }

  get streams(): number {
    return this.#streams;
  }

  /** Heads of streams of which the bundle has no fact. */
  get alone(): number {
    return this.#alone;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  isOwn({ stream }: FactLine): boolean {
    return stream === this.#log;
  }

  skip(leaves: number): Flaw | undefined {
    this.#skipped += leaves;
    return this.sealed("what is skipped");
  }

  /** The next fact of its stream, of this hash. */
  follow(fact: FactLine, hash: string): Flaw | undefined {
    const { stream, position, previous, at, kind } = fact;
    const isOwn = stream === this.#log;
    if (!isOwn && !isSharedStream(stream))
      return flaw("fact.stream", `${this.#log}, or a shared stream`, stream);
    const chain = isOwn ? this.#own : this.#chainOf(stream);
    const unsealed = stream === this.#unsealed ? undefined : this.sealed(`a fact of ${stream}`);
    if (unsealed) return unsealed;
    if (chain.isClosed) return flaw("fact.after-close", "nothing after the session was closed", kind);
    const isNext = position === chain.position + 1;
    const wrong = isNext ? undefined : isOwn ? this.#notOwn(position) : this.#notShared(fact, chain);
    if (wrong) return wrong;
    const before = isNext ? chain.hash : position === 1 ? noHash : previous;
    if (previous !== before) return flaw("fact.previous", before, previous);
    if (at < chain.at) return flaw("fact.time", `not before ${chain.at}`, at);
    if (isOwn) this.#skipped = 0;
    else this.#unsealed = stream;
    [chain.position, chain.hash, chain.at] = [position, hash, at];
    chain.isClosed = kind === "session.closed";
    return undefined;
  }

  #chainOf(stream: string): Chain {
    const known = this.#shared.get(stream);
    if (known !== undefined) return known;
    const made = newChain();
    this.#shared.set(copied(stream), made);
    this.#streams += 1;
    this.#cameBack.delete(stream);
    return made;
  }

  /** Own facts are leaves: those that are missing were skipped. */
  #notOwn(position: number): Flaw | undefined {
    const missing = position - this.#own.position - 1;
    if (missing < 0 || missing > this.#skipped)
      return flaw("fact.position", this.#own.position + 1, position);
    this.#ownIsWhole = false;
    this.#note(
      `the log's own stream has ${missing} facts before its position ${position} that are not shown`,
    );
    return undefined;
  }

  /** A stream is read from where its reader came to it, and again from where it came back. */
  #notShared(fact: FactLine, chain: Chain): Flaw | undefined {
    const { stream, position } = fact;
    const isNew = chain.position === 0;
    const [code, expected] = isNew
      ? (["fact.beginning", 1] as const)
      : (["fact.position", chain.position + 1] as const);
    const isEntry = position > chain.position && this.#unsealed === undefined && this.#comesIn(fact);
    if (!isEntry && !(isNew && this.#mayBeginLater(stream))) return flaw(code, expected, position);
    this.#note(`${stream} begins at its position ${position}`);
    return undefined;
  }

  #comesIn({ kind, contentText }: FactLine): boolean {
    if (kind !== "workgroup.entered") return false;
    const content = contentText === undefined ? undefined : parseJson(contentText);
    const data = isRecord(content) ? content.data : undefined;
    const participation = isRecord(data) ? data.participation : undefined;
    return isRecord(participation) && `org:${participation.organisation}` === this.#log;
  }

  /** Where a bundle is of a part of the record. */
  #mayBeginLater(stream: string): boolean {
    const scope = this.#scope;
    return "session" in scope ? stream !== `session:${scope.session}` : scope.from !== null;
  }

  /** A head is the next leaf; if facts of its stream are here, it is where they have come to. */
  seal({ stream, position, hash, second }: SharedHead): Flaw | undefined {
    if (!isSharedStream(stream)) return flaw("fact.stream", "a shared stream", stream);
    const unsealed = stream === this.#unsealed ? undefined : this.sealed(`a head of ${stream}`);
    if (unsealed) return unsealed;
    const chain = this.#shared.get(stream);
    if (chain === undefined) return this.#headAlone(stream);
    const here = `position ${chain.position}, ${chain.hash}, second ${Math.floor(chain.at / 1_000)}`;
    const there = `position ${position}, ${hash}, second ${second}`;
    if (here !== there) return flaw("head.chain", here, there);
    if (chain.isClosed) this.#shared.delete(stream);
    this.#unsealed = undefined;
    return undefined;
  }

  #headAlone(stream: string): Flaw | undefined {
    const scope = this.#scope;
    const isWhole = !("session" in scope) && scope.from === null && scope.to === null;
    const mustShow = isWhole
      ? stream.startsWith("session:")
      : "session" in scope && stream === `session:${scope.session}`;
    if (mustShow) return flaw("head.alone", `the facts of ${stream} before its head`, "none");
    if (isWhole && !this.#cameBack.has(stream)) this.#cameBack.add(copied(stream));
    this.#alone += 1;
    return undefined;
  }

  /** Who came back to a stream reads it from there on; whoever did not has been shown too little. */
  end(): Flaw | undefined {
    const unsealed = this.sealed("the end");
    const [stream] = this.#cameBack;
    if (unsealed || stream === undefined) return unsealed;
    return flaw("head.alone", `the facts of ${stream} after its heads`, "none");
  }

  /** Facts that no head follows are vouched for by nothing. */
  sealed(found: string): Flaw | undefined {
    if (this.#unsealed === undefined) return undefined;
    return flaw("chain.unsealed", `the head of ${this.#unsealed} after its facts`, found);
  }

  #note(note: string): void {
    if (this.#notes.length < notesMax) this.#notes.push(note);
  }
}

const isSharedStream = (stream: string): boolean =>
  stream.startsWith("session:") || stream.startsWith("workgroup:");
