/**
 * Whether the other end is still there: asked after ten seconds of silence, given up after thirty. When our own process
 * has stood still, the silence was ours, and the other end gets a fresh round [SOC-8].
 */
import { limits } from "@parley/protocol";
import type { Clock } from "./clock.js";

export interface Liveness {
  /** Something came in. */
  heard(): void;
  stop(): void;
}

const tickMs = limits.pingSeconds * 1_000;
const silenceMsMax = limits.silenceSecondsMax * 1_000;

export function watchLiveness(clock: Clock, ping: () => void, dead: () => void): Liveness {
  let heardAtMs = clock.elapsed();
  let dueAtMs = heardAtMs + tickMs;
  let cancel = clock.after(tickMs, tick);

  function tick(): void {
    const nowMs = clock.elapsed();
    // A whole interval late: what the other end has sent may lie unread in this machine's buffers.
    if (nowMs - dueAtMs >= tickMs) heardAtMs = nowMs;
    const silenceMs = nowMs - heardAtMs;
    if (silenceMs >= silenceMsMax) {
      dead();
      return;
    }
    if (silenceMs >= tickMs || silenceMs === 0) ping();
    const waitMs = tickMs - (silenceMs % tickMs);
    dueAtMs = nowMs + waitMs;
    cancel = clock.after(waitMs, tick);
  }

  return {
    heard() {
      heardAtMs = clock.elapsed();
    },
    stop: () => cancel(),
  };
}
