/** How the broker ends: once, whoever asks for it first, in the reverse of the order in which it was opened. */

export interface Ending {
  readonly done: Promise<void>;
  /** What was opened, and how it is closed again. */
  opened(close: () => unknown): void;
  /** A failure after which nothing may be answered: `done` rejects, and whoever started the broker ends the process. */
  fail(cause: unknown): void;
  stop(): Promise<void>;
}

export function openEnding(): Ending {
  const closers: (() => unknown)[] = [];
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
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  };

  return {
    done,
    opened: (close) => void closers.push(close),
    fail: (cause) => reject(cause),
    stop: () => {
      if (stopping === undefined) {
        stopping = closeAll();
        stopping.then(resolve, reject);
      }
      return stopping;
    },
  };
}
