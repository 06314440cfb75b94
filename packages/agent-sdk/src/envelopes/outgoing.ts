/**
 * An envelope on its way out: its header spelled, its body as bytes, both in the one frame that is sent, and sent again,
 * as it is. What a broker would not read costs the connection, so it is judged here by the same rules [ENV-1].
 */
import {
  type EnvelopeHeader,
  type EnvelopeId,
  encodeFrame,
  limits,
  problemOf,
  readHeader,
  readTraceparent,
  type SessionId,
} from "@parley/protocol";
import { ParleyRefusal } from "../refusal.js";

/** What is said beside type and body. */
export interface SendOptions {
  /** What this belongs to: an answer has that of its request. */
  readonly correlationId?: string | undefined;
  /** The id of the envelope that this is because of. */
  readonly causationId?: string | undefined;
  /** Without it, JSON and text say that they are; bytes say nothing. */
  readonly contentType?: string | undefined;
  /** Whose trace it belongs to (W3C Trace Context); without it, what the agent's `traceparent` says. */
  readonly traceparent?: string | undefined;
  /** `traceparent`, `sentAt` (RFC 3339, UTC), and whatever begins with `x-`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** An id made before, to send the very same envelope again; without it, a new one. */
  readonly id?: EnvelopeId | undefined;
  /** Nobody waits any longer. What is not on its way yet is not sent. */
  readonly signal?: AbortSignal | undefined;
}

export interface Outgoing {
  readonly id: EnvelopeId;
  readonly header: string;
  /** A view of the frame. */
  readonly payload: Uint8Array;
  readonly frame: Uint8Array;
  /** Header and payload: what terms and credit count. */
  readonly bytes: number;
}

/**
 * Whose trace goes on, where nothing else is said: the one that is active here; within a request, that of the request.
 * What is sent again under its id is the same as before, whatever is active by now. What a library of traces says amiss
 * keeps nothing from being sent.
 */
export function traced(
  active: (() => string | undefined) | undefined,
  options: SendOptions,
  within: string | undefined,
): SendOptions {
  const text = options.id === undefined ? activeIn(active) : undefined;
  const here = text === undefined ? undefined : readTraceparent(text);
  const request = within === undefined ? undefined : readTraceparent(within);
  const isHere = here !== undefined && (request === undefined || request.traceId === here.traceId);
  return { traceparent: isHere ? text : request && within, ...options };
}

function activeIn(active: (() => string | undefined) | undefined): string | undefined {
  try {
    return active?.();
  } catch {
    return undefined;
  }
}

const utf8 = new TextEncoder();
const illFormed = /\p{Surrogate}/u;

export function makeOutgoing(
  session: SessionId,
  id: EnvelopeId,
  type: string,
  body: unknown,
  { correlationId, causationId, contentType, traceparent, headers }: SendOptions,
): Outgoing {
  const [payload, usualType] = spelled(body);
  const said = {
    ...{ session, id, type, contentType: contentType ?? usualType, correlationId, causationId, traceparent },
    ...(headers !== undefined && own(headers)),
  };
  const header = JSON.stringify(said);
  const headerBytes = utf8.encode(header);
  const read = readHeader(headerBytes);
  if ("fault" in read) throw malformed(culpritIn(said), expectedAbout[read.fault] ?? "what a header may say");
  const frame = encodeFrame("send", headerBytes, payload);
  const bytes = headerBytes.byteLength + payload.byteLength;
  if (frame.byteLength > limits.messageBytesMax) throw tooLarge(bytes);
  return { id, header, payload: frame.subarray(frame.byteLength - payload.byteLength), frame, bytes };
}

function spelled(body: unknown): readonly [Uint8Array, string | undefined] {
  if (body instanceof Uint8Array) return [body, undefined];
  if (body instanceof ArrayBuffer) return [new Uint8Array(body), undefined];
  if (body === undefined) return [new Uint8Array(), undefined];
  if (typeof body === "string") {
    if (illFormed.test(body)) throw malformed("body", "well-formed text");
    return [utf8.encode(body), "text/plain; charset=utf-8"];
  }
  return [utf8.encode(json(body)), "application/json"];
}

function json(body: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (error) {
    throw malformed("body", `what JSON can say: ${String(error)}`);
  }
  if (text === undefined) throw malformed("body", "what JSON can say");
  return text;
}

const theirs: ReadonlySet<string> = new Set<keyof EnvelopeHeader>([
  "session",
  "id",
  "type",
  "contentType",
  "correlationId",
  "causationId",
]);

function own(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const taken = Object.keys(headers).find((key) => theirs.has(key));
  if (taken !== undefined) throw malformed(`headers.${taken}`, "traceparent, sentAt, or a key with x-");
  return headers;
}

const expectedAbout: Readonly<Record<string, string>> = {
  "too-large": `a header of at most ${limits.headerBytesMax} bytes`,
  text: "well-formed text in NFC without control characters",
};

/** Which member it is, where one alone is enough to spoil the header. */
function culpritIn(said: Readonly<Record<string, unknown>>): string {
  const { session, id } = said;
  const spoils = ([key, value]: [string, unknown]) =>
    value !== undefined &&
    "fault" in readHeader(utf8.encode(JSON.stringify({ session, id, type: "a", [key]: value })));
  return Object.entries(said).find(spoils)?.[0] ?? "header";
}

const malformed = (path: string, expected: string): ParleyRefusal =>
  new ParleyRefusal({ ...problemOf({ code: "request.malformed" }), issues: [{ path, expected }] });

/** No contract allows it, and no message carries it. */
const tooLarge = (used: number): ParleyRefusal =>
  new ParleyRefusal(
    problemOf({ code: "contract.violation", rule: "maxEnvelopeBytes", limit: limits.messageBytesMax, used }),
  );
