/**
 * The sessions that this instance has to do with, followed by the broker's events, which are hints, and by looking when
 * none comes; joined again on every connection; given up when the agent is closed.
 */
import { type Event, otherSide, type SessionId, type SessionView, sessionSchema } from "@parley/protocol";
import { Course } from "./course.js";
import { Early } from "./early.js";
import { EnvelopeIds } from "./envelopes/envelope-ids.js";
import { Outflow, type Source } from "./envelopes/outflow.js";
import type { Surroundings } from "./envelopes/surroundings.js";
import { Traffic } from "./envelopes/traffic.js";
import { NotAsShown } from "./fault.js";
import type { Followed } from "./followed.js";
import { type Cursor, Joining } from "./joining.js";
import type { Delivered, Link } from "./link.js";
import { Session, type SessionActions } from "./session.js";

/** Something is looked at that nobody has said anything about: the older it is, the less often. */
const tickMs = 5_000;
const lookMsMax = 300_000;
const againMs = 1_000;
type SessionEvent = Extract<Event, { readonly session: SessionId }>;
const turns: ReadonlySet<string> = new Set<Event["event"]>([
  "session.accepted",
  "session.active",
  "session.closed",
]);

export class Following {
  readonly joining: Joining;
  readonly #link: Link;
  readonly #actions: SessionActions;
  readonly #outflow: Outflow;
  readonly #surroundings: Surroundings;
  readonly #followed = new Map<SessionId, Followed>();
  /** Let go because nothing would happen any more; in somebody's hands all the same. */
  readonly #known = new WeakMap<Source, Followed>();
  readonly #early = new Early();
  #cancelTick: (() => void) | undefined;

