/** One side of a session at the instance that holds it: what it means to send, what is on its way, what it has had. */
import type { SideName } from "@parley/protocol";
import type { Letter, Letters } from "./letters.js";

export interface Credit {
  readonly n: number;
  readonly bytes: number;
}

/** Not judged, or not yet: it is sent again. */
const comesAgain = [
  ...["session.mailbox-full", "session.not-held", "connection.replaced"],
  ...["broker.busy", "broker.going-away"],
];

export class Seat {
  readonly session: string;
  readonly side: SideName;
  readonly letters: Letters;
  /** In the order in which they go out. */
  waiting: Letter[] = [];
  readonly flying = new Map<string, Letter>();
  readonly settled: Letter[] = [];
  credit: Credit = { n: 256, bytes: 4 * 1024 * 1024 };
  sentBytes = 0;
  /** The last of the other side's that was given to this connection, and that was ever acknowledged. */
  seen = 0;
  acknowledged = 0;
  isJoined = false;
  isClosed = false;

  constructor(session: string, side: SideName, letters: Letters) {
    this.session = session;
    this.side = side;
    this.letters = letters;
  }

  /** Nothing is on its way, and nothing waits. */
  get isSettled(): boolean {
    return this.waiting.length === 0 && this.flying.size === 0;
  }

  write(count: number): void {
    for (let index = 0; index < count; index++) this.waiting.push(this.letters.next());
  }

  /** What goes out now: within its credit, unless it is not asked. */
  take(most: number, asksCredit: boolean): Letter[] {
    const taken: Letter[] = [];
    let n = this.settled.length + this.flying.size;
    let bytes = [...this.flying.values()].reduce((sum, one) => sum + bytesOf(one), this.sentBytes);
    for (let next = this.waiting[0]; next !== undefined && taken.length < most; next = this.waiting[0]) {
      n += 1;
      bytes += bytesOf(next);
      // What has closed gives no more: what is sent there is refused, or was accepted before.
      if (asksCredit && !this.isClosed && (n > this.credit.n || bytes > this.credit.bytes)) break;
      this.waiting.shift();
      this.flying.set(next.id, next);
      taken.push(next);
    }
    return taken;
  }

  answered(id: string): void {
    const letter = this.flying.get(id);
    if (letter === undefined) return;
    this.flying.delete(id);
    this.settled.push(letter);
    this.sentBytes += bytesOf(letter);
  }

  refused(id: string, code: string): void {
    const letter = this.flying.get(id);
    if (letter === undefined) return;
    this.flying.delete(id);
    if (comesAgain.includes(code)) this.#putBack([letter]);
  }

  /** To who has seen nothing of it. */
  handedOver(): void {
    this.lost();
    this.seen = 0;
  }

  /** What became of these nobody knows: they come again first. */
  lost(): void {
    this.isJoined = false;
    // Whether it was heard nobody knows either.
    this.acknowledged = 0;
    this.#putBack([...this.flying.values()]);
    this.flying.clear();
  }

  #putBack(letters: readonly Letter[]): void {
    this.waiting = [...letters, ...this.waiting].sort((one, other) => one.number - other.number);
  }
}

const bytesOf = ({ header, payload }: Letter): number => Buffer.byteLength(header) + payload.byteLength;
