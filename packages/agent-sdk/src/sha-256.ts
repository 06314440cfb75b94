/**
 * SHA-256 without waiting: the platform's own where it has one that answers at once (Node), and one in plain JavaScript
 * where it has not (a browser). What arrives by the thousand cannot each wait for a promise.
 */
import { base64url } from "jose";

type AtOnce = (algorithm: "sha256", data: Uint8Array | string, encoding: "base64url") => string;

/** Asked for, not imported: nothing here needs Node. */
function builtin(): AtOnce | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const crypto = process?.getBuiltinModule?.("crypto") as { readonly hash?: AtOnce } | undefined;
  return crypto?.hash;
}
const hash = builtin();

/** The digest as it travels: base64url, 43 characters. */
export const digestOf = (data: Uint8Array | string): string =>
  hash === undefined ? plainDigestOf(data) : hash("sha256", data, "base64url");

const utf8 = new TextEncoder();

export function plainDigestOf(data: Uint8Array | string): string {
  return base64url.encode(sha256(typeof data === "string" ? utf8.encode(data) : data));
}

const blockBytes = 64;
const primes = firstPrimes(64);
/** The first 32 bits behind the point: of the square roots to begin with, of the cube roots in each round [FIPS 180-4]. */
const beginning = Int32Array.from(primes.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));
const rounds = Int32Array.from(primes, (prime) => fractionBits(Math.cbrt(prime)));

function fractionBits(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++)
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  return found;
}

function sha256(data: Uint8Array): Uint8Array {
  const state = Int32Array.from(beginning);
  const words = new Int32Array(64);
  const whole = data.byteLength - (data.byteLength % blockBytes);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < whole; at += blockBytes) mix(state, words, view, at);
  const tail = padded(data.subarray(whole), data.byteLength);
  for (let at = 0; at < tail.byteLength; at += blockBytes) mix(state, words, tail, at);
  const digest = new DataView(new ArrayBuffer(32));
  for (const [index, word] of state.entries()) digest.setInt32(4 * index, word);
  return new Uint8Array(digest.buffer);
}

/** The rest, a one, zeros, and how many bits there were. */
function padded(rest: Uint8Array, bytes: number): DataView {
  const tail = new Uint8Array(rest.byteLength < 56 ? blockBytes : 2 * blockBytes);
  tail.set(rest);
  tail[rest.byteLength] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.byteLength - 8, Math.floor(bytes / 2 ** 29));
  view.setUint32(tail.byteLength - 4, (bytes << 3) >>> 0);
  return view;
}

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
const at = (words: Int32Array, index: number): number => words[index] ?? 0;

function mix(state: Int32Array, words: Int32Array, block: DataView, from: number): void {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(from + 4 * i);
  for (let i = 16; i < 64; i++) {
    const near = at(words, i - 15);
    const far = at(words, i - 2);
    const low = turned(near, 7) ^ turned(near, 18) ^ (near >>> 3);
    const high = turned(far, 17) ^ turned(far, 19) ^ (far >>> 10);
    words[i] = (at(words, i - 16) + low + at(words, i - 7) + high) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const chosen = (e & f) ^ (~e & g);
    const sum = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + sum + chosen + at(rounds, i) + at(words, i)) | 0;
    const major = (a & b) ^ (a & c) ^ (b & c);
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + major) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = at(state, index) + word;
  });
}
