/** When to come back after a loss, or that there is no coming back. */
import type { Loss } from "./agent-state.js";
import { backoffMs } from "./backoff.js";

/** Milliseconds from now; undefined means never. */
export function returnMs(loss: Loss, attempt: number, random: number): number | undefined {
  switch (loss.why) {
    case "ended": {
      const { comeBack, retryAfterMs } = loss.ending;
      // Added, not the larger of the two: all who were told the same moment must not return in it.
      return comeBack === "never" ? undefined : (retryAfterMs ?? 0) + backoffMs(comeBack, attempt, random);
    }
    case "refused": {
      if (loss.refusal.retry === "never") return undefined;
      return (loss.refusal.retryAfterMs ?? 0) + backoffMs("later", attempt, random);
    }
    case "fault":
      return loss.fault.retry === "never" ? undefined : backoffMs("later", attempt, random);
  }
}
