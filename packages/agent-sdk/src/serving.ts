/**
 * Taking sessions for the capabilities that this agent serves: accepting or joining what the broker tells of, one
 * handler for each, never more at a time than its author wants. Losing a race to a sibling is no trouble.
 */
import { type Event, isHardEnding, type SessionId, type SessionView, sessionSchema } from "@parley/protocol";
import { z } from "zod";
import { signAcceptance } from "./binding-statements.js";
import { NotAsShown, ParleyFault } from "./fault.js";
import type { Link } from "./link.js";
import { patiently } from "./patience.js";
import { isRefused } from "./refusal.js";
import type { Session } from "./session.js";
import type { Sessions } from "./sessions.js";

/** Called when this side has joined. When it returns the session is completed, when it throws it is closed too. */
export type SessionHandler = (session: Session) => void | Promise<void>;
/** `true` takes a proposal, `false` leaves it to a sibling or to its end, `reject` says no, and why. */
export type Decision = boolean | { readonly reject: string };

/** How sessions of a capability are taken. */
export interface ServeOptions {
  /** Whether to take what is proposed. `false` leaves it to others, or to its end; `reject` says no, and why. */
  readonly accept?: (proposal: SessionView) => Decision | Promise<Decision>;
  /** How many sessions at a time; without it, as many as come. */
  readonly concurrency?: number;
}

interface Served extends ServeOptions {
  readonly capability: string;
  readonly handler: SessionHandler;
  readonly running: Set<SessionId>;
  /** Told of while there was no room. */
  readonly passed: Set<SessionId>;
}

/** What was told of and has not been taken after so long is looked for: the word may have been lost. */
const lookMs = 15_000;
/** So seldom, where looking finds nothing that waits. */
const lookMsMax = 60_000;
const endedMax = 4_096;

export class Serving {
  readonly #link: Link;
  readonly #sessions: Sessions;
  readonly #served = new Map<string, Served>();
  /** Handled here to the end: what of it was not acknowledged, another process may be given. */
  readonly #ended = new Set<SessionId>();
  /** What is served is said whole each time: in the order in which it changed. */
  #said: Promise<unknown> = Promise.resolve();
  /** Whether something may be held here of which this process does not know. */
  #isUnread = false;
  #cancelLook: (() => void) | undefined;
  #lookAgainMs = lookMs;

