/**
 * Signed checkpoints: what the broker states of a log, as a C2SP signed note over a C2SP tlog-checkpoint, so that others'
 * tools read it too [EVD-1]. Making a signature is left to who holds the key.
 */
import { fromBase64, fromBase64url, isDigest, toBase64, toBase64url } from "./base64.js";
import type { EvidenceCrypto } from "./crypto.js";

/** The log of `origin` had `size` leaves, and this root over them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** base64url. */
  readonly root: string;
}

export interface NoteSignature {
  readonly name: string;
  /** Four bytes, in hexadecimal. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface ParsedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** What is signed: all before the empty line, extension lines included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const utf8 = new TextEncoder();
export const noteBytesMax = 8 * 1024;
const ed25519 = 0x01;
const signaturePrefix = "— ";

/** A log's name, which is also the name of the key that signs for it: who reads it, in which era of the record. */
export function originOf(issuer: string, log: string, era: number): string {
  const address = issuer.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  return `${address}/logs/${log.startsWith("org:") ? log.slice("org:".length) : log}/era-${era}`;
}

/** The body that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  const bytes = fromBase64url(root);
  if (bytes === undefined) throw new TypeError("a root is base64url");
  return `${origin}\n${size}\n${toBase64(bytes)}\n`;
}

/** The whole note, of a signature over `checkpointText` by the key of `x`. */
export function signedCheckpoint(
  checkpoint: Checkpoint,
  x: string,
  signature: Uint8Array,
  crypto: EvidenceCrypto,
): string {
  const { origin } = checkpoint;
  const signed = joined(keyIdOf(origin, keyBytes(x), crypto), signature);
  return `${checkpointText(checkpoint)}\n${signaturePrefix}${origin} ${toBase64(signed)}\n`;
}

/** The C2SP verifier key of a log: what `--key` takes. */
export function verifierKey(origin: string, x: string, crypto: EvidenceCrypto): string {
  const key = keyBytes(x);
  return `${origin}+${hex(keyIdOf(origin, key, crypto))}+${toBase64(joined(Uint8Array.of(ed25519), key))}`;
}

/** A verifier key taken apart; undefined for what is none, or whose id is not that of its name and key. */
export function parseVerifierKey(
  text: string,
  crypto: EvidenceCrypto,
): { readonly name: string; readonly x: string } | undefined {
  // The key itself may have a plus in it, a name and an id may not.
  const [, name = "", keyId, encoded = ""] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text) ?? [];
  const bytes = fromBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== 33 || bytes[0] !== ed25519) return undefined;
  const key = bytes.subarray(1);
  return hex(keyIdOf(name, key, crypto)) === keyId ? { name, x: toBase64url(key) } : undefined;
}

/** What a note says, if it is a checkpoint in the one spelling; who signed it is not judged here. */
export function parseCheckpoint(note: string): ParsedCheckpoint | undefined {
  if (note.length > noteBytesMax || !isNoteText(note) || utf8.encode(note).length > noteBytesMax)
    return undefined;
  const end = note.indexOf("\n\n");
  if (end === -1 || !note.endsWith("\n")) return undefined;
  const text = note.slice(0, end + 1);
  const checkpoint = bodyOf(text);
  const signatures = note
    .slice(end + 2, -1)
    .split("\n")
    .map(signatureOf);
  if (checkpoint === undefined || !signatures.every((one) => one !== undefined)) return undefined;
  return { checkpoint, text, signatures };
}

/** What was signed by one of these keys under the log's own name. A signature by a known key that is wrong spoils the note. */
export async function readCheckpoint(
  note: string,
  keys: readonly string[],
  crypto: EvidenceCrypto,
): Promise<Checkpoint | undefined> {
  const parsed = parseCheckpoint(note);
  if (parsed === undefined) return undefined;
  const { checkpoint, text, signatures } = parsed;
  const ours = signatures.filter(({ name }) => name === checkpoint.origin);
  const message = utf8.encode(text);
  let isSigned = false;
  for (const x of new Set(keys)) {
    if (!isDigest(x)) continue;
    const keyId = hex(keyIdOf(checkpoint.origin, keyBytes(x), crypto));
    for (const one of ours) {
      if (one.keyId !== keyId) continue;
      if (one.signature.length !== 64 || !(await crypto.verify(x, one.signature, message))) return undefined;
      isSigned = true;
    }
  }
  return isSigned ? checkpoint : undefined;
}

function bodyOf(text: string): Checkpoint | undefined {
  const [origin = "", size = "", root = ""] = text.split("\n");
  const bytes = fromBase64(root);
  if (!isKeyName(origin) || !/^(?:0|[1-9]\d{0,15})$/.test(size) || bytes?.length !== 32) return undefined;
  const leaves = Number(size);
  return Number.isSafeInteger(leaves) ? { origin, size: leaves, root: toBase64url(bytes) } : undefined;
}

function signatureOf(line: string): NoteSignature | undefined {
  if (!line.startsWith(signaturePrefix)) return undefined;
  const [name = "", encoded = "", ...more] = line.slice(signaturePrefix.length).split(" ");
  const bytes = fromBase64(encoded);
  if (more.length > 0 || !isKeyName(name) || bytes === undefined || bytes.length < 5) return undefined;
  return { name, keyId: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

/** Well-formed, and of control characters only the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unfit = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u;
const isNoteText = (note: string): boolean => !unfit.test(note);
const isKeyName = (name: string): boolean => name.length > 0 && !/[\s+]/u.test(name);

function keyIdOf(name: string, key: Uint8Array, crypto: EvidenceCrypto): Uint8Array {
  const id = fromBase64url(crypto.sha256(joined(utf8.encode(`${name}\n`), Uint8Array.of(ed25519), key)));
  if (id === undefined) throw new TypeError("a digest is base64url");
  return id.subarray(0, 4);
}

function keyBytes(x: string): Uint8Array {
  const bytes = fromBase64url(x);
  if (bytes?.length !== 32) throw new TypeError("a public point is 32 bytes in base64url");
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
