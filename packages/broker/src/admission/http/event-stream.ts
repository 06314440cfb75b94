/**
 * Answers that go on: server-sent events, one after the other, until whoever tells them is done, nobody listens any more, or
 * the broker stops. Nothing waits in memory for a slow reader but what was read for it last: who tells waits with it.
 */
import type { OutgoingHttpHeaders } from "node:http";
import { limits, type Refusal } from "@parley/protocol";
import type { FastifyReply } from "fastify";
import { silenceMs } from "./patience.js";

/** Who listens. */
export interface Listener {
  /** Aborted once nobody does, or nobody is told any more. */
  readonly gone: AbortSignal;
  /** Resolves when what was told has been taken. */
  tell(text: string): Promise<void>;
}

export type Telling = (listener: Listener) => Promise<void>;

/** A place among those of one principal, and how to give it back. */
export interface Seat {
  readonly gone: AbortSignal;
  leave(): void;
}

export class EventStreams {
  /** And whose each is. */
  readonly #open = new Map<AbortController, string>();

  get open(): number {
    return this.#open.size;
  }

  /** So many at once for each principal. */
  take(principal: string): Seat | Refusal {
    const { factStreamsPerPrincipal: limit } = limits;
    const used = [...this.#open.values()].filter((one) => one === principal).length;
    if (used >= limit) return { code: "limit.reached", rule: "factStreamsPerPrincipal", limit, used };
    const ending = new AbortController();
    this.#open.set(ending, principal);
    return {
      gone: ending.signal,
      leave: () => {
        this.#open.delete(ending);
        ending.abort();
      },
    };
  }

  /** The broker stops: everybody comes again, elsewhere or later. */
  end(): void {
    for (const ending of this.#open.keys()) ending.abort();
  }
}

/** Of a fact its place is its id, so that who comes back goes on after it. */
export const eventOf = (id: string, data: unknown): string => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** Shows that we are still here, and how far the record was looked at; `id` alone is no event. */
export const stillHere = (id: string | null): string => `: still here\n${id === null ? "" : `id: ${id}\n`}\n`;

/** How long who has lost its stream waits before it comes again. */
const retry = "retry: 1000\n\n";

export async function answerWithEvents(reply: FastifyReply, seat: Seat, tell: Telling): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  const { socket } = raw;
  const gone = new AbortController();
  const leave = () => gone.abort();
  raw.once("close", leave);
  seat.gone.addEventListener("abort", leave, { once: true });
  if (seat.gone.aborted || raw.destroyed) leave();
  // Liveness is told by what is written, and by whether it is taken.
  socket?.setTimeout(0);
  raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    "content-type": "text/event-stream; charset=utf-8",
    connection: "close",
  });
  let before = retry;
  try {
    await tell({
      gone: gone.signal,
      tell: async (text) => {
        const written = `${before}${text}`;
        before = "";
        if (gone.signal.aborted || raw.write(written)) return;
        if (!(await isTaken(raw, gone.signal))) raw.destroy();
      },
    });
    raw.end();
  } catch (cause) {
    // It has begun already: there is no other way to say that it went wrong.
    raw.destroy();
    throw cause;
  } finally {
    raw.off("close", leave);
    seat.gone.removeEventListener("abort", leave);
    seat.leave();
  }
}

type Written = FastifyReply["raw"];

/** Who does not read for as long as a connection may be silent is gone. */
function isTaken(raw: Written, gone: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (taken: boolean) => () => {
      clearTimeout(patience);
      raw.off("drain", drained);
      gone.removeEventListener("abort", lost);
      resolve(taken);
    };
    const [drained, lost] = [done(true), done(false)];
    const patience = setTimeout(lost, silenceMs);
    raw.once("drain", drained);
    gone.addEventListener("abort", lost, { once: true });
  });
}
