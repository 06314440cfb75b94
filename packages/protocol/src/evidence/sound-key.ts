/** Which Ed25519 keys are worth verifying with: one spelling of a point that is not of small order [ID-2]. */
import { fromBase64url } from "./base64.js";

/** Points of small order, without the sign of x: one signature under them fits many messages. */
const smallOrder = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);
const prime = 2n ** 255n - 19n;

export function isSoundPoint(x: string): boolean {
  const bytes = fromBase64url(x);
  if (bytes?.length !== 32) return false;
  const digits = Array.from(bytes, (byte, at) =>
    (at === 31 ? byte & 0x7f : byte).toString(16).padStart(2, "0"),
  );
  return !smallOrder.has(digits.join("")) && BigInt(`0x${digits.toReversed().join("")}`) < prime;
}
