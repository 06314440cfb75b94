/**
 * A call as it goes out, or why it does not: what the broker would not read costs the connection, for ever, so it is
 * judged here by the same bounds. What the call asks is left to the broker.
 */
import { type Call, callSchema, limits, problemOf } from "@parley/protocol";
import { ParleyRefusal } from "./refusal.js";

const depthMax = 16;
const keysMax = 4_096;
const utf8 = new TextEncoder();

/** Throws the refusal that REST would give. */
export function readCall(asked: object, id: string): Call {
  const read = callSchema.safeParse({ ...asked, id });
  if (!read.success) {
    throw malformed(
      read.error.issues.map(({ path, message }) => ({ path: path.join("."), expected: message })),
    );
  }
  const expected = faultIn(read.data, { depth: 0, keys: 0 });
  if (expected !== undefined) throw malformed([{ path: "", expected }]);
  const used = utf8.encode(JSON.stringify(read.data)).byteLength;
  const limit = limits.requestBodyBytesMax;
  if (used > limit) throw new ParleyRefusal(problemOf({ code: "request.body-too-large", limit, used }));
  return read.data;
}

const malformed = (issues: { path: string; expected: string }[]): ParleyRefusal =>
  new ParleyRefusal({ ...problemOf({ code: "request.malformed" }), issues });

interface Counted {
  readonly depth: number;
  keys: number;
}

function faultIn(value: unknown, counted: Counted): string | undefined {
  if (typeof value === "string") return isText(value) ? undefined : "expected well-formed text without NUL";
  if (typeof value === "number")
    return isExact(value) ? undefined : "expected a number that JSON keeps as it is";
  if (typeof value !== "object" || value === null) return undefined;
  if (counted.depth === depthMax) return `expected at most ${depthMax} levels`;
  const below = { depth: counted.depth + 1, keys: counted.keys };
  const fault = Array.isArray(value) ? firstFault(value, below) : faultInObject(value, below);
  counted.keys = below.keys;
  return fault;
}

function faultInObject(value: object, counted: Counted): string | undefined {
  const entries = Object.entries(value).filter(([, said]) => said !== undefined);
  counted.keys += entries.length;
  if (counted.keys > keysMax) return `expected at most ${keysMax} keys`;
  if (!entries.every(([key]) => isText(key))) return "expected well-formed keys without NUL";
  return firstFault(
    entries.map(([, said]) => said),
    counted,
  );
}

function firstFault(values: readonly unknown[], counted: Counted): string | undefined {
  for (const value of values) {
    const fault = faultIn(value, counted);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const isText = (text: string): boolean => !text.includes("\0") && !/\p{Surrogate}/u.test(text);
const isExact = (number: number): boolean =>
  Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
