/**
 * Signed statements, judged strictly: one spelling, one algorithm, the `typ` that was asked for, exactly the members
 * that belong there. The library verifies the signature; everything that it would let pass is refused here [ID-13].
 */
import { hash } from "node:crypto";
import { limits, type PublicKey, publicKeySchema, signatureAlgorithms } from "@parley/protocol";
import { compactVerify, errors, importJWK } from "jose";
import type { z } from "zod";
import { parseStrictJson } from "../parse/strict-json.js";

type VerifyingKey = Awaited<ReturnType<typeof importJWK>>;

export interface Statement<T> {
  readonly claims: T;
  readonly key: PublicKey;
  readonly thumbprint: string;
}

interface Unverified {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: unknown;
}

const canonicalBase64url = (text: string): boolean =>
  Buffer.from(text, "base64url").toString("base64url") === text;

/** The three parts in their only spelling, with a header and claims of strict JSON. */
export function readCompact(jws: string): Unverified | undefined {
  if (jws.length > limits.tokenLengthMax) return undefined;
  const parts = jws.split(".");
  const [header = "", claims = "", signature = ""] = parts;
  if (parts.length !== 3 || signature.length !== 86 || !parts.every(canonicalBase64url)) return undefined;
  const [head, body] = [parsePart(header), parsePart(claims)];
  if (
    head === undefined ||
    body === undefined ||
    typeof head !== "object" ||
    head === null ||
    Array.isArray(head)
  )
    return undefined;
  return { header: head as Record<string, unknown>, claims: body };
}

function parsePart(part: string): unknown {
  const parsed = parseStrictJson(Buffer.from(part, "base64url"), { depthMax: 4, keysMax: 32 });
  return "fault" in parsed ? undefined : parsed.value;
}

export const isAlgorithm = (alg: unknown): boolean =>
  alg === signatureAlgorithms[0] || alg === signatureAlgorithms[1];

const hasExactly = (value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean =>
  Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));

/** A statement that brings its own key: the signature shows possession, the thumbprint says of which key. */
export async function verifyStatement<T>(
  jws: string,
  typ: string,
  claimsSchema: z.ZodType<T>,
): Promise<Statement<T> | undefined> {
  const read = readCompact(jws);
  if (read === undefined || !hasExactly(read.header, ["alg", "typ", "jwk"])) return undefined;
  const { alg, typ: stated, jwk } = read.header;
  const key = publicKeySchema.safeParse(jwk);
  if (!isAlgorithm(alg) || stated !== typ || !key.success || !isSoundKey(key.data)) return undefined;
  const claims = claimsSchema.safeParse(read.claims);
  if (!claims.success || !(await isSignedBy(jws, await importKey(key.data)))) return undefined;
  return { claims: claims.data, key: key.data, thumbprint: thumbprintOf(key.data) };
}

/** A statement of a key that is known from elsewhere. */
export async function verifyWithKey<T>(
  jws: string,
  typ: string,
  claimsSchema: z.ZodType<T>,
  key: PublicKey,
): Promise<T | undefined> {
  const read = readCompact(jws);
  if (read === undefined || !hasExactly(read.header, ["alg", "typ"])) return undefined;
  if (!isAlgorithm(read.header.alg) || read.header.typ !== typ) return undefined;
  const claims = claimsSchema.safeParse(read.claims);
  return claims.success && (await isSignedBy(jws, await importKey(key))) ? claims.data : undefined;
}

const imported = new Map<string, Promise<VerifyingKey>>();
const importedMax = 10_000;

/** Importing a key costs a third of a verification, and who speaks now will speak again. */
function importKey(key: PublicKey): Promise<VerifyingKey> {
  const known = imported.get(key.x);
  if (known !== undefined) return known;
  const oldest = imported.keys().next();
  if (imported.size >= importedMax && oldest.done === false) imported.delete(oldest.value);
  const fresh = importJWK(key, "EdDSA");
  imported.set(key.x, fresh);
  return fresh;
}

export async function isSignedBy(jws: string, key: VerifyingKey): Promise<boolean> {
  try {
    await compactVerify(jws, key, { algorithms: [...signatureAlgorithms] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

/** RFC 7638 [ID-2]. */
export const thumbprintOf = (key: PublicKey): string =>
  hash("sha256", `{"crv":"Ed25519","kty":"OKP","x":"${key.x}"}`, "base64url");

/** The thumbprint of the key that a statement brings, before anything of it is verified. */
export function statedThumbprint(jws: string): string | undefined {
  const key = publicKeySchema.safeParse(readCompact(jws)?.header.jwk);
  return key.success ? thumbprintOf(key.data) : undefined;
}

/** Points of small order: signatures under them say nothing, because one fits many messages. */
const smallOrder = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);
const prime = 2n ** 255n - 19n;

/** One spelling of one point that is worth signing with. */
export function isSoundKey(key: PublicKey): boolean {
  const bytes = Buffer.from(key.x, "base64url");
  if (bytes.length !== 32 || bytes.toString("base64url") !== key.x) return false;
  const unsigned = Buffer.from(bytes);
  unsigned.writeUInt8(unsigned.readUInt8(31) & 0x7f, 31);
  const y = BigInt(`0x${Buffer.from(unsigned).reverse().toString("hex")}`);
  return y < prime && !smallOrder.has(unsigned.toString("hex"));
}
