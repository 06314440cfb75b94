/**
 * The course of one session as this instance knows it: it only goes forward, however late or out of order the news
 * comes in. Where news comes from is left to `Sessions`.
 */
import type { FactView, Missing, SessionState, SessionView } from "@parley/protocol";
import { orAborted } from "./clock.js";
import { Listeners } from "./listeners.js";
import { endedBy, type SessionClosed } from "./session-ended.js";

const order: readonly SessionState[] = ["proposed", "accepted", "active", "closed"];
const rank = (state: SessionState): number => order.indexOf(state);

type Waited = Exclude<SessionState, "proposed" | "closed">;

/** What `session.on` tells of. */
export interface SessionEvents {
  /**
   * A fact of the session's chain, as it was written, from when this side has joined on. A hint: one may be lost with a
   * connection, and `position` says whether one was.
   */
  readonly fact: FactView;
  /** Envelopes of the other side that this instance will not get: a loop comes upon them as EnvelopesMissing. */
  readonly missing: Missing;
}

export class Course {
  /** Whether this instance holds its side, or means to: then it joins, on every connection. */
  held = false;
  /** Whether it was held by this instance before this process knew of it. */
  resumed = false;
  /** The connection's epoch on which this side was last joined. */
  joinedEpoch: number | undefined;
  /** When to ask how it stands although nobody has said that anything happened, in elapsed milliseconds. */
  lookAtMs = 0;
  readonly heard = new Listeners<SessionEvents>();
  readonly closed: Promise<SessionClosed>;
  readonly #fail: (error: Error) => void;
  readonly #end: (closed: SessionClosed) => void;
  #view: SessionView;
  #watchers = new Set<() => void>();
  #active: Promise<void> | undefined;

  constructor(view: SessionView) {
    this.#view = view;
    let end: (closed: SessionClosed) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    this.closed = new Promise((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
    // Nobody need be waiting.
    this.closed.catch(() => undefined);
    this.#end = end;
    this.#fail = fail;
    this.see(view);
  }

  get view(): SessionView {
    return this.#view;
  }

  see(view: SessionView): void {
    if (rank(view.state) < rank(this.#view.state) || (this.#view.closed !== null && view !== this.#view))
      return;
    this.#view = view;
    if (view.closed !== null) this.#end(view.closed);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** All that is known is that it has closed. */
  seeClosed(reason: SessionClosed["reason"]): void {
    const unknown = { detail: null, side: null, rule: null, limit: null, used: null };
    this.see({ ...this.#view, state: "closed", closed: { reason, ...unknown } });
  }

  /** Nothing more will be heard of it. */
  lose(error: Error): void {
    this.#fail(error);
  }

  /** One for all who ask: however often it is looked at, one waits. */
  get active(): Promise<void> {
    if (this.#active === undefined) {
      this.#active = this.reached("active");
      // Who has asked and does not wait is not to be ended by it.
      this.#active.catch(() => undefined);
    }
    return this.#active;
  }

  /** How many wait for a turn. */
  get waiting(): number {
    return this.#watchers.size;
  }

  /** Resolves when it has come that far, also when it is over by now; rejects with SessionEnded when it closed before. */
  async reached(state: Waited, signal?: AbortSignal): Promise<void> {
    let watcher: () => void = () => undefined;
    const far = new Promise<void>((resolve, reject) => {
      watcher = () => {
        const { closed, id, acceptedAt, activeAt } = this.#view;
        const reachedAt = state === "accepted" ? acceptedAt : activeAt;
        if (closed === null && reachedAt === null) return;
        this.#watchers.delete(watcher);
        if (closed === null || reachedAt !== null) resolve();
        else reject(endedBy(id, closed));
      };
      this.#watchers.add(watcher);
      watcher();
    });
    const lost = this.closed.then(() => far);
    try {
      await orEither(far, lost, signal);
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

function orEither(far: Promise<void>, lost: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const either = Promise.race([far, lost]);
  return signal === undefined ? either : orAborted(either, signal);
}
