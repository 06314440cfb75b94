/** Time as the SDK knows it: the only file that reads the machine's clocks or sets its timers. */
export interface Clock {
  /** What this machine believes the time to be, in milliseconds since the epoch. It may jump. */
  wall(): number;
  /** Milliseconds that only go forward. They may stand still while the machine sleeps. */
  elapsed(): number;
  /** Calls `run` once, later; answers what calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** Longer than this, `setTimeout` fires at once. */
const timerMsMax = 2 ** 31 - 1;

/** This machine's clocks and timers. */
export const machineClock: Clock = {
  wall: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), timerMsMax));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What the promise becomes, unless the signal aborts first: then nobody waits for it any longer. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
