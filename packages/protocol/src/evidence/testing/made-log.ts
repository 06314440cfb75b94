/** A log as the broker keeps one, made by the rules alone: facts in chains, heads at the end of each second, leaves. */
import { canonicalJson, type Json } from "../../canonical.js";
import { type FactSkeleton, skeletonText } from "../../sent-fact.js";
import { headText, type SharedHead } from "../bundle.js";
import { leafHash, nodeHash } from "../merkle.js";
import { nodeCrypto } from "./keys.js";

export interface MadeFact {
  readonly skeleton: FactSkeleton;
  readonly skeletonText: string;
  readonly hash: string;
  readonly contentText: string;
}
export type Leaf =
  | { readonly own: MadeFact; readonly hash: string }
  | { readonly head: SharedHead; readonly facts: readonly MadeFact[]; readonly hash: string };

const noHash = "A".repeat(43);

export class MadeLog {
  readonly log: string;
  readonly leaves: Leaf[] = [];
  readonly #heads = new Map<string, MadeFact>();
  /** In the order in which the reader first saw the streams. */
  readonly #seen: string[] = [];
  readonly #pending = new Map<string, MadeFact[]>();
  now: number;

  constructor(log: string, now: number) {
    this.log = log;
    this.now = now;
  }

  /** `isRead`: false for what this reader does not read, of a stream that it reads later. */
  tell(stream: string, kind: string, data: unknown, subject = "x", isRead = true): MadeFact {
    const before = this.#heads.get(stream);
    const contentText = canonicalJson({ actor: "broker", cause: "cmd_1", data, subject } as Json);
    const skeleton = {
      at: this.now,
      contentDigest: nodeCrypto.sha256(contentText),
      kind,
      position: (before?.skeleton.position ?? 0) + 1,
      previous: before?.hash ?? noHash,
      stream,
    };
    const text = skeletonText(skeleton);
    const fact = { skeleton, skeletonText: text, hash: nodeCrypto.sha256(text), contentText };
    this.#heads.set(stream, fact);
    if (isRead) this.#add(stream, fact);
    return fact;
  }

  #add(stream: string, fact: MadeFact): void {
    if (stream === this.log) {
      this.leaves.push({ own: fact, hash: leafHash(fact.skeletonText, nodeCrypto) });
      return;
    }
    if (!this.#seen.includes(stream)) this.#seen.push(stream);
    this.#pending.set(stream, [...(this.#pending.get(stream) ?? []), fact]);
  }

  /** Goes on by so many milliseconds: seconds that are over leave their heads. */
  wait(ms: number): void {
    const second = Math.floor(this.now / 1_000);
    this.now += ms;
    if (Math.floor(this.now / 1_000) > second) this.#endSecond(second);
  }

  #endSecond(second: number): void {
    for (const stream of this.#seen) {
      const facts = this.#pending.get(stream);
      const last = facts?.at(-1);
      if (facts === undefined || last === undefined) continue;
      const head = { hash: last.hash, position: last.skeleton.position, second, stream };
      this.leaves.push({ head, facts, hash: leafHash(headText(head), nodeCrypto) });
    }
    this.#pending.clear();
  }

  factsOf(stream: string): MadeFact[] {
    return this.leaves.flatMap((leaf) =>
      "own" in leaf ? [] : leaf.head.stream === stream ? leaf.facts : [],
    );
  }

  rootOf(from: number, to: number): string {
    if (to === from) return nodeCrypto.sha256("");
    const only = this.leaves[from];
    if (to === from + 1 && only !== undefined) return only.hash;
    let split = 1;
    while (split * 2 < to - from) split *= 2;
    return nodeHash(this.rootOf(from, from + split), this.rootOf(from + split, to), nodeCrypto);
  }
}
