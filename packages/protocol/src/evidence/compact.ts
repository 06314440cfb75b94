/** Signed statements in compact form, read strictly: one spelling, one algorithm, exactly the members that belong there. */
import { publicKeySchema, signatureAlgorithms } from "../statements.js";
import { fromBase64url } from "./base64.js";
import { parseJson } from "./bundle.js";
import type { EvidenceCrypto } from "./crypto.js";
import { isSoundPoint } from "./sound-key.js";

export interface Compact {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: string;
  readonly signature: Uint8Array;
  /** What is signed. */
  readonly signed: Uint8Array;
}

const utf8 = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function readCompact(jws: string): Compact | undefined {
  const [head = "", body = "", signature = "", ...more] = jws.split(".");
  const bytes = fromBase64url(signature);
  const header = parseStrict(decoded(head) ?? "");
  const payload = decoded(body);
  if (more.length > 0 || bytes?.length !== 64 || payload === undefined || !isRecord(header)) return undefined;
  return { header, payload, signature: bytes, signed: utf8.encode(`${head}.${body}`) };
}

function decoded(part: string): string | undefined {
  const bytes = fromBase64url(part);
  try {
    return bytes && decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Deeper than a key in a header nothing is. */
const depthMax = 2;

/** JSON that all parsers read alike: no key twice, nothing deep. */
export function parseStrict(text: string): unknown {
  const value = parseJson(text);
  const keys = keysIn(value, depthMax);
  const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
  return keys === colons ? value : undefined;
}

/** How many there are in all; not a number of what is deeper than it may be. */
function keysIn(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth === 0) return Number.NaN;
  const below = Object.values(value).reduce<number>((sum, each) => sum + keysIn(each, depth - 1), 0);
  return Array.isArray(value) ? below : below + Object.keys(value).length;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The header has these members and `alg`, and no others. */
function fits(
  header: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): boolean {
  const names = Object.keys(expected);
  const algorithms: readonly unknown[] = signatureAlgorithms;
  return (
    Object.keys(header).length === names.length + 1 &&
    algorithms.includes(header.alg) &&
    names.every((name) => Object.hasOwn(header, name) && header[name] === expected[name])
  );
}

/** Whether this is a statement of that type by the broker's key. */
export async function isSignedByBroker(
  { header, signature, signed }: Compact,
  typ: string,
  { kid, x }: { readonly kid: string; readonly x: string },
  crypto: EvidenceCrypto,
): Promise<boolean> {
  return fits(header, { kid, typ }) && isSoundPoint(x) && (await crypto.verify(x, signature, signed));
}

/** The point by which a principal's statement of that type is signed, as it brings it itself; undefined if it is none. */
export function statedPoint({ header }: Compact, typ: string): string | undefined {
  const { data: jwk } = publicKeySchema.safeParse(header.jwk);
  return jwk !== undefined && fits(header, { typ, jwk: header.jwk }) && isSoundPoint(jwk.x)
    ? jwk.x
    : undefined;
}

/** RFC 7638. */
export const thumbprintOf = (x: string, crypto: EvidenceCrypto): string =>
  crypto.sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
