/** The world failing: no connection, no answer in time, an answer that makes no sense, a file that cannot be used. */
import type { Retry } from "@parley/protocol";

/** The world failing, or used in a way that cannot work: `retry` says whether the same can succeed later. */
export class ParleyFault extends Error {
  override readonly name: string = "ParleyFault";
  /** Whether the same thing can succeed later: `reconnect` means elsewhere or over a new connection. */
  readonly retry: Retry;

  constructor(message: string, retry: Retry, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.retry = retry;
  }
}

/**
 * The broker shows something else than what would be signed, or has been: nothing is signed. Nobody who is honest comes to
 * this, so it is not for trying again; somebody should look at that broker.
 */
export class NotAsShown extends ParleyFault {
  override readonly name = "NotAsShown";
  /** Which claim, or which statement or digest, is not that of what is shown. */
  readonly rule: string;

  constructor(message: string, rule: string, cause?: unknown) {
    super(message, "never", cause);
    this.rule = rule;
  }
}

/** The innermost thing that is known of a failure: `fetch` and sockets hide it behind general words. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return error.message || code || error.name;
}
