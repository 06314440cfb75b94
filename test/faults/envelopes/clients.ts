/**
 * Instances that talk in sessions and say all that they see to the history. What they do next is left to chance: they
 * send in bursts, repeat themselves, vanish, come back with a cursor or without, read slowly or not at all.
 */
import { deliveredAs, hearOutcome, type Outcome } from "./hearing.js";
import type { Missing } from "./history.js";
import type { Letter } from "./letters.js";
import { Link, type Opened } from "./link.js";
import { type ClientParts, pause } from "./manner.js";
import type { Seat } from "./seat.js";
import { type Reply, sendFrame } from "./wire.js";

const windowMax = 80;
const takenWithinMs = 20_000;

export class Client {
  readonly seats = new Map<string, Seat>();
  /** Sides that a sibling holds: it is heard of them, and nothing of what it does there may count. */
  readonly #notMine = new Map<string, Seat>();
  readonly #parts: ClientParts;
  readonly #link: Link;
  #isCalm = false;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#link = new Link(parts, {
      opened: async (on) => {
        for (const seat of this.seats.values()) await this.#join(on, seat);
      },
      hearing: (connection) => ({
        outcome: (said) => this.#outcome(said as unknown as Outcome, connection),
        deliver: (stamp, header, payload) => this.#delivered(connection, stamp, header, payload),
        event: (said) => this.#event(said, connection),
      }),
      lost: () => {
        for (const seat of this.seats.values()) seat.lost();
      },
    });
  }

  get id(): string {
    return this.#parts.principal.id;
  }

  /** From now on it does nothing strange, and starts nothing new. */
  calm(): void {
    this.#isCalm = true;
    this.#link.wire?.readAgain();
  }

  /** Back, if it was away. */
  connect(): Promise<void> {
    return this.#link.comeBack();
  }

  call(call: string, said: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.#link.call(call, said);
  }

  async take(seat: Seat): Promise<void> {
    this.seats.set(seat.session, seat);
    if (this.#link.on !== undefined) await this.#join(this.#link.on, seat);
  }

  /** Talks until it is calmed. */
  async talk(): Promise<void> {
    const { random } = this.#parts;
    while (!this.#isCalm) {
      await pause(random() * 12);
      if (this.#link.on !== undefined) this.#act();
    }
  }

  /** Sends what still waits, and handles what comes; true once nothing is left to be sent. */
  tidy(): boolean {
    for (const seat of this.seats.values()) {
      this.#send(seat, 40, true);
      this.#handle(seat);
    }
    return [...this.seats.values()].every((seat) => seat.isSettled && (seat.isJoined || seat.isClosed));
  }

  /** As they are, whatever they are. */
  say(seat: Seat, letters: readonly Letter[]): void {
    if (this.#link.on !== undefined) this.#out(this.#link.on, seat, letters);
  }

  /** Does what only the holder of that side may do; whether that was answered with a yes, if it was answered. */
  async intrude(seat: Seat, call: "join" | "close"): Promise<boolean | undefined> {
    const { on } = this.#link;
    if (on === undefined) return undefined;
    this.#trespass(on, seat);
    try {
      return (await on.wire.call(call, { session: seat.session })).ok;
    } catch (cause) {
      if (this.#link.on === on) throw cause;
      return undefined;
    }
  }

  /** The same over a connection that was replaced before it went: nobody hears the answers. */
  haunt(seat: Seat): void {
    const { old } = this.#link;
    if (old === undefined) return;
    this.#trespass(old, seat);
    old.wire.call("close", { session: seat.session }).catch(() => undefined);
  }

  #trespass(on: Opened, seat: Seat): void {
    this.#notMine.set(seat.session, seat);
    seat.write(3);
    this.#out(on, seat, seat.take(3, false));
    on.wire.acknowledge(seat.session, 1_000_000);
  }

  /** Away until it connects again, and this side is left to whoever comes for it. */
  async leaveBehind(seat: Seat, isGoodbye: boolean): Promise<void> {
    await this.#link.goAway(isGoodbye);
    seat.handedOver();
    this.seats.delete(seat.session);
  }

  /** Asks for a side until it has it, or is told that the session is over. */
  async takeOver(seat: Seat): Promise<void> {
    this.#notMine.delete(seat.session);
    this.seats.set(seat.session, seat);
    const end = performance.now() + takenWithinMs;
    while (!seat.isJoined && !seat.isClosed) {
      if (performance.now() > end) throw new Error(`${this.id} is not given what a sibling has left`);
      await this.#join(await this.#link.connected(), seat).catch(() => undefined);
      await pause(20);
    }
  }

  leave(): void {
    this.#link.leave();
  }

  #act(): void {
    const { random, manner } = this.#parts;
    const seats = [...this.seats.values()].filter((seat) => seat.isJoined);
    const seat = seats[Math.floor(random() * seats.length)];
    if (seat === undefined) return;
    if (random() < manner.vanishes) this.#vanish();
    else if (random() < manner.dozes) this.#doze();
    else this.#talkIn(seat, random());
  }

  #talkIn(seat: Seat, chance: number): void {
    const { random } = this.#parts;
    if (chance < 0.04) this.#join(this.#link.on, seat).catch(() => undefined);
    else if (chance < 0.08) this.#repeat(seat);
    else {
      if (chance < 0.7 && !seat.isClosed && !seat.letters.isResting)
        seat.write(1 + Math.floor(random() * 12));
      if (seat.flying.size < windowMax) this.#send(seat, 1 + Math.floor(random() * 20), random() > 0.05);
      this.#handle(seat);
    }
  }

  #send(seat: Seat, most: number, asksCredit: boolean): void {
    const { on } = this.#link;
    if (on === undefined || !(seat.isJoined || seat.isClosed)) return;
    const letters = seat.take(most, asksCredit);
    if (letters.length > 0) this.#out(on, seat, letters);
  }

  #out({ wire, connection }: Opened, seat: Seat, letters: readonly Letter[]): void {
    const { history, copies = 1 } = this.#parts;
    for (const { id, type, header, payload, digest, marker } of letters)
      history.say({
        ...{ what: "sent", ...this.#spoken(seat, connection), id, type, header },
        ...{ payload: digest, payloadBytes: payload.byteLength, marker, copies },
      });
    wire.send(letters.map(({ header, payload }) => sendFrame(header, payload)));
  }

  /** What was answered comes again, or something else under its id; some of it over a connection that was left. */
  #repeat(seat: Seat): void {
    const { random } = this.#parts;
    const letter = seat.settled[Math.floor(random() * seat.settled.length)];
    const { on, old } = this.#link;
    if (letter === undefined || on === undefined) return;
    this.#out(on, seat, [random() < this.#parts.manner.forges ? seat.letters.forged(letter) : letter]);
    if (old !== undefined && random() < 0.5) this.#out(old, seat, [seat.letters.next()]);
  }

  #handle(seat: Seat): void {
    const { history, random, manner } = this.#parts;
    const { on } = this.#link;
    if (on === undefined || seat.seen <= seat.acknowledged) return;
    if (!this.#isCalm && random() > manner.handles) return;
    const n = this.#isCalm
      ? seat.seen
      : seat.acknowledged + Math.ceil(random() * (seat.seen - seat.acknowledged));
    seat.acknowledged = n;
    history.say({ what: "acknowledged", n, ...this.#spoken(seat, on.connection) });
    on.wire.acknowledge(seat.session, n);
  }

  #vanish(): void {
    if (this.#parts.random() < 0.6) this.#link.drop();
    else this.#link.halfOpen();
  }

  #doze(): void {
    const { wire } = this.#link;
    wire?.stopReading();
    setTimeout(() => wire?.readAgain(), 50 + this.#parts.random() * 400);
  }

  async #join(on: Opened | undefined, seat: Seat): Promise<void> {
    if (on === undefined) return;
    const { wire, connection } = on;
    const { history, random } = this.#parts;
    const back = random() < 0.3 ? Math.floor(random() * 6) : 0;
    const cursor = random() < 0.5 ? Math.max(0, seat.seen - back) : null;
    const said = {
      session: seat.session,
      ...(cursor !== null && { cursor: { after: cursor, era: wire.era } }),
    };
    await wire.call("join", said, ({ ok, result, problem }) => {
      if (!ok) {
        seat.isClosed = problem.state === "closed";
        return;
      }
      const { after, missing, sendUpTo } = result.resume as Resume;
      history.say({ what: "joined", cursor, after, missing, ...this.#spoken(seat, connection) });
      seat.credit = sendUpTo;
      seat.seen = after;
      seat.isJoined = true;
      seat.isClosed = result.state === "closed";
    });
  }

  #outcome({ sessions }: Outcome, connection: number): void {
    const { history } = this.#parts;
    for (const of of sessions) {
      const seat = this.seats.get(of.session) ?? this.#notMine.get(of.session);
      if (seat !== undefined) hearOutcome(history, seat, this.#spoken(seat, connection), of);
    }
  }

  #delivered(connection: number, stampText: string, header: string, payload: Buffer): void {
    this.#parts.history.say(deliveredAs(this.id, connection, stampText, header, payload));
    const { session, n } = JSON.parse(stampText) as { session: string; n: number };
    const seat = this.seats.get(session);
    if (seat === undefined) return;
    seat.seen = n;
    if (this.#isCalm) this.#handle(seat);
  }

  #event(said: Readonly<Record<string, unknown>>, connection: number): void {
    const seat = this.seats.get(String(said.session));
    if (seat === undefined) return;
    if (said.event === "credit") seat.credit = said.sendUpTo as Seat["credit"];
    if (said.event === "session.closed") seat.isClosed = true;
    if (said.event !== "session.missing") return;
    const missing = said.missing as Missing;
    seat.seen = Math.max(seat.seen, missing.to);
    this.#parts.history.say({ what: "missing", ...missing, ...this.#spoken(seat, connection) });
  }

  #spoken({ session, side }: Seat, connection: number) {
    return { session, side, instance: this.id, connection };
  }
}

interface Resume {
  readonly after: number;
  readonly missing: readonly Missing[];
  readonly sendUpTo: { readonly n: number; readonly bytes: number };
}
