/**
 * Joining: this instance takes its side of a session, and takes it again on every connection, from where it has got to.
 * What a join tells of envelopes is heard before anything that is delivered after it [ENV-14].
 */
import { type JoinedView, joinedSchema, type SessionId } from "@parley/protocol";
import { pause } from "./clock.js";
import { ParleyFault } from "./fault.js";
import type { Followed } from "./followed.js";
import type { Link } from "./link.js";
import { isRefused, ParleyRefusal } from "./refusal.js";

/** Where a process before this one has got to. */
export interface Cursor {
  readonly after: number;
  readonly era: number;
}

/** What a join finds out beside. */
export interface JoiningNews {
  see(followed: Followed, view: JoinedView): void;
  look(followed: Followed): Promise<void>;
}

const againMs = 1_000;

export class Joining {
  readonly #link: Link;
  readonly #news: JoiningNews;

  constructor(link: Link, news: JoiningNews) {
    this.#link = link;
    this.#news = news;
  }

  /** For the first time in this process; `begin` is called before anything that is delivered is heard. */
  async first(
    id: SessionId,
    cursor: Cursor | undefined,
    begin: (view: JoinedView) => Followed,
  ): Promise<Followed> {
    const asked = { call: "join" as const, session: id, ...(cursor && { cursor }) };
    let followed: Followed | undefined;
    const view = await this.#link.calls.call(asked, joinedSchema, {}, (joined) => {
      followed = begin(joined);
    });
    return followed ?? begin(view);
  }

  /** Joins, unless it has over this connection, or there is nothing to join for. */
  whenDue(followed: Followed): void {
    const { course, traffic } = followed;
    const { state } = course.view;
    if (!course.held || !this.#link.isConnected || state === "proposed" || !traffic.isWanted) return;
    const { epoch } = this.#link.self;
    if (course.joinedEpoch === epoch) return;
    course.joinedEpoch = epoch;
    this.#link.background(this.#again(followed, epoch));
  }

  /** Joins although it has: what comes begins anew from where this process has got to. */
  anew(followed: Followed): void {
    followed.course.joinedEpoch = undefined;
    this.whenDue(followed);
  }

  async #again(followed: Followed, epoch: number): Promise<void> {
    const { course, traffic } = followed;
    const asked = { call: "join" as const, session: course.view.id, ...traffic.cursor };
    try {
      await this.#link.calls.call(asked, joinedSchema, {}, (view) => {
        // Sent again over a connection on which a newer one is under way: that one says where we are.
        if (epoch === this.#link.self.epoch) this.#joined(followed, view, epoch);
      });
    } catch (error) {
      await this.#refused(followed, error, epoch);
    }
  }

  #joined(followed: Followed, view: JoinedView, epoch: number): void {
    followed.traffic.ready(epoch, view);
    this.#news.see(followed, view);
  }

  async #refused(followed: Followed, error: unknown, epoch: number): Promise<void> {
    const { course, traffic } = followed;
    if (isRefused(error, "session.state", "cursor.era")) {
      traffic.over(epoch);
      await this.#news.look(followed);
      if (course.view.closed !== null) traffic.notHeld(error, epoch);
      return;
    }
    if (isRefused(error, "session.not-held", "not-found")) {
      // A sibling has taken it while we were away, or it is not ours to see: we follow how it ends, and join no more.
      course.held = false;
      traffic.notHeld(error, epoch);
    }
    if (!(error instanceof ParleyRefusal || error instanceof ParleyFault) || error.retry !== "later")
      throw error;
    this.#link.trouble(error);
    await pause(this.#link.client.exchange.clock, retryMs(error), this.#link.signal);
    if (course.joinedEpoch === epoch) this.anew(followed);
  }
}

const retryMs = (error: ParleyRefusal | ParleyFault): number =>
  error instanceof ParleyRefusal ? Math.max(error.retryAfterMs ?? againMs, 1) : againMs;
