/**
 * The sessions that this instance has to do with: followed by the broker's events, which are hints, and by looking when
 * none comes; joined again on every connection; given up when the agent is closed.
 */
import { type Event, type SessionId, type SessionView, sessionSchema } from "@parley/protocol";
import { pause } from "./clock.js";
import { Course } from "./course.js";
import { NotAsShown, ParleyFault } from "./fault.js";
import type { Link } from "./link.js";
import { isRefused, ParleyRefusal } from "./refusal.js";
import { Session, type SessionActions } from "./session.js";

/** Something is looked at that nobody has said anything about: the older it is, the less often. */
const tickMs = 5_000;
const lookMsMax = 300_000;
const againMs = 1_000;
const earlyMax = 256;

interface Followed {
  readonly course: Course;
  readonly session: Session;
}

export class Sessions implements SessionActions {
  readonly #link: Link;
  readonly #followed = new Map<SessionId, Followed>();
  /** The last that was told of sessions whose reply is still on its way to who asked. */
  readonly #early = new Map<SessionId, Event>();
  #cancelTick: (() => void) | undefined;

  constructor(link: Link) {
    this.#link = link;
    link.on("connected", () => this.#resume());
    link.on("event", (event) => this.#heard(event));
    link.on("ended", (error) => this.#lose(error));
  }

  /** Whether this instance has it in hand already. */
  holds(id: SessionId): boolean {
    return this.#followed.get(id)?.course.held ?? false;
  }

  /** What this agent has open, whichever of its instances holds it. */
  async open(signal?: AbortSignal): Promise<Session[]> {
    const query = { state: "open" };
    const sessions: Session[] = [];
    const ask = { path: "/v1/sessions", query, schema: sessionSchema, ...(signal && { signal }) };
    for await (const view of this.#link.client.each(ask)) sessions.push(this.#follow(view).session);
    return sessions;
  }

  async read(id: SessionId): Promise<SessionView> {
    const path = `/v1/sessions/${id}`;
    const view = await this.#link.client.request({ method: "GET", path, schema: sessionSchema });
    if (view.id === id) return view;
    throw new NotAsShown("the broker shows another session than was asked for", "session");
  }

  /**
   * This instance holds its side, or will when the session is accepted. `askedOn` is the epoch of the connection on
   * which the view was asked for: there, and nowhere else, a proposal and an acceptance have joined already.
   */
  hold(view: SessionView, askedOn: number): Session {
    const { course, session } = this.#follow(view);
    course.held = true;
    const mine = view[session.side];
    if (mine.joinedAt !== null && mine.instance === this.#link.self.principal) course.joinedEpoch = askedOn;
    this.#joinWhenDue(course);
    return session;
  }

  /** Takes a side that is free, or that this instance has held in another process (`resumed`): by joining. */
  async join(id: SessionId, { resumed }: { readonly resumed: boolean }): Promise<Session> {
    const { epoch } = this.#link.self;
    const view = await this.#link.calls.call({ call: "join", session: id }, sessionSchema);
    const session = this.hold(view, epoch);
    this.#of(session).resumed = resumed;
    return session;
  }

  /** Waits until it has been answered; rejects with SessionEnded when the answer is no. */
  reached(session: Session, state: "accepted" | "active", signal?: AbortSignal): Promise<void> {
    return this.#of(session).reached(state, signal);
  }

  async close(course: Course, detail: string | undefined): Promise<void> {
    if (course.view.state === "closed") return;
    const { id } = course.view;
    const asked = { call: "close" as const, session: id, ...(detail !== undefined && { detail }) };
    try {
      course.see(await this.#link.calls.call(asked, sessionSchema));
    } catch (error) {
      // It has closed otherwise in the meantime: that is what was wanted.
      if (!isRefused(error, "session.state") || error.state !== "closed") throw error;
      await this.#look(course);
    }
  }

  async withdraw(course: Course): Promise<void> {
    const { id } = course.view;
    course.see(await this.#link.calls.call({ call: "withdraw", session: id }, sessionSchema));
  }

  /** Withdraws what nobody here waits for any more; what was accepted in the meantime is closed. */
  async abandon(session: Session): Promise<void> {
    const course = this.#of(session);
    try {
      await this.withdraw(course);
    } catch (error) {
      if (!isRefused(error, "session.state")) throw error;
      if (error.state !== "closed") await this.close(course, undefined);
    }
  }

  #of(session: Session): Course {
    const followed = this.#followed.get(session.id);
    if (followed !== undefined) return followed.course;
    // Closed, and let go: nothing will happen to it any more.
    return new Course(session.view);
  }

  #follow(view: SessionView): Followed {
    const known = this.#followed.get(view.id);
    if (known !== undefined) {
      this.#see(known.course, view);
      return known;
    }
    const course = new Course(view);
    const side = view.consumer.agent.id === this.#link.self.agent ? "consumer" : "provider";
    const followed = { course, session: new Session(course, side, this) };
    if (this.#link.signal.aborted) course.lose(this.#link.signal.reason);
    else if (view.closed === null) this.#begin(followed);
    return followed;
  }

  #begin(followed: Followed): void {
    const { course } = followed;
    const { id } = course.view;
    this.#followed.set(id, followed);
    course.closed.finally(() => this.#followed.delete(id)).catch(() => undefined);
    this.#plan(course);
    this.#cancelTick ??= this.#link.client.exchange.clock.after(tickMs, () => this.#tick());
    const early = this.#early.get(id);
    this.#early.delete(id);
    if (early !== undefined) this.#heard(early);
  }

  #see(course: Course, view: SessionView): void {
    course.see(view);
    this.#plan(course);
  }

  /** When to look although nothing was heard: soon while somebody waits, and right after it should have closed. */
  #plan(course: Course): void {
    const { exchange } = this.#link.client;
    const { acceptedAt, proposedAt, activeAt, closesBy } = course.view;
    const nowMs = exchange.now();
    const ageMs = nowMs - Date.parse(activeAt ?? acceptedAt ?? proposedAt);
    const usualMs = Math.min(Math.max(ageMs, tickMs), lookMsMax);
    const leftMs = closesBy === null ? usualMs : Date.parse(closesBy) - nowMs + 1;
    course.lookAtMs = exchange.clock.elapsed() + Math.min(usualMs, Math.max(leftMs, againMs));
  }

  #tick(): void {
    const { clock } = this.#link.client.exchange;
    this.#cancelTick = undefined;
    if (this.#followed.size === 0) return;
    this.#cancelTick = clock.after(tickMs, () => this.#tick());
    if (!this.#link.isConnected) return;
    for (const { course } of this.#followed.values()) {
      if (course.lookAtMs <= clock.elapsed()) this.#link.background(this.#look(course));
    }
  }

  #heard(event: Event): void {
    if (!("session" in event)) return;
    const course = this.#followed.get(event.session)?.course;
    if (course === undefined) {
      // Only where it has got to is worth keeping: a fact that comes with it must not take its place.
      if (event.event !== "session.fact" && event.event !== "session.available")
        this.#keepEarly(event.session, event);
      return;
    }
    switch (event.event) {
      case "session.accepted":
        if (event.joined) course.joinedEpoch = this.#link.self.epoch;
        this.#link.background(this.#look(course));
        break;
      case "session.active":
        this.#link.background(this.#look(course));
        break;
      case "session.closed":
        this.#link.background(this.#lookAtEnd(course, event.reason));
        break;
      case "session.fact":
        course.heard.tell("fact", event.fact);
        break;
      // Whoever takes sessions hears of these.
      case "session.available":
        break;
      default:
        event satisfies never;
    }
  }

  #keepEarly(id: SessionId, event: Event): void {
    this.#early.delete(id);
    this.#early.set(id, event);
    const [oldest] = this.#early.keys();
    if (this.#early.size > earlyMax && oldest !== undefined) this.#early.delete(oldest);
  }

  async #look(course: Course): Promise<void> {
    this.#plan(course);
    this.#see(course, await this.read(course.view.id));
    this.#joinWhenDue(course);
  }

  /** The details of the end stand in the session; where they cannot be read, the reason that was told must do. */
  async #lookAtEnd(course: Course, reason: Parameters<Course["seeClosed"]>[0]): Promise<void> {
    try {
      await this.#look(course);
    } catch (error) {
      this.#link.trouble(error);
    }
    course.seeClosed(reason);
  }

  /** A new connection: what was proposed may have been answered, what is held is joined again. */
  #resume(): void {
    for (const { course } of this.#followed.values()) {
      if (course.held && course.view.state !== "proposed") this.#joinWhenDue(course);
      else this.#link.background(this.#look(course));
    }
  }

  #joinWhenDue(course: Course): void {
    const { state } = course.view;
    if (!course.held || !this.#link.isConnected || (state !== "accepted" && state !== "active")) return;
    const { epoch } = this.#link.self;
    if (course.joinedEpoch === epoch) return;
    course.joinedEpoch = epoch;
    this.#link.background(this.#joinAgain(course, epoch));
  }

  async #joinAgain(course: Course, epoch: number): Promise<void> {
    const { id } = course.view;
    try {
      this.#see(course, await this.#link.calls.call({ call: "join", session: id }, sessionSchema));
    } catch (error) {
      if (isRefused(error, "session.state")) return this.#look(course);
      // A sibling has taken it while we were away: we follow how it ends, and join no more.
      if (isRefused(error, "session.not-held")) course.held = false;
      if (!(error instanceof ParleyRefusal || error instanceof ParleyFault) || error.retry !== "later")
        throw error;
      this.#link.trouble(error);
      await pause(this.#link.client.exchange.clock, retryMs(error), this.#link.signal);
      if (course.joinedEpoch !== epoch) return;
      course.joinedEpoch = undefined;
      this.#joinWhenDue(course);
    }
  }

  #lose(error: Error): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    for (const { course } of [...this.#followed.values()]) course.lose(error);
    this.#followed.clear();
  }
}

const retryMs = (error: ParleyRefusal | ParleyFault): number =>
  error instanceof ParleyRefusal ? Math.max(error.retryAfterMs ?? againMs, 1) : againMs;
