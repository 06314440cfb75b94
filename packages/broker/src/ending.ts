/** How the broker ends: once, whoever asks for it first. An operator, or a failure after which nothing may be answered. */
export interface Ending {
  readonly done: Promise<void>;
  fail(cause: Error): void;
  stop(): Promise<void>;
  whenAsked(close: () => Promise<void>): void;
}

export function openEnding(): Ending {
  let close: (() => Promise<void>) | undefined;
  let stopping: Promise<void> | undefined;
  const { promise: done, resolve, reject } = promiseWithResolvers();
  done.catch(() => undefined);
  return {
    done,
    fail: (cause) => reject(cause),
    whenAsked: (how) => {
      close = how;
    },
    stop: () => {
      stopping ??= Promise.resolve(close?.()).then(resolve, reject);
      return stopping;
    },
  };
}

function promiseWithResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (cause: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
