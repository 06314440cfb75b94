/** The items of a bundle in the order of the log: facts, heads, what is skipped; then receipts of sessions among them. */
import { statementTypes } from "../statements.js";
import { type Before, boundIn, isBinding } from "./bound-facts.js";
import {
  type BundleHeader,
  type BundleKey,
  type FactLine,
  parseJson,
  readFactLine,
  readHeadLine,
  readReceiptLine,
  readSkippedLine,
} from "./bundle.js";
import { Chains } from "./chains.js";
import type { Checkpoint } from "./checkpoint.js";
import { isRecord, isSignedByBroker, readCompact } from "./compact.js";
import type { EvidenceCrypto } from "./crypto.js";
import { EnrolledKeys, isEnrolling } from "./enrolled.js";
import { Cover, leafHash } from "./merkle.js";
import { type ReceiptClaims, receiptClaims, receiptText } from "./receipt.js";
import { type Checked, type Flaw, flaw, type Place } from "./report.js";
import { Sessions } from "./sessions.js";
import { StatementCheck } from "./statement-check.js";

export interface ItemsOf {
  readonly crypto: EvidenceCrypto;
  readonly header: BundleHeader;
  /** Of the checkpoint. */
  readonly size: number;
  readonly receiptKeys: readonly BundleKey[];
  /** A size at which the root is wanted too. */
  readonly wanted: number | undefined;
  readonly checked: Checked;
}

type Step = Flaw | undefined | Promise<Flaw | undefined>;
const sessionPrefix = "session:";

export class BundleItems {
  readonly cover: Cover;
  readonly #of: ItemsOf;
  readonly #chains: Chains;
  readonly #sessions: Sessions;
  readonly #enrolled = new EnrolledKeys();
  readonly #statements: StatementCheck;
  /** What acceptances answer, of sessions that were proposed and not closed. */
  readonly #proposals = new Map<string, Before>();
  #place: Omit<Place, "line"> = {};
  #isPast = false;
  #notCompared = 0;

  constructor(of: ItemsOf) {
    const { crypto, header, wanted, checked } = of;
    this.#of = of;
    this.cover = new Cover(crypto, wanted);
    this.#chains = new Chains(header.log, header.scope);
    this.#sessions = new Sessions(crypto, header.issuer);
    this.#statements = new StatementCheck(crypto, header, this.#enrolled, checked);
  }

  /** Of the last item. */
  place(): Omit<Place, "line"> {
    return this.#place;
  }

  take(line: string): Step {
    this.#place = {};
    if (line.startsWith('{"receipt":')) return this.#receipt(line);
    if (this.#isPast) return flaw("line.order", "receipts to the end", line);
    if (line.startsWith('{"fact":')) return this.#fact(line);
    if (line.startsWith('{"head":')) return this.#head(line);
    return this.#skip(line);
  }

  #fact(line: string): Step {
    const { crypto, checked } = this.#of;
    const fact = readFactLine(line);
    if (fact === undefined) return flaw("line.shape", "a fact in its one spelling", line);
    const { stream, position, contentText, contentDigest, skeletonText } = fact;
    this.#place = { stream, position };
    const digest = contentText === undefined ? contentDigest : crypto.sha256(contentText);
    if (digest !== contentDigest) return flaw("fact.content", contentDigest, digest);
    const hash = crypto.sha256(skeletonText);
    const wrong = this.#chains.follow(fact, hash) ?? this.#leafOf(fact);
    if (wrong) return wrong;
    checked.facts += 1;
    checked[contentText === undefined ? "removed" : "contents"] += 1;
    return this.#says(fact, hash);
  }

  #leafOf(fact: FactLine): Flaw | undefined {
    if (!this.#chains.isOwn(fact)) return undefined;
    return this.#add(0, leafHash(fact.skeletonText, this.#of.crypto));
  }

