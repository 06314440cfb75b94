/**
 * Sweeps that a fault has left unfinished are taken up again while the broker runs, as long as the fault says that it may
 * pass: the sessions are closed for every decision already, only the facts that say so are missing [SES-20].
 */
import { type Timer, unrefTimer } from "./expiry.js";
import type { Sweep } from "./governance/engagement-entities.js";
import { type Store, StoreFailed } from "./ledger/store.js";

const retryMs = 1_000;

export interface UnsweptOptions {
  readonly store: Pick<Store, "read">;
  readonly sweep: (sweeps: readonly Sweep[]) => Promise<number>;
  /** Taking them up has failed. */
  readonly onFault: (fault: unknown) => void;
  readonly timer?: Timer;
}

export interface Unswept {
  /** What a sweep has ended with instead of its last batch. */
  left(fault: unknown): void;
  /** Takes nothing up any more; resolves when what is under way is over. */
  stop(): Promise<void>;
}

export function openUnswept({ store, sweep, onFault, timer = unrefTimer }: UnsweptOptions): Unswept {
  let stopped = false;
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();

  const left = (fault: unknown): void => {
    const mayPass = fault instanceof StoreFailed && fault.retry === "later";
    if (!mayPass || stopped || cancel !== undefined) return;
    cancel = timer(() => {
      running = takeUp();
    }, retryMs);
  };

  /** All that there are: to take up what somebody else is at costs a batch that finds nothing. */
  const takeUp = async (): Promise<void> => {
    // From here on another fault is a reason to come again.
    cancel = undefined;
    try {
      const { sweeps } = await store.read({ sweeps: { find: "unfinishedSweeps", by: {} } });
      await sweep(sweeps);
    } catch (fault) {
      onFault(fault);
      left(fault);
    }
  };

  return {
    left,
    async stop() {
      stopped = true;
      cancel?.();
      await running;
    },
  };
}
