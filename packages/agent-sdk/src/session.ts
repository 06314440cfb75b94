/** A session as the author of an agent has it in hand. What it says of itself is what was last heard from the broker. */
import type { OrganisationId, SessionId, SessionState, SessionView, SideName, Terms } from "@parley/protocol";
import type { Course, SessionEvents } from "./course.js";
import type { SessionClosed } from "./session-ended.js";

/** What is done to a session, by whoever speaks to the broker. */
export interface SessionActions {
  close(course: Course, detail: string | undefined): Promise<void>;
  withdraw(course: Course): Promise<void>;
}

/** Who is on the other side, as the broker knows it: never what it says of itself. */
export interface Counterpart {
  /** Its agent: id and name. */
  readonly agent: SessionView["consumer"]["agent"];
  /** Whose agent it is. */
  readonly organisation: { readonly id: OrganisationId; readonly name: string };
  /** Who proposed or accepted, or holds the other side now. */
  readonly instance: SessionView["consumer"]["instance"];
}

/** One engagement of a consumer with a provider, from the proposal to its end. It comes from `engage`, `serve` or `sessions`. */
export class Session implements AsyncDisposable {
  /** `ses_…`, the same for both sides. */
  readonly id: SessionId;
  /** Which side this agent is on. */
  readonly side: SideName;
  readonly #course: Course;
  readonly #actions: SessionActions;

  /** @internal Sessions come from `engage`, `serve` and `sessions`. */
  constructor(course: Course, side: SideName, actions: SessionActions) {
    this.id = course.view.id;
    this.side = side;
    this.#course = course;
    this.#actions = actions;
  }

  /** All that the broker shows of it. */
  get view(): SessionView {
    return this.#course.view;
  }

  /** `proposed`, `accepted`, `active` or `closed`, as last heard. */
  get state(): SessionState {
    return this.view.state;
  }

  /**
   * Whether this instance had joined it in a process before this one, which did not end it: a handler is called anew,
   * and what was said before is not known here.
   */
  get resumed(): boolean {
    return this.#course.resumed;
  }

  /** What it is for: the one capability that was engaged. */
  get capability(): string {
    return this.view.capability;
  }

  /** Frozen when it was proposed. */
  get terms(): Terms {
    return this.view.terms;
  }

  /** The other side. */
  get counterpart(): Counterpart {
    const { agent, organisation, instance } =
      this.side === "consumer" ? this.view.provider : this.view.consumer;
    return { agent, organisation, instance };
  }

  /** Resolves when both sides have joined; rejects with SessionEnded when it closes before. */
  get active(): Promise<void> {
    return this.#course.active;
  }

  /** Resolves when it has closed, for whatever reason; rejects only when the agent is closed here before. */
  get closed(): Promise<SessionClosed> {
    return this.#course.closed;
  }

  /** Listens, and answers what ends the listening. */
  on<E extends keyof SessionEvents>(event: E, listener: (event: SessionEvents[E]) => void): () => void {
    return this.#course.heard.on(event, listener);
  }

  /** Completes it, from this side. One that has closed already stays as it is. */
  close({ detail }: { readonly detail?: string } = {}): Promise<void> {
    return this.#actions.close(this.#course, detail);
  }

  /** Takes the proposal back; rejects with ParleyRefusal `session.state` when it has been answered. */
  withdraw(): Promise<void> {
    return this.#actions.withdraw(this.#course);
  }

  /** Withdraws what is still proposed, closes what is not. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.state === "proposed" ? this.withdraw() : this.close();
  }
}
