/** The leaves of a log as lines of a bundle, each with the facts that it stands for; read some at a time, and aside. */
import { factLine, headLine } from "@parley/protocol";
import { secondOf } from "../ledger/seconds.js";
import type { LogLeaf, Reader, Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";

/** One line, and where the next one is. */
export interface BundledLine {
  readonly line: string;
  readonly at: number;
  readonly shown: number | null;
}

interface Begin {
  readonly at: number;
  readonly end: number;
  readonly shown: number | null;
}

const leavesPerRead = 128;
const factsPerRead = 256;

export class BundledLeaves {
  readonly #store: Pick<Store, "readAside">;
  readonly #log: string;
  /** A session's, which is shown from its beginning; null: each stream since the leaf before. */
  readonly #whole: string | null;

  constructor(store: Pick<Store, "readAside">, log: string, whole: string | null) {
    this.#store = store;
    this.#log = log;
    this.#whole = whole;
  }

  async *from({ at, end, shown }: Begin): AsyncGenerator<BundledLine> {
    let already = shown;
    for (let next = at; next < end; ) {
      const by = { log: this.#log, after: next - 1, limit: Math.min(leavesPerRead, end - next) };
      const { leaves } = await this.#store.readAside({ leaves: { find: "logLeaves", by } });
      if (leaves.length === 0) throw new RangeError(`${this.#log} has no leaf ${next}`);
      for (let index = 0; index < leaves.length; ) {
        const own = ownRun(leaves.slice(index), this.#log);
        const leaf = leaves[index] as LogLeaf;
        if (own > 0) yield* this.#own(leaf, own);
        else yield* this.#shared(leaf, already);
        already = null;
        index += Math.max(1, own);
      }
      next += leaves.length;
    }
  }

  /** Facts of the log's own stream: neighbours in the log are neighbours in the stream. */
  async *#own({ index, position }: LogLeaf, count: number): AsyncGenerator<BundledLine> {
    let at = index;
    for await (const fact of this.#facts(this.#log, position - 1, position + count - 1)) {
      at += 1;
      yield { line: lineOf(fact), at, shown: null };
    }
  }

  async *#shared(leaf: LogLeaf, shown: number | null): AsyncGenerator<BundledLine> {
    const { stream, position, index } = leaf;
    const after = shown ?? (await this.#shownBefore(leaf));
    let last: StoredFact | undefined;
    for await (const fact of this.#facts(stream, after, position)) {
      last = fact;
      yield { line: lineOf(fact), at: index, shown: fact.skeleton.position };
    }
    last ??= await this.#factAt(stream, position);
    const second = secondOf(last.skeleton.at);
    yield { line: headLine({ hash: last.hash, position, second, stream }), at: index + 1, shown: null };
  }

  async #shownBefore({ stream, position }: LogLeaf): Promise<number> {
    const log = this.#log;
    const { before, reader } = await this.#store.readAside({
      before: { find: "leafBefore", by: { log, stream, position } },
      reader: { find: "readerOf", by: { log, stream } },
    });
    const from: number = (reader as Reader | undefined)?.from ?? 1;
    const since = this.#whole === stream ? 0 : (before?.position ?? 0);
    return Math.max(since, from - 1);
  }

  async #factAt(stream: string, position: number): Promise<StoredFact> {
    for await (const fact of this.#facts(stream, position - 1, position)) return fact;
    throw new RangeError(`${stream} has no fact ${position}`);
  }

  async *#facts(stream: string, after: number, upTo: number): AsyncGenerator<StoredFact> {
    for (let last = after; last < upTo; ) {
      const by = { stream, after: last, limit: Math.min(factsPerRead, upTo - last), kind: null };
      const { facts } = await this.#store.readAside({ facts: { find: "factsPage", by } });
      if (facts.length === 0) throw new RangeError(`${stream} has no fact after ${last}`);
      for (const fact of facts) {
        last = fact.skeleton.position;
        if (last > upTo) return;
        yield fact;
      }
    }
  }
}

const lineOf = ({ skeletonText, contentText }: StoredFact): string => factLine(skeletonText, contentText);

/** How many of the first leaves are of the log's own stream. */
function ownRun(leaves: readonly LogLeaf[], log: string): number {
  const at = leaves.findIndex(({ stream }) => stream !== log);
  return at < 0 ? leaves.length : at;
}
