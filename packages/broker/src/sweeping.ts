/**
 * The closing facts that follow a taking away: batch after batch down the line, with everybody else's commands between
 * them, until the sweep is done. What is turned away is tried again; what a crash leaves is taken up at the next start.
 *
 * Nobody's commands may wait much longer because somebody else has taken much away: batches are small, one at a time
 * whatever is swept, and each waits for a moment in which the line has nothing else to decide, though not for ever.
 */
import { makeId, type Refusal, type SessionId } from "@parley/protocol";
import type { Command, CommandAnswers } from "./governance/command.js";
import type { Sweep } from "./governance/engagement-entities.js";
import { pass } from "./turn.js";

const retryMs = 250;
/** While others are at work: about what a batch takes, so that what they ask next need not wait for two. */
const pauseMs = 5;
/** A line that is never free does not keep a sweep from going on. */
const patienceMs = 50;

type Settled =
  | { readonly outcome: "accepted"; readonly answer: CommandAnswers["sessions.sweep"] }
  | { readonly outcome: "refused"; readonly refusal: Refusal };

/** The line, as far as sweeping uses it. */
export type Send = (command: Command<"sessions.sweep">) => Promise<Settled>;

export interface Sweeping {
  /** What others ask of the line goes first. */
  beside<T>(work: () => Promise<T>): Promise<T>;
  /** How many sessions were closed. */
  readonly sweep: (sweeps: readonly Sweep[]) => Promise<number>;
}

type Pause = (ms: number) => Promise<void>;

/** When the line has nothing else to decide. */
function openGaps(pause: Pause) {
  /** How many commands of others wait for their decision, and whether there were any since the last batch. */
  let waiting = 0;
  let heard = false;
  let free: () => void = () => undefined;

  const untilFree = async (): Promise<void> => {
    if (heard) await pause(pauseMs);
    heard = false;
    if (waiting === 0) return;
    const gap = new Promise<void>((resolve) => {
      free = resolve;
    });
    await Promise.race([gap, pause(patienceMs)]);
  };

  const beside = async <T>(work: () => Promise<T>): Promise<T> => {
    heard = true;
    waiting += 1;
    try {
      return await work();
    } finally {
      waiting -= 1;
      if (waiting === 0) free();
    }
  };

  return { beside, untilFree };
}

export function openSweeping(send: Send, pause: Pause = pass): Sweeping {
  let turn: Promise<unknown> = Promise.resolve();
  const { beside, untilFree } = openGaps(pause);

  const batch = async (command: Command<"sessions.sweep">): Promise<Settled> => {
    await untilFree();
    return send(command);
  };

  const inTurn = (command: Command<"sessions.sweep">): Promise<Settled> => {
    const settled = turn.then(() => batch(command));
    // Whoever waits for it hears of a fault; who comes next is not concerned.
    turn = settled.catch(() => undefined);
    return settled;
  };

  const sweepOne = async ({ id: sweep, part }: Sweep): Promise<number> => {
    let closed = 0;
    let after: SessionId | null = null;
    while (true) {
      const id = makeId("command");
      const settled: Settled = await inTurn({ kind: "sessions.sweep", id, sweep, part, after });
      if (settled.outcome === "accepted") {
        closed += settled.answer.closed;
        after = settled.answer.next;
        if (after === null) return closed;
      } else if (settled.refusal.code === "broker.busy") {
        await pause(retryMs);
      } else {
        // The broker is leaving: its next start goes on.
        return closed;
      }
    }
  };

  return {
    beside,
    async sweep(sweeps) {
      let closed = 0;
      for (const one of sweeps) closed += await sweepOne(one);
      return closed;
    },
  };
}