  #add(level: number, hash: string): Flaw | undefined {
    const { size, checked } = this.#of;
    const leaf = this.cover.size;
    this.#place = { ...this.#place, leaf };
    if (!this.cover.add(level, hash))
      return flaw(
        "skipped.place",
        "a subtree that starts at a multiple of its size",
        `level ${level} at ${leaf}`,
      );
    checked.leaves = this.cover.size;
    return this.cover.size > size ? flaw("log.size", `${size} leaves`, this.cover.size) : undefined;
  }

  /** What a fact says is read where something depends on it. */
  #says(fact: FactLine, hash: string): Step {
    const { stream, kind, at, contentText } = fact;
    const isOfSession = stream.startsWith(sessionPrefix);
    const isKey = isEnrolling(kind) && this.#chains.isOwn(fact);
    if (!isOfSession && !isKey && !isBinding(kind)) return undefined;
    const content = contentText === undefined ? null : parseJson(contentText);
    if (contentText !== undefined && !isRecord(content)) return flaw("fact.says", "JSON", contentText);
    if (kind === "session.closed") this.#proposals.delete(stream);
    if (isOfSession) this.#sessions.tell({ skeleton: fact, hash, content }, contentText === undefined);
    if (!isRecord(content)) return undefined;
    if (isKey && !this.#enrolled.tell(content.data, at))
      return flaw("fact.says", `what ${kind} says`, contentText ?? "");
    return isBinding(kind) ? this.#bound(fact, content.data) : undefined;
  }

  #bound({ kind, stream, at, contentText }: FactLine, data: unknown): Step {
    const bound = boundIn(kind, data, stream, this.#proposals.get(stream));
    if (bound === undefined) return flaw("fact.says", `what ${kind} says`, contentText ?? "");
    if (bound.proposal !== undefined) this.#proposals.set(JSON.parse(JSON.stringify(stream)), bound.proposal);
    return this.#statements.check(bound, { at, isWhole: this.#chains.ownIsWhole });
  }

  #head(line: string): Flaw | undefined {
    const head = readHeadLine(line);
    if (head === undefined) return flaw("line.shape", "a head in its one spelling", line);
    const { stream, position } = head;
    this.#place = { stream, position, leaf: this.cover.size };
    this.#of.checked.heads += 1;
    return this.#chains.seal(head) ?? this.#add(0, leafHash(head.text, this.#of.crypto));
  }

  #skip(line: string): Flaw | undefined {
    const skipped = readSkippedLine(line);
    if (skipped === undefined)
      return flaw("line.shape", "a fact, a head, what is skipped, or a receipt", line);
    const { scope } = this.#of.header;
    if (!("session" in scope) && scope.from === null && scope.to === null)
      return flaw("skipped.scope", "all of the record", "a part that is skipped");
    const leaves = 2 ** skipped.level;
    this.#of.checked.skipped += leaves;
    return this.#chains.skip(leaves) ?? this.#add(skipped.level, skipped.hash);
  }

  async #receipt(line: string): Promise<Flaw | undefined> {
    this.#isPast = true;
    const text = readReceiptLine(line);
    const jws = text === undefined ? undefined : readCompact(text);
    const claims = jws && receiptClaims.safeParse(parseJson(jws.payload)).data;
    if (jws === undefined || claims === undefined || receiptText(claims) !== jws.payload)
      return flaw("receipt.shape", "a receipt in its one spelling", line);
    this.#place = { stream: `${sessionPrefix}${claims.session}`, position: claims.head.position };
    const { crypto, checked, receiptKeys } = this.#of;
    const key = receiptKeys.find(({ kid }) => kid === jws.header.kid);
    if (key === undefined || !(await isSignedByBroker(jws, statementTypes.receipt, key, crypto)))
      return flaw("receipt.signature", "signed by a key for receipts that is listed", String(jws.header.kid));
    checked.receipts += 1;
    return this.#compared(claims, jws.payload);
  }

  /** With what the facts of its session come to. */
  #compared({ session: id, head: { position, hash } }: ReceiptClaims, text: string): Flaw | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined ? this.#sessions.forgotten === 0 : session.hasReceipt)
      return flaw("receipt.session", "one receipt of a session that the bundle has to its end", id);
    const head = `${position} ${hash}`;
    if (session !== undefined && session.head !== head) return flaw("receipt.claims", session.head, head);
    if (session !== undefined) session.hasReceipt = true;
    if (session === undefined || session.isRemoved) {
      this.#notCompared += 1;
      return undefined;
    }
    const digest = this.#of.crypto.sha256(text);
    const expected = session.digest ?? "a session whose facts can be read";
    return session.digest === digest ? undefined : flaw("receipt.claims", expected, digest);
  }

  /** That nothing is missing at the end. */
  end({ size, root }: Checkpoint): Flaw | undefined {
    this.#place = { leaf: this.cover.size };
    this.#of.checked.streams = this.#chains.streams;
    this.#of.checked.sessions = this.#sessions.begun;
    const { scope } = this.#of.header;
    const missing = this.#chains.end();
    if (missing) return missing;
    if (this.cover.size !== size) return flaw("log.size", `${size} leaves`, this.cover.size);
    if (this.cover.root() !== root) return flaw("log.root", root, this.cover.root());
    const isMissing = "session" in scope && !this.#sessions.has(scope.session);
    return isMissing ? flaw("scope.session", `the facts of ${scope.session}`, "none") : undefined;
  }

  notes(): string[] {
    const { skipped, removed, notEnrolled } = this.#of.checked;
    const said = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
    return [
      ...this.#chains.notes,
      ...said(skipped, "leaves of the log are not shown"),
      ...said(this.#chains.alone, "heads are of streams of which no fact is shown"),
      ...said(removed, "facts have no content any more: retention has removed it"),
      ...said(notEnrolled, "statements are by keys whose enrolment is not in this bundle"),
      ...said(this.#notCompared, "receipts are signed, and could not be compared with what they are of"),
    ];
  }
}
