/**
 * The closing facts that follow a taking away: batch after batch down the line, with everybody else's commands between
 * them, until the sweep is done. What is turned away is tried again; what a crash leaves is taken up at the next start.
 *
 * Nobody's commands may wait much longer because somebody else has taken much away: batches are small, one at a time
 * whatever is swept, and each waits for a moment in which the line has nothing else to decide, though not for ever. While
 * others are at work a batch is a single session.
 */
import { limits, makeId, type Refusal, type SessionId } from "@parley/protocol";
import type { Command, CommandAnswers } from "./governance/command.js";
import type { Sweep } from "./governance/engagement-entities.js";
import { pass } from "./turn.js";

const retryMs = 250;
/** Between two batches while others are at work: more than a batch of one takes, so that most of what they ask meets none. */
const pauseMs = 4;
/** Whoever has asked for something asks again soon: so many batches later nobody is at work any more. */
const carefulBatches = 8;
/** A line that is never free does not keep a sweep from going on. */
const patienceMs = 50;

type Settled =
  | { readonly outcome: "accepted"; readonly answer: CommandAnswers["sessions.sweep"] }
  | { readonly outcome: "refused"; readonly refusal: Refusal };

/** How many at once is found out when its turn comes. */
type Batch = Omit<Command<"sessions.sweep">, "most">;

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
  /** How many commands of others wait for their decision, and how many batches are still careful of them. */
  let waiting = 0;
  let careful = 0;
  let free: () => void = () => undefined;

  /** Whether others are at work. */
  const untilFree = async (): Promise<boolean> => {
    const isCareful = careful > 0;
    if (isCareful) await pause(pauseMs);
    careful = Math.max(0, careful - 1);
    if (waiting === 0) return isCareful;
    const gap = new Promise<void>((resolve) => {
      free = resolve;
    });
    await Promise.race([gap, pause(patienceMs)]);
    return true;
  };

  const beside = async <T>(work: () => Promise<T>): Promise<T> => {
    careful = carefulBatches;
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

  const batch = async (command: Batch): Promise<Settled> => {
    const others = await untilFree();
    return send({ ...command, most: others ? 1 : limits.sessionsClosedPerSweep });
  };

  const inTurn = (command: Batch): Promise<Settled> => {
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
