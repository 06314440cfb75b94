/**
 * JSON as it may enter: one reading and no other. What parsers disagree about (a key twice, `__proto__`, a lone
 * surrogate, NUL, a number that does not survive) is refused here; which fields there must be is left to the schemas.
 */
import { isUtf8 } from "node:buffer";

export interface JsonBounds {
  readonly depthMax: number;
  /** Keys of all objects together. */
  readonly keysMax: number;
}

export const jsonBounds: JsonBounds = { depthMax: 16, keysMax: 1_024 };

export type JsonFault =
  | "utf-8"
  | "syntax"
  | "depth"
  | "keys"
  | "duplicate-key"
  | "reserved-key"
  | "text"
  | "number";
export type StrictJson = { readonly value: unknown } | { readonly fault: JsonFault };

/** Keeps a byte order mark in the text, where the grammar has no place for it. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function parseStrictJson(bytes: Uint8Array, bounds: JsonBounds = jsonBounds): StrictJson {
  if (!isUtf8(bytes)) return { fault: "utf-8" };
  const outline = readOutline(bytes, bounds.depthMax);
  if (outline === undefined) return { fault: "depth" };
  if (outline.members > bounds.keysMax) return { fault: "keys" };
  const parsed = parse(decoder.decode(bytes));
  if ("fault" in parsed) return parsed;
  const found: Found = { keys: 0 };
  const fault = judge(parsed.value, found);
  if (fault !== undefined) return { fault };
  // The parser keeps the last of two equal keys, whatever their spelling: then there are fewer than were written.
  return found.keys === outline.members ? parsed : { fault: "duplicate-key" };
}

function parse(text: string): StrictJson {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: "syntax" };
    throw error;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** How many members the objects have, as written; undefined when it is nested too deep. Right for what is JSON at all. */
function readOutline(bytes: Uint8Array, depthMax: number): { readonly members: number } | undefined {
  let members = 0;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) inString = !inString;
    else if (inString) at += byte === backslash ? 1 : 0;
    else if (byte === colon) members += 1;
    // [ and {, ] and }: they differ in one bit.
    else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    if (depth > depthMax) return undefined;
  }
  return { members };
}

interface Found {
  keys: number;
}

function judge(value: unknown, found: Found): JsonFault | undefined {
  if (typeof value === "string") return isText(value) ? undefined : "text";
  if (typeof value === "number") return isExact(value) ? undefined : "number";
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return judgeObject(value, found);
  return firstFault(value, found);
}

function judgeObject(value: object, found: Found): JsonFault | undefined {
  const keys = Object.keys(value);
  found.keys += keys.length;
  if (keys.includes("__proto__")) return "reserved-key";
  if (!keys.every(isText)) return "text";
  return firstFault(Object.values(value), found);
}

function firstFault(values: readonly unknown[], found: Found): JsonFault | undefined {
  for (const value of values) {
    const fault = judge(value, found);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Only a surrogate without its other half is still one when the text is read by code points. */
const isText = (text: string): boolean => !text.includes("\0") && !/\p{Surrogate}/u.test(text);

/** An integer beyond what a double can tell apart reads differently elsewhere; 1e400 is no number at all here. */
const isExact = (number: number): boolean =>
  Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
