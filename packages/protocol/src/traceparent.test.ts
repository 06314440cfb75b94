import { expect, test } from "vitest";
import { readTraceparent } from "./traceparent.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

test.each([
  [`00-${traceId}-${spanId}-01`, { traceId, spanId, isSampled: true }],
  [`00-${traceId}-${spanId}-00`, { traceId, spanId, isSampled: false }],
  // Of a later version, and with flags that are not known yet.
  [`01-${traceId}-${spanId}-03`, { traceId, spanId, isSampled: true }],
  [`00-${traceId}-${spanId}-fe`, { traceId, spanId, isSampled: false }],
  [`ff-${traceId}-${spanId}-01`, undefined],
  [`00-${"0".repeat(32)}-${spanId}-01`, undefined],
  [`00-${traceId}-${"0".repeat(16)}-01`, undefined],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
  [`00-${traceId}-${spanId}-1`, undefined],
  [`00-${traceId}-${spanId}-01-`, undefined],
  [`${traceId}-${spanId}`, undefined],
  ["", undefined],
])("%s", (text, context) => {
  expect(readTraceparent(text)).toEqual(context);
});