  constructor(link: Link, sessions: Sessions) {
    this.#link = link;
    this.#sessions = sessions;
    link.on("connected", () => {
      if (this.#served.size > 0) this.#begin();
    });
    link.on("event", (event) => this.#heard(event));
    link.on("ended", () => this.#cancelLook?.());
  }

  serve(capability: string, handler: SessionHandler, options: ServeOptions): () => void {
    if (this.#served.has(capability)) throw new ParleyFault(`${capability} is served already`, "never");
    const { concurrency = Number.POSITIVE_INFINITY } = options;
    if (!(concurrency >= 1)) throw new RangeError("concurrency is at least 1");
    const served = {
      ...options,
      capability,
      handler,
      running: new Set<SessionId>(),
      passed: new Set<SessionId>(),
    };
    this.#served.set(capability, served);
    this.#begin();
    return () => {
      if (this.#served.get(capability) !== served) return;
      this.#served.delete(capability);
      this.#tell();
    };
  }

  /** There is more to take than before: a capability, or a connection. */
  #begin(): void {
    this.#isUnread = true;
    this.#lookAgainMs = lookMs;
    this.#tell();
    this.#plan();
  }

  #tell(): void {
    if (!this.#link.isConnected) return;
    const say = async () => {
      const asked = { call: "serve" as const, capabilities: [...this.#served.keys()] };
      await patiently(this.#link, () => this.#link.calls.call(asked, z.unknown()));
      if (!this.#isUnread) return;
      this.#isUnread = false;
      this.#link.background(patiently(this.#link, () => this.#takeUp()));
    };
    this.#said = this.#said.then(say).catch((error: unknown) => this.#link.trouble(error));
  }

  #heard(event: Event): void {
    if (event.event !== "session.available") return;
    const served = this.#served.get(event.capability);
    if (served !== undefined) this.#take(served, event.session);
  }

  #take(served: Served, id: SessionId): void {
    if (served.running.has(id) || this.#ended.has(id) || this.#sessions.holds(id)) return;
    if (served.running.size >= (served.concurrency ?? Number.POSITIVE_INFINITY)) {
      served.passed.add(id);
      return;
    }
    served.passed.delete(id);
    served.running.add(id);
    this.#link.background(this.#run(served, id));
  }

  async #run(served: Served, id: SessionId): Promise<void> {
    let isFull = false;
    try {
      const session = await this.#taken(served, id).catch((error: unknown) => {
        isFull = isConnectionFull(error);
        // Somebody else was first, or it is over.
        if (isFull || isRefused(error, "session.state", "session.not-held", "not-found")) return undefined;
        throw error;
      });
      if (session !== undefined) await this.#handle(served, session);
      if (session?.state === "closed") this.#keepEnded(id);
    } finally {
      served.running.delete(id);
      if (isFull) served.passed.add(id);
      else this.#takeNext(served);
    }
  }

  #keepEnded(id: SessionId): void {
    const [oldest] = this.#ended;
    if (oldest !== undefined && this.#ended.size >= endedMax) this.#ended.delete(oldest);
    this.#ended.add(id);
  }

  #takeNext(served: Served): void {
    const [next] = served.passed;
    if (next !== undefined && this.#served.get(served.capability) === served) this.#take(served, next);
  }

  /** The session with this side joined; undefined when it is not for us to take. */
  async #taken(served: Served, id: SessionId): Promise<Session | undefined> {
    const view = await this.#sessions.read(id);
    // Whoever serves one thing signs for nothing else, whatever it is told that it is.
    if (view.capability !== served.capability)
      throw new NotAsShown("the broker shows a session for something else than was offered", "capability");
    if (view.provider.agent.id !== this.#link.self.agent || !mayBeTaken(view)) return undefined;
    if (view.state !== "proposed")
      return patiently(this.#link, () => this.#sessions.join(id, { resumed: this.#isOurs(view) }));
    if (view.terms.acceptance !== "provider") return undefined;
    const decision = (await served.accept?.(view)) ?? true;
    if (decision === false) return undefined;
    if (decision === true) return this.#accept(view);
    const asked = { call: "reject" as const, session: id, detail: decision.reject };
    await patiently(this.#link, () => this.#link.calls.call(asked, sessionSchema));
    return undefined;
  }

  #accept(view: SessionView): Promise<Session> {
    return patiently(this.#link, async () => {
      const { epoch } = this.#link.self;
      const accepted = await this.#link.signed(
        async (signer) => ({
          call: "accept",
          session: view.id,
          statement: await signAcceptance(signer, view),
        }),
        sessionSchema,
      );
      return this.#sessions.hold(accepted, epoch);
    });
  }

  async #handle(served: Served, session: Session): Promise<void> {
    try {
      await served.handler(session);
    } catch (error) {
      this.#link.trouble(error);
      await this.#sessions.giveUp(session, "handler failed");
      return;
    }
    await session.close();
  }

  /** What this very instance has joined, in a process before this one: as long as no sibling has taken it [SES-23]. */
  async #takeUp(): Promise<void> {
    for (const state of ["accepted", "active"] as const) {
      for await (const view of this.#provided(state)) {
        const served = this.#served.get(view.capability);
        if (served !== undefined && this.#isOurs(view)) this.#take(served, view.id);
      }
    }
  }

  #isOurs({ provider }: SessionView): boolean {
    return provider.joinedAt !== null && provider.instance === this.#link.self.principal;
  }

  #plan(): void {
    this.#cancelLook?.();
    if (this.#link.signal.aborted) return;
    this.#cancelLook = this.#link.client.exchange.clock.after(this.#lookAgainMs, () => {
      this.#cancelLook = undefined;
      if (this.#served.size === 0) return;
      if (this.#link.isConnected) this.#link.background(this.#look());
      this.#plan();
    });
  }

  /** Only what is older than a word of it would have taken: the broker offers it to the least busy first. */
  async #look(): Promise<void> {
    const nowMs = this.#link.client.exchange.now();
    let isAnyWaiting = false;
    for (const state of ["proposed", "accepted"] as const) {
      for await (const view of this.#provided(state)) {
        const served = this.#served.get(view.capability);
        if (served === undefined || view.provider.joinedAt !== null) continue;
        isAnyWaiting = true;
        const since = Date.parse(view.acceptedAt ?? view.proposedAt);
        if (nowMs - since >= lookMs) this.#take(served, view.id);
      }
    }
    // Twenty instances that have nothing to do are not to ask for lists all day.
    this.#lookAgainMs = isAnyWaiting ? lookMs : Math.min(this.#lookAgainMs * 2, lookMsMax);
  }

  #provided(state: "proposed" | "accepted" | "active"): AsyncGenerator<SessionView> {
    const query = { state, side: "provider" };
    const { client, signal } = this.#link;
    return client.each({ path: "/v1/sessions", query, schema: sessionSchema, signal });
  }
}

/** The connection holds as many sessions as it may: there is room again when one of them is over. */
const isConnectionFull = (error: unknown): boolean =>
  isRefused(error, "limit.reached") && error.rule === "joinedSessionsPerConnection";

/** It is open, or there is something left of it to be drained [SES-25]. */
function mayBeTaken({ closed, consumer: { sent } }: SessionView): boolean {
  if (closed === null) return true;
  const { reason } = closed;
  return sent.envelopes > 0 && reason !== "completed_by_provider" && !isHardEnding(reason);
}
