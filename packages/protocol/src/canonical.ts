/**
 * Canonical JSON (RFC 8785): the one spelling of a value that is hashed or signed [REC-1]. A value whose keys are in
 * order already is spelled by the engine as it stands, which is many times faster than by hand.
 */
import canonicalize from "canonicalize";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

export function canonicalJson(value: Json): string {
  const ordered = inOrder(value);
  const text = ordered === unordered ? canonicalize(value) : JSON.stringify(ordered);
  if (text === undefined) throw new TypeError("this value has no canonical JSON");
  return text;
}

/** Said of a value that the engine would not spell in order, however it is put together. */
const unordered = Symbol("unordered");
type Ordered = Json | typeof unordered;

/** Objects list such keys as numbers, and before all others. */
const numberLike = /^(?:0|[1-9]\d*)$/;

function inOrder(value: Json): Ordered {
  if (typeof value === "object" && value !== null)
    return isList(value) ? listInOrder(value) : membersInOrder(value);
  // What JSON has no word for is left to who refuses it, and so is text that is none.
  if (typeof value === "number") return Number.isFinite(value) ? value : unordered;
  if (typeof value === "string") return isText(value) ? value : unordered;
  return typeof value === "boolean" || value === null ? value : unordered;
}

/** What is no text is spelled as an escape by the engine. Most know by how they keep it that a text has no such thing. */
const loneSurrogate = /\p{Surrogate}/u;
export const isText: (text: string) => boolean =
  "isWellFormed" in String.prototype
    ? (text) => (text as string & { isWellFormed(): boolean }).isWellFormed()
    : (text) => !loneSurrogate.test(text);

const isList = (value: object): value is readonly Json[] => Array.isArray(value);

function listInOrder(list: readonly Json[]): Ordered {
  let made: Json[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const one = list[at] as Json;
    const ordered = inOrder(one);
    if (ordered === unordered) return unordered;
    if (ordered !== one) {
      made ??= [...list];
      made[at] = ordered;
    }
  }
  return made ?? list;
}

interface Members {
  readonly [key: string]: Json | undefined;
}

function membersInOrder(members: Members): Ordered {
  if ("toJSON" in members) return unordered;
  const keys = Object.keys(members);
  let made: (Json | undefined)[] | undefined;
  let isSorted = true;
  let last = "";
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as string;
    const one = members[key];
    // The engine leaves out what is undefined.
    const ordered = one === undefined ? undefined : inOrder(one);
    if (ordered === unordered || !isText(key)) return unordered;
    if (ordered !== one) {
      made ??= keys.map((name) => members[name]);
      made[at] = ordered;
    }
    isSorted &&= key >= last;
    last = key;
  }
  if (isSorted && made === undefined) return members;
  return putInOrder(keys, made ?? keys.map((key) => members[key]));
}

function putInOrder(keys: readonly string[], values: readonly (Json | undefined)[]): Ordered {
  if (keys.some((key) => numberLike.test(key))) return unordered;
  const places = keys.map((key, at) => ({ key, at })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const put: Record<string, Json> = Object.create(null);
  for (const { key, at } of places) {
    const value = values[at];
    if (value !== undefined) put[key] = value;
  }
  return put;
}
