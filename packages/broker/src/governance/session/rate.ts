/** When the envelopes were accepted by which the next ones are too fast: looked up at once for as many as may come. */
import type { SessionId, SideName } from "@parley/protocol";
import type { Millis } from "../entities.js";
import { find } from "../question.js";
import { type Asking, ask } from "../rule.js";
import type { Segment } from "./envelope-entities.js";

export interface Times {
  /** When the N-th accepted before the next was, if its side has sent so many; `sent`: how many it has sent by now. */
  before(sent: number, now: Millis): Millis | undefined;
}

/** `n`: how many the side had sent before; `more`: how many there are to judge. */
export function* askTimes(
  of: { readonly session: SessionId; readonly side: SideName },
  n: number,
  more: number,
  perMinute: number,
): Asking<Times> {
  const segments: Segment[] = [];
  const last = Math.min(n, n + more - perMinute);
  for (let next = Math.max(1, n + 1 - perMinute); next <= last; ) {
    const { segment } = yield* ask({ segment: find("segmentAt", { ...of, n: next }) });
    if (segment === undefined) break;
    segments.push(segment);
    next = segment.n + segment.count;
  }
  return {
    before(sent, now) {
      const nth = sent + 1 - perMinute;
      if (nth < 1) return undefined;
      // What this decision has accepted itself was accepted now.
      if (nth > n) return now;
      return segments.find((one) => one.n <= nth && nth < one.n + one.count)?.at;
    },
  };
}
