/** Base64 in its two alphabets, strictly: bytes have one spelling in each, and every other one is refused. */

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const standard = `${letters}+/`;
const urlSafe = `${letters}-_`;

const noSextet = 0xff;

function sextetsOf(alphabet: string): Uint8Array {
  const sextets = new Uint8Array(128).fill(noSextet);
  for (let at = 0; at < alphabet.length; at++) sextets[alphabet.charCodeAt(at)] = at;
  return sextets;
}

const standardSextets = sextetsOf(standard);
const urlSafeSextets = sextetsOf(urlSafe);

/** The standard alphabet, with padding. */
export function toBase64(bytes: Uint8Array): string {
  const text = spell(bytes, standard);
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const unpadded = text.endsWith("==") ? text.slice(0, -2) : text.endsWith("=") ? text.slice(0, -1) : text;
  return read(unpadded, standardSextets);
}

/** The alphabet of addresses, without padding. */
export const toBase64url = (bytes: Uint8Array): string => spell(bytes, urlSafe);
export const fromBase64url = (text: string): Uint8Array | undefined => read(text, urlSafeSextets);

/** A SHA-256 or a public point: 32 bytes in 43 characters, in the one spelling. */
export const isDigest = (text: unknown): text is string =>
  typeof text === "string" && text.length === 43 && fromBase64url(text) !== undefined;

function spell(bytes: Uint8Array, alphabet: string): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 6; ) {
      bits -= 6;
      text += alphabet.charAt((held >> bits) & 0x3f);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (6 - bits)) & 0x3f);
}

function read(text: string, sextets: Uint8Array): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  return readInto(bytes, 0, text, sextets) ? bytes : undefined;
}

/** Puts the 32 bytes of a digest where they are hashed from; false if the text is none. */
export const putDigest = (into: Uint8Array, from: number, digest: string): boolean =>
  digest.length === 43 && readInto(into, from, digest, urlSafeSextets);

function readInto(into: Uint8Array, from: number, text: string, sextets: Uint8Array): boolean {
  let held = 0;
  let bits = 0;
  let put = from;
  for (let at = 0; at < text.length; at++) {
    const sextet = sextets[text.charCodeAt(at)] ?? noSextet;
    if (sextet === noSextet) return false;
    held = ((held << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    into[put++] = (held >> bits) & 0xff;
  }
  // What is left over of the last character is zero in the one spelling.
  return (held & ((1 << bits) - 1)) === 0;
}
