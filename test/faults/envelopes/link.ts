/**
 * An instance's way to the broker: one connection at a time, a new one when that is lost, and those that it left half
 * open behind it. It says to the history when it has one and when it has none.
 */
import type { History } from "./history.js";
import { type ClientParts, pause } from "./manner.js";
import { type Hearing, type Reply, Wire } from "./wire.js";

export interface Opened {
  readonly wire: Wire;
  /** As the history numbers it. */
  readonly connection: number;
}

export interface Listening {
  /** Once it is there, and before it counts as come back. */
  opened(on: Opened): Promise<void>;
  hearing(connection: number): Omit<Hearing, "lost">;
  lost(): void;
}

export class Link {
  readonly #parts: ClientParts;
  readonly #listening: Listening;
  #on: Opened | undefined;
  /** Sockets that nobody reads any more, and that nobody has closed. */
  readonly #forgotten: Opened[] = [];
  #isLeaving = false;
  #isAway = false;
  #returning: Promise<void> | undefined;

  constructor(parts: ClientParts, listening: Listening) {
    this.#parts = parts;
    this.#listening = listening;
  }

  /** Undefined while it has none. */
  get on(): Opened | undefined {
    return this.#on?.wire.isOpen ? this.#on : undefined;
  }

  /** The last that it has left half open, if it still is. */
  get old(): Opened | undefined {
    const old = this.#forgotten.at(-1);
    return old?.wire.isOpen ? old : undefined;
  }

  /** It reads, or stops reading, what it has; whether that is open or not. */
  get wire(): Wire | undefined {
    return this.#on?.wire;
  }

  async connected(): Promise<Opened> {
    for (;;) {
      await this.#returning;
      if (this.on !== undefined) return this.on;
      await pause(5);
    }
  }

  /** Asks until it is answered: what is asked here may be asked again. */
  async call(call: string, said: Readonly<Record<string, unknown>>): Promise<Reply> {
    for (;;) {
      const { wire } = await this.connected();
      try {
        return await wire.call(call, said);
      } catch (cause) {
        if (wire.isOpen) throw cause;
      }
    }
  }

  drop(): void {
    this.#on?.wire.drop();
  }

  /** It is neither read nor closed, and a newer one takes its place. */
  halfOpen(): void {
    const on = this.#on;
    if (on === undefined) return;
    on.wire.stopReading();
    on.wire.forget();
    this.#forgotten.push(on);
    this.#lost();
  }

  /** Stays away until it comes back; one connection more is half open behind it. */
  async goAway(isGoodbye: boolean): Promise<void> {
    await this.connected();
    this.halfOpen();
    const { wire } = await this.connected();
    this.#isAway = true;
    wire.forget();
    if (isGoodbye) wire.sayGoodbye();
    else wire.drop();
    this.#lost(isGoodbye);
  }

  /** For good. */
  leave(): void {
    this.#isLeaving = true;
    for (const on of [this.#on, ...this.#forgotten]) on?.wire.drop();
  }

  comeBack(): Promise<void> {
    this.#isAway = false;
    return this.#return();
  }

  #lost(isGoodbye = false): void {
    const { history, principal } = this.#parts;
    const connection = this.#on?.connection ?? 0;
    this.#on = undefined;
    history.say({ what: "lost", instance: principal.id, connection, isGoodbye, atMs: Date.now() });
    this.#listening.lost();
    if (!this.#isLeaving && !this.#isAway) void this.#return();
  }

  #return(): Promise<void> {
    this.#returning ??= this.#openAgain().finally(() => {
      this.#returning = undefined;
    });
    return this.#returning;
  }

  async #openAgain(): Promise<void> {
    while (!this.#isLeaving && !this.#isAway) {
      try {
        await this.#open(this.#parts.history);
        // It may have gone in the turn in which the last answer came.
        if (this.#on !== undefined) return;
      } catch {
        // The broker is away, or has cut us in the middle.
        await pause(30);
      }
    }
  }

  async #open(history: History): Promise<void> {
    const { principal, through } = this.#parts;
    const connection = history.nextConnection();
    let wire: Wire | undefined;
    const lost = () => this.#on?.wire === wire && this.#lost();
    wire = await Wire.open(principal, { ...this.#listening.hearing(connection), lost }, through);
    const on = { wire, connection };
    this.#on = on;
    history.say({
      ...{ what: "opened", instance: principal.id, connection, epoch: wire.epoch, atMs: Date.now() },
    });
    await this.#listening.opened(on);
  }
}
