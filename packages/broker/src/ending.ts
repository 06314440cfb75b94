/** How the broker ends: once, whoever asks for it first, in the reverse of the order in which it was opened. */

export interface Ending {
  readonly done: Promise<void>;
  /** What was opened, and how it is closed again; `cause`: the failure after which it is. */
  opened(close: (cause?: unknown) => unknown): void;
  /** A failure after which nothing may be answered: everything is closed, and `done` rejects with the cause. */
  fail(cause: unknown): void;
  stop(): Promise<void>;
}

export function openEnding(): Ending {
  const closers: ((cause?: unknown) => unknown)[] = [];
  let stopping: Promise<void> | undefined;
  let resolve: () => void = () => undefined;
  let reject: (cause: unknown) => void = () => undefined;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Somebody may never look at it: then a failure is not an unhandled one as well.
  done.catch(() => undefined);

  /** One that cannot be closed keeps no other open; the first failure is the one that is told. */
  const closeAll = async (cause?: unknown): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of closers.reverse()) {
      try {
        await close(cause);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  };

  const stop = (cause?: unknown): Promise<void> => {
    stopping ??= closeAll(cause);
    return stopping;
  };

  return {
    done,
    opened: (close) => void closers.push(close),
    fail: (cause) => {
      reject(cause);
      // What cannot be closed after a failure adds nothing to the failure, which is what is told.
      stop(cause).catch(() => undefined);
    },
    stop: () => {
      const stopped = stop();
      stopped.then(resolve, reject);
      return stopped;
    },
  };
}
