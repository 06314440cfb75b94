/**
 * What is done to sessions: they are taken, gone on with, completed and withdrawn, each by a call to the broker. How they
 * are followed in between is left to `Following`.
 */
import { type SessionId, type SessionView, sessionSchema } from "@parley/protocol";
import { Course } from "./course.js";
import { Following } from "./following.js";
import type { Cursor } from "./joining.js";
import type { Link } from "./link.js";
import { isRefused } from "./refusal.js";
import type { InHand, Session, SessionActions } from "./session.js";

export class Sessions implements SessionActions {
  readonly #link: Link;
  readonly #following: Following;

  constructor(link: Link) {
    this.#link = link;
    this.#following = new Following(link, this);
  }

  /** Says everything that was put off. */
  flush(): void {
    this.#following.flush();
  }

  /** Whether this instance has it in hand already. */
  holds(id: SessionId): boolean {
    return this.#following.get(id)?.course.held ?? false;
  }

  /** What this agent has open, whichever of its instances holds it. */
  async open(signal?: AbortSignal): Promise<Session[]> {
    const query = { state: "open" };
    const sessions: Session[] = [];
    const ask = { path: "/v1/sessions", query, schema: sessionSchema, ...(signal && { signal }) };
    for await (const view of this.#link.client.each(ask)) sessions.push(this.#following.follow(view).session);
    return sessions;
  }

  read(id: SessionId): Promise<SessionView> {
    return this.#following.read(id);
  }

  /**
   * This instance holds its side, or will when the session is accepted. `askedOn` is the epoch of the connection on
   * which the view was asked for: there, and nowhere else, a proposal and an acceptance have joined already.
   */
  hold(view: SessionView, askedOn: number): Session {
    const followed = this.#following.follow(view);
    const { course, session } = followed;
    course.held = true;
    const mine = view[session.side];
    const isJoined = mine.joinedAt !== null && mine.instance === this.#link.self.principal;
    if (isJoined) this.#following.joined(followed, askedOn);
    this.#following.joining.whenDue(followed);
    return session;
  }

  /**
   * Takes a side that is free, or that this instance has held in another process (`resumed`): by joining, from where the
   * cursor says that it has got to.
   */
  async join(
    id: SessionId,
    { resumed, cursor }: { readonly resumed: boolean; readonly cursor?: Cursor | undefined },
  ): Promise<Session> {
    const { course, session } = await this.#following.join(id, cursor);
    course.resumed = resumed;
    return session;
  }

  /** Goes on with a session: one that this process holds is the one that it holds. */
  resume(id: SessionId, cursor: Cursor | undefined): Promise<Session> {
    const followed = this.#following.get(id);
    if (followed?.course.held) return Promise.resolve(followed.session);
    return this.join(id, { resumed: true, cursor });
  }

  /** Waits until it has been answered; rejects with SessionEnded when the answer is no. */
  reached(session: Session, state: "accepted" | "active", signal?: AbortSignal): Promise<void> {
    // One that has closed and was let go: nothing will happen to it any more.
    const course = this.#following.get(session.id)?.course ?? new Course(session.view);
    return course.reached(state, signal);
  }

  async close({ course, traffic }: InHand, how: { detail?: string; isHasty?: boolean }): Promise<void> {
    await traffic.settle(how.isHasty ?? false);
    if (traffic.hasEnded) await course.closed;
    if (course.view.state === "closed") return;
    const { id } = course.view;
    const { detail } = how;
    const asked = { call: "close" as const, session: id, ...(detail !== undefined && { detail }) };
    try {
      course.see(await this.#link.calls.call(asked, sessionSchema));
    } catch (error) {
      // It has closed otherwise in the meantime: that is what was wanted.
      if (!isRefused(error, "session.state") || error.state !== "closed") {
        traffic.unsettle();
        throw error;
      }
      await this.#following.look(course);
    }
  }

  /** Closes what went wrong here: what is not on its way is not sent any more. */
  async giveUp(session: Session, detail: string): Promise<void> {
    const followed = this.#following.get(session.id);
    if (followed !== undefined) await this.close(followed, { detail, isHasty: true });
  }

  async withdraw({ course }: InHand): Promise<void> {
    const { id } = course.view;
    course.see(await this.#link.calls.call({ call: "withdraw", session: id }, sessionSchema));
  }

  /** Withdraws what nobody here waits for any more; what was accepted in the meantime is closed. */
  async abandon(session: Session): Promise<void> {
    try {
      await session.withdraw();
    } catch (error) {
      if (!isRefused(error, "session.state")) throw error;
      if (error.state !== "closed") await session.close();
    }
  }
}
