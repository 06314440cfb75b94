/** How a connection ended, and whether the one at the other end wants it back [SOC-9]. */
import { type CloseReason, closeCodes } from "@parley/protocol";

/** Whether, and when, whoever was on the other end wants the connection back. */
export type ComeBack = (typeof closeCodes)[CloseReason]["comeBack"];

/** How a connection ended. */
export interface Ending {
  /** The WebSocket's close code. */
  readonly code: number;
  /** `lost` is every end that nobody explained. */
  readonly reason: CloseReason | "lost";
  /** For people. */
  readonly says: string;
  /** What to do about it: an agent does so by itself. */
  readonly comeBack: ComeBack;
  /** What the broker asked for before it went away. */
  readonly retryAfterMs: number | undefined;
}

const reasons = Object.keys(closeCodes) as CloseReason[];

export function endingOf(code: number, detail: string, retryAfterMs?: number): Ending {
  const reason = reasons.find((name) => closeCodes[name].code === code);
  if (reason !== undefined) {
    const { says, comeBack } = closeCodes[reason];
    return { code, reason, says, comeBack, retryAfterMs };
  }
  const says = detail === "" ? "the connection was lost" : `the connection was lost: ${detail}`;
  const comeBack = retryAfterMs === undefined ? "later" : "at-once-elsewhere";
  return { code, reason: "lost", says, comeBack, retryAfterMs };
}
