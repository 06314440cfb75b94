/** The sessions of a bundle: each folded while it goes on, and of each that was closed what its receipt must be. */
import type { EvidenceCrypto } from "./crypto.js";
import { type ReceiptFact, ReceiptFold, receiptText } from "./receipt.js";

/** Closed ones whose receipts can be compared: beyond, a receipt is verified as a signature alone, and that is said. */
export const sessionsRememberedMax = 100_000;

/** `digest`: of the text of the receipt; undefined where contents were removed. */
export interface ClosedSession {
  readonly head: string;
  readonly digest: string | undefined;
  readonly isRemoved: boolean;
  hasReceipt: boolean;
}

interface Open {
  readonly fold: ReceiptFold;
  isRemoved: boolean;
}

const sessionPrefix = "session:";
/** Not a part of the line, which would be kept with it. */
const idOf = (stream: string): string =>
  JSON.parse(JSON.stringify(stream.slice(sessionPrefix.length))) as string;

export class Sessions {
  readonly #crypto: EvidenceCrypto;
  readonly #issuer: string;
  readonly #open = new Map<string, Open>();
  readonly #closed = new Map<string, ClosedSession>();
  #forgotten = 0;
  #begun = 0;

  constructor(crypto: EvidenceCrypto, issuer: string) {
    this.#crypto = crypto;
    this.#issuer = issuer;
  }

  /** That the bundle has from their first fact on. */
  get begun(): number {
    return this.#begun;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  get(session: string): ClosedSession | undefined {
    return this.#closed.get(session);
  }

  has(session: string): boolean {
    return this.#closed.has(session) || this.#open.has(session);
  }

  tell(fact: ReceiptFact, isRemoved: boolean): void {
    const { stream, position, kind } = fact.skeleton;
    if (!stream.startsWith(sessionPrefix)) return;
    const session = idOf(stream);
    if (position === 1) {
      this.#open.set(session, { fold: new ReceiptFold(this.#issuer), isRemoved: false });
      this.#begun += 1;
    }
    const open = this.#open.get(session);
    if (open === undefined) return;
    open.isRemoved ||= isRemoved;
    open.fold.add(fact);
    if (kind === "session.closed") this.#close(session, open, `${position} ${fact.hash}`);
  }

  #close(session: string, { fold, isRemoved }: Open, head: string): void {
    this.#open.delete(session);
    if (this.#closed.size >= sessionsRememberedMax) {
      this.#forgotten += 1;
      return;
    }
    const claims = fold.claims();
    const digest = claims && this.#crypto.sha256(receiptText(claims));
    this.#closed.set(session, { head, digest, isRemoved, hasReceipt: false });
  }
}
