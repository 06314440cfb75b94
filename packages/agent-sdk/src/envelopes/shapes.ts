/**
 * What a value that came in is, looked at by hand: envelopes come by the thousand, and a schema for each would cost more
 * than all else that is done with them. What does not hold is a fault of the broker's, and ends the connection.
 */
import { ParleyFault } from "../fault.js";

export type Members = Readonly<Record<string, unknown>>;

export const isOrdinal = (value: unknown): value is number => isCount(value) && value > 0;
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
export const isText = (value: unknown): value is string => typeof value === "string";

export function must<T>(value: unknown, is: (value: unknown) => value is T, what: string): T {
  if (is(value)) return value;
  throw new ParleyFault(`the broker sent an envelope's ${what} that is none`, "later");
}

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** SHA-256 in base64url. */
export const isDigest = (value: unknown): value is string => isText(value) && value.length === 43;

/** A time as it travels, and as facts have it. */
export const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));
