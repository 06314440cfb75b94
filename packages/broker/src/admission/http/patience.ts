/**
 * How long a connection may be silent. Whoever neither sends nor reads for so long is gone; while it is we who have not
 * answered yet, its silence is ours: a revocation that closes very many sessions takes its time [SES-20].
 */
import { limits } from "@parley/protocol";

export const silenceMs = limits.requestSecondsMax * 1_000 + 5_000;

export interface Quieted {
  setTimeout(ms: number): unknown;
}

export async function whileAnswering<T>(socket: Quieted, work: () => Promise<T>): Promise<T> {
  socket.setTimeout(0);
  try {
    return await work();
  } finally {
    socket.setTimeout(silenceMs);
  }
}
