/**
 * The header of an envelope: a flat JSON object of strings, set by the sender and carried byte for byte [ENV-1]. What
 * JSON parsers read differently is read in no way here: nothing nested, no key twice, no ill-formed text.
 */
import { type EnvelopeId, isId, type SessionId } from "./ids.js";
import { limits } from "./limits.js";
import { isPlainText, messageTypeLike } from "./text.js";

export interface EnvelopeHeader {
  readonly session: SessionId;
  readonly id: EnvelopeId;
  readonly type: string;
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  /** What the sender says of the time; the broker's own is the stamp's. */
  readonly sentAt?: string;
  readonly [extension: `x-${string}`]: string;
}

export type HeaderFault = "too-large" | "utf-8" | "syntax" | "nested" | "duplicate-key" | "text" | "field";
export type ReadHeader =
  | { readonly header: EnvelopeHeader; readonly text: string }
  | { readonly fault: HeaderFault };

const shortText = (value: string): boolean =>
  value.length >= 1 && value.length <= limits.headerValueLengthMax;
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *; *[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[ !#-[\]-~]*"))*$/;
const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;
const extension = /^x-[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?$/;

function fits(key: string, value: string): boolean {
  switch (key) {
    case "session":
      return isId("session", value);
    case "id":
      return isId("envelope", value);
    case "type":
      return value.length <= limits.capabilityLengthMax && messageTypeLike.test(value);
    case "contentType":
      return shortText(value) && mediaType.test(value);
    case "correlationId":
    case "causationId":
      return shortText(value);
    case "traceparent":
      return traceparent.test(value);
    case "sentAt":
      return instant.test(value);
    default:
      return extension.test(key);
  }
}

/** Keeps a byte order mark in the text, where the grammar has no place for it. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function readHeader(bytes: Uint8Array): ReadHeader {
  if (bytes.byteLength > limits.headerBytesMax) return { fault: "too-large" };
  const text = decode(bytes);
  if (text === undefined) return { fault: "utf-8" };
  const found = new FlatObject(text).read();
  if (typeof found === "string") return { fault: found };
  const { session, id, type } = found;
  return session && id && type ? { header: found as unknown as EnvelopeHeader, text } : { fault: "field" };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const openObject = 0x7b;
const closeObject = 0x7d;

type Found = Partial<Record<string, string>>;

/** One shape for all: what is said is filled in. */
const nothingSaid = (): Found => ({
  session: undefined,
  id: undefined,
  type: undefined,
  contentType: undefined,
  correlationId: undefined,
  causationId: undefined,
  traceparent: undefined,
  sentAt: undefined,
});

/** Most headers: then no string in it needs a look of its own. */
const plainThroughout = /^[ !#-[\]-~"]*$/;

/** A reader of one object of strings, from the first character to the last. */
class FlatObject {
  readonly #text: string;
  readonly #isPlain: boolean;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#isPlain = plainThroughout.test(text);
  }

  read(): Found | HeaderFault {
    const found = nothingSaid();
    if (this.#next() !== openObject) return "syntax";
    if (this.#peek() === closeObject) this.#at += 1;
    else {
      const fault = this.#members(found);
      if (fault !== undefined) return fault;
    }
    this.#peek();
    return this.#at === this.#text.length ? found : "syntax";
  }

  #members(found: Found): HeaderFault | undefined {
    while (true) {
      const key = this.#string();
      if (key === undefined || this.#next() !== colon) return "syntax";
      const begins = this.#peek();
      if (begins === openObject || begins === openList) return "nested";
      const value = this.#string();
      if (value === undefined) return "syntax";
      if (!this.#isPlain && !(isPlainText(key) && isPlainText(value))) return "text";
      if (!fits(key, value)) return "field";
      if (found[key] !== undefined) return "duplicate-key";
      found[key] = value;
      const after = this.#next();
      if (after === closeObject) return undefined;
      if (after !== comma) return "syntax";
    }
  }

  /** The next character that is no white space; NaN at the end. */
  #peek(): number {
    while (true) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at += 1;
    }
  }

  #next(): number {
    const code = this.#peek();
    this.#at += 1;
    return code;
  }

  #string(): string | undefined {
    if (this.#peek() !== quote) return undefined;
    const begin = this.#at + 1;
    const end = this.#text.indexOf('"', begin);
    if (end < 0) return undefined;
    const plain = this.#text.slice(begin, end);
    if (this.#isPlain) {
      this.#at = end + 1;
      return plain;
    }
    if (plain.includes("\\")) return this.#escaped(begin - 1, end);
    this.#at = end + 1;
    return control.test(plain) ? undefined : plain;
  }

  /** The first quotation mark may be escaped, and so the next. */
  #escaped(begin: number, first: number): string | undefined {
    let end = first;
    while (isEscapedAt(this.#text, end)) {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) return undefined;
    }
    this.#at = end + 1;
    return unescaped(this.#text.slice(begin, end + 1));
  }
}

/** JSON wants these escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f]/;

function isEscapedAt(text: string, at: number): boolean {
  let before = at;
  while (text.charAt(before - 1) === "\\") before -= 1;
  return (at - before) % 2 === 1;
}

function unescaped(literal: string): string | undefined {
  try {
    return JSON.parse(literal);
  } catch {
    return undefined;
  }
}
