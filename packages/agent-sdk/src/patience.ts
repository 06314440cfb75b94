/** Asking again what the broker has no time for now, after as long as it says, and longer each time. */
import { pause } from "./clock.js";
import type { Link } from "./link.js";
import { isRefused } from "./refusal.js";

const againMs = 1_000;
const againMsMax = 30_000;
/** For whoever waits for one answer: from then on it is told the refusal, which says when to come again. */
export const attemptsMax = 8;

/**
 * Busy is the broker, alike for all; every other refusal is about what was asked, and is its author's to judge. What is
 * asked must say the same each time.
 */
export async function patiently<T>(
  link: Link,
  ask: () => Promise<T>,
  { signal = link.signal, attempts = attemptsMax }: { signal?: AbortSignal; attempts?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!isRefused(error, "broker.busy") || attempt >= attempts) throw error;
      const ms = Math.max(error.retryAfterMs ?? againMs, 1) * 2 ** Math.min(attempt - 1, 15);
      await pause(link.client.exchange.clock, Math.min(ms, againMsMax), signal);
    }
  }
}