  constructor(link: Link, actions: SessionActions) {
    this.#link = link;
    this.#actions = actions;
    this.joining = new Joining(link, {
      see: ({ course }, view) => this.#see(course, view),
      look: ({ course }) => this.look(course),
    });
    const { exchange } = link.client;
    this.#outflow = new Outflow(link, exchange.clock);
    this.#surroundings = {
      link,
      outflow: this.#outflow,
      ids: new EnvelopeIds(() => exchange.now()),
      joinAgain: (traffic) => this.#with(traffic, (followed) => this.joining.anew(followed)),
      follow: (traffic) => this.#with(traffic, (followed) => this.#followAgain(followed)),
      settled: (traffic) => this.#with(traffic, (followed) => this.#letGo(followed)),
    };
    link.on("connected", () => this.#resume());
    link.on("event", (event) => this.#heard(event));
    link.on("outcomes", (outcomes) => {
      for (const one of outcomes) this.#followed.get(one.session as SessionId)?.traffic.outcome(one);
    });
    link.on("delivered", (delivered) => this.#delivered(delivered));
    link.on("ended", (error) => this.#lose(error));
  }

  get(id: SessionId): Followed | undefined {
    return this.#followed.get(id);
  }

  /** Says everything that was put off. */
  flush(): void {
    this.#outflow.flush();
  }

  async read(id: SessionId): Promise<SessionView> {
    const path = `/v1/sessions/${id}`;
    const view = await this.#link.client.request({ method: "GET", path, schema: sessionSchema });
    if (view.id === id) return view;
    throw new NotAsShown("the broker shows another session than was asked for", "session");
  }

  /** This side has been joined over that connection by a command; unless something came too soon to be heard. */
  joined({ course, traffic }: Followed, epoch: number): void {
    if (course.joinedEpoch === epoch || this.#early.takeDelivered(course.view.id)) return;
    course.joinedEpoch = epoch;
    traffic.ready(epoch);
  }

  /** Takes its side, by a call. */
  join(id: SessionId, cursor: Cursor | undefined): Promise<Followed> {
    return this.joining.first(id, cursor, (view) => {
      const { epoch } = this.#link.self;
      const followed = this.#fresh(this.follow(view, true));
      const { course, traffic } = followed;
      this.#early.takeDelivered(id);
      course.joinedEpoch = epoch;
      traffic.ready(epoch, view);
      return followed;
    });
  }

  /** `isHeld`: its side has been joined here. What came early is heard as who holds it: of what has ended, something is left. */
  follow(view: SessionView, isHeld = false): Followed {
    const known = this.#followed.get(view.id);
    if (known !== undefined) {
      known.course.held ||= isHeld;
      this.#see(known.course, view);
      return known;
    }
    const followed = this.#inHand(new Course(view));
    followed.course.held = isHeld;
    if (this.#link.signal.aborted) this.#loseOne(followed, this.#link.signal.reason);
    else this.#begin(followed);
    return followed;
  }

  /** What was lost to a sibling and is taken anew is begun anew: the session in hand before stays as it ended. */
  #fresh(followed: Followed): Followed {
    if (!followed.traffic.isSpent) return followed;
    const again = this.#inHand(followed.course);
    this.#keep(again);
    return again;
  }

  #inHand(course: Course): Followed {
    const side = course.view.consumer.agent.id === this.#link.self.agent ? "consumer" : "provider";
    const traffic = new Traffic(course, side, this.#surroundings);
    const session = new Session({ course, traffic }, side, this.#actions);
    const followed = { course, session, traffic };
    this.#known.set(traffic, followed);
    return followed;
  }

  #keep(followed: Followed): void {
    const { course, traffic } = followed;
    this.#followed.set(course.view.id, followed);
    course.closed.then(() => this.#endTraffic(course, traffic)).catch(() => undefined);
  }

  #begin(followed: Followed): void {
    const { course } = followed;
    const { id } = course.view;
    this.#keep(followed);
    this.#plan(course);
    this.#cancelTick ??= this.#link.client.exchange.clock.after(tickMs, () => this.#tick());
    const early = this.#early.takeEvent(id);
    if (early !== undefined) this.#heard(early);
  }

  /** Somebody reads what was let go: it is joined as long as they do. */
  #followAgain(followed: Followed): void {
    const { id } = followed.course.view;
    if (this.#followed.has(id) || !followed.traffic.isWanted) return;
    this.#followed.set(id, followed);
    this.joining.whenDue(followed);
  }

  /** It has closed, and nothing is on its way any more, either way. */
  #letGo({ course }: Followed): void {
    if (course.view.closed !== null) this.#followed.delete(course.view.id);
  }

  #with(source: Source, act: (followed: Followed) => void): void {
    const followed = this.#known.get(source);
    if (followed !== undefined) act(followed);
  }

  /** What the other side has sent by now is all that comes. */
  #endTraffic({ view }: Course, traffic: Traffic): void {
    if (view.closed === null) return;
    traffic.ended(view.closed, view[otherSide(traffic.side)].sent.envelopes);
  }

  #delivered({ stamp, header, payload }: Delivered): void {
    const followed = this.#followed.get(stamp.session);
    if (followed?.traffic.isBegun) followed.traffic.delivered(stamp, header, payload);
    else this.#early.delivered(stamp.session);
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
      if (course.view.closed === null && course.lookAtMs <= clock.elapsed())
        this.#link.background(this.look(course));
    }
  }

  #heard(event: Event): void {
    if (!("session" in event)) return;
    const followed = this.#followed.get(event.session);
    if (followed === undefined) {
      // Only where it has got to is worth keeping: what comes with it must not take its place.
      if (turns.has(event.event)) this.#early.happened(event.session, event);
      return;
    }
    this.#told(followed, event);
  }

  #told(followed: Followed, event: SessionEvent): void {
    const { course, traffic } = followed;
    switch (event.event) {
      case "session.accepted":
        if (event.joined) this.joined(followed, this.#link.self.epoch);
        this.#link.background(this.look(course));
        break;
      case "session.active":
        this.#link.background(this.look(course));
        break;
      case "session.closed":
        traffic.ended({ reason: event.reason, detail: null }, event.sent[otherSide(traffic.side)]);
        this.#link.background(this.#lookAtEnd(course, event.reason));
        break;
      case "credit":
        traffic.mayGoOn(event.sendUpTo);
        break;
      case "session.missing":
        traffic.missing(event.missing);
        break;
      case "session.fact":
        traffic.fact(event.fact);
        course.heard.tell("fact", event.fact);
        break;
      // Whoever takes sessions hears of the one, whoever keeps receipts of the other.
      case "session.available":
      case "receipt.ready":
        break;
      default:
        event satisfies never;
    }
  }

  async look(course: Course): Promise<void> {
    this.#plan(course);
    const { id } = course.view;
    this.#see(course, await this.read(id));
    const followed = this.#followed.get(id);
    if (followed !== undefined) this.joining.whenDue(followed);
  }

  /** The details of the end stand in the session; where they cannot be read, the reason that was told must do. */
  async #lookAtEnd(course: Course, reason: Parameters<Course["seeClosed"]>[0]): Promise<void> {
    try {
      await this.look(course);
    } catch (error) {
      this.#link.trouble(error);
    }
    course.seeClosed(reason);
  }

  /** A new connection: what was proposed may have been answered, what is held is joined again. */
  #resume(): void {
    this.#outflow.begin();
    this.#early.reconnected();
    for (const followed of this.#followed.values()) {
      const { course } = followed;
      if (course.held && course.view.state !== "proposed") this.joining.whenDue(followed);
      else this.#link.background(this.look(course));
    }
  }

  #lose(error: Error): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#outflow.end();
    for (const followed of [...this.#followed.values()]) this.#loseOne(followed, error);
    this.#followed.clear();
  }

  #loseOne({ course, traffic }: Followed, error: Error): void {
    course.lose(error);
    traffic.fail(error);
  }
}
