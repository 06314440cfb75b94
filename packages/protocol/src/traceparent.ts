/** Whose trace an envelope belongs to: the `traceparent` of W3C Trace Context, read as strictly as it is written there. */

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the span within it that caused this. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const spelled = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const zeros = /^0+$/;

/** Undefined where it names no trace: of a version that nobody has, or with an id that is all zeros. */
export function readTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId, spanId, flags] = spelled.exec(text) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return undefined;
  if (version === "ff" || zeros.test(traceId) || zeros.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
