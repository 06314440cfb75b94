/**
 * Instances that talk in sessions and say all that they see to the history. What they do next is left to chance: they
 * send in bursts, repeat themselves, vanish, come back with a cursor or without, read slowly or not at all.
 */
import { deliveredAs, hearOutcome, type Outcome } from "./hearing.js";
import type { Missing } from "./history.js";
import type { Letter } from "./letters.js";
import { type ClientParts, pause } from "./manner.js";
import type { Seat } from "./seat.js";
import { type Reply, sendFrame, Wire } from "./wire.js";

const windowMax = 80;

export class Client {
  readonly seats = new Map<string, Seat>();
  /** Sides that a sibling holds: it is heard of them, and nothing of what it does there may count. */
  readonly #notMine = new Map<string, Seat>();
  readonly #parts: ClientParts;
  #wire: Wire | undefined;
  #connection = 0;
  /** Sockets that nobody reads any more, and that nobody has closed. */
  readonly #forgotten: { readonly wire: Wire; readonly connection: number }[] = [];
  #isCalm = false;
  #isLeaving = false;
  #returning: Promise<void> | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.principal.id;
  }

  /** From now on it does nothing strange, and starts nothing new. */
  calm(): void {
    this.#isCalm = true;
    this.#wire?.readAgain();
  }

  async connect(): Promise<void> {
    await this.#return();
  }

  /** Asks until it is answered: what is asked here may be asked again. */
  async call(call: string, said: Readonly<Record<string, unknown>>): Promise<Reply> {
    for (;;) {
      await this.#returning;
      const wire = this.#wire;
      try {
        if (wire !== undefined) return await wire.call(call, said);
      } catch (cause) {
        if (wire?.isOpen) throw cause;
      }
      await pause(5);
    }
  }

  async take(seat: Seat): Promise<void> {
    this.seats.set(seat.session, seat);
    if (this.#wire !== undefined) await this.#join(this.#wire, seat);
  }

  /** Talks until it is calmed. */
  async talk(): Promise<void> {
    const { random } = this.#parts;
    while (!this.#isCalm) {
      await pause(random() * 12);
      if (this.#wire?.isOpen) this.#act();
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
    if (this.#wire?.isOpen) this.#out(this.#wire, this.#connection, seat, letters);
  }

  /** Does what only the holder of that side may do. */
  async intrude(seat: Seat): Promise<void> {
    this.#notMine.set(seat.session, seat);
    const wire = this.#wire;
    if (wire?.isOpen !== true) return;
    seat.write(3);
    this.say(seat, seat.take(3, false));
    wire.acknowledge(seat.session, 1_000_000);
    try {
      await wire.call("join", { session: seat.session }, ({ ok }) => {
        if (ok) throw new Error(`${this.id} has joined what a sibling holds`);
      });
    } catch (cause) {
      if (this.#wire === wire) throw cause;
    }
  }

  leave(): void {
    this.#isLeaving = true;
    for (const wire of [this.#wire, ...this.#forgotten.map((one) => one.wire)]) wire?.drop();
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
    if (chance < 0.04) this.#join(this.#wire, seat).catch(() => undefined);
    else if (chance < 0.08) this.#repeat(seat);
    else {
      if (chance < 0.7 && !seat.isClosed) seat.write(1 + Math.floor(random() * 12));
      if (seat.flying.size < windowMax) this.#send(seat, 1 + Math.floor(random() * 20), random() > 0.05);
      this.#handle(seat);
    }
  }

  #send(seat: Seat, most: number, asksCredit: boolean): void {
    if (this.#wire?.isOpen !== true || !(seat.isJoined || seat.isClosed)) return;
    const letters = seat.take(most, asksCredit);
    if (letters.length > 0) this.#out(this.#wire, this.#connection, seat, letters);
  }

  #out(wire: Wire, connection: number, seat: Seat, letters: readonly Letter[]): void {
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
    if (letter === undefined || this.#wire === undefined) return;
    this.#out(this.#wire, this.#connection, seat, [
      random() < this.#parts.manner.forges ? seat.letters.forged(letter) : letter,
    ]);
    const old = this.#forgotten.at(-1);
    if (old?.wire.isOpen && random() < 0.5) this.#out(old.wire, old.connection, seat, [seat.letters.next()]);
  }

  #handle(seat: Seat): void {
    const { history, random, manner } = this.#parts;
    if (this.#wire?.isOpen !== true || seat.seen <= seat.acknowledged) return;
    if (!this.#isCalm && random() > manner.handles) return;
    const n = this.#isCalm
      ? seat.seen
      : seat.acknowledged + Math.ceil(random() * (seat.seen - seat.acknowledged));
    seat.acknowledged = n;
    history.say({ what: "acknowledged", n, ...this.#spoken(seat, this.#connection) });
    this.#wire.acknowledge(seat.session, n);
  }

  #vanish(): void {
    const { random } = this.#parts;
    const wire = this.#wire;
    if (wire === undefined) return;
    if (random() < 0.6) {
      wire.drop();
      return;
    }
    // Half open: it is neither read nor closed, and a newer one takes its place.
    wire.stopReading();
    wire.forget();
    this.#forgotten.push({ wire, connection: this.#connection });
    this.#lost();
  }

  #doze(): void {
    const { random } = this.#parts;
    const wire = this.#wire;
    wire?.stopReading();
    setTimeout(() => wire?.readAgain(), 50 + random() * 400);
  }

  #lost(): void {
    this.#wire = undefined;
    this.#parts.history.say({ what: "lost", instance: this.id, connection: this.#connection });
    for (const seat of this.seats.values()) seat.lost();
    if (!this.#isLeaving) void this.#return();
  }

  #return(): Promise<void> {
    this.#returning ??= this.#comeBack().finally(() => {
      this.#returning = undefined;
    });
    return this.#returning;
  }

  async #comeBack(): Promise<void> {
    while (!this.#isLeaving) {
      try {
        await this.#open();
        return;
      } catch {
        // The broker is away, or has cut us in the middle.
        await pause(30);
      }
    }
  }

  async #open(): Promise<void> {
    const { principal, history, through } = this.#parts;
    const connection = history.nextConnection();
    let wire: Wire | undefined;
    const ifThis = (hear: () => void) => () => this.#wire === wire && hear();
    wire = await Wire.open(
      principal,
      {
        outcome: (said) => this.#outcome(said as unknown as Outcome, connection),
        deliver: (stamp, header, payload) => this.#delivered(connection, stamp, header, payload),
        event: (said) => this.#event(said, connection),
        lost: ifThis(() => this.#lost()),
      },
      through,
    );
    this.#wire = wire;
    this.#connection = connection;
    history.say({ what: "opened", instance: this.id, connection, epoch: wire.epoch });
    for (const seat of this.seats.values()) await this.#join(wire, seat);
  }

  async #join(wire: Wire | undefined, seat: Seat): Promise<void> {
    if (wire === undefined) return;
    const { history, random } = this.#parts;
    const connection = this.#connection;
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
