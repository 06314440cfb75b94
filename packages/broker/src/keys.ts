/**
 * The broker's own keys: for access tokens, receipts, checkpoints (Ed25519) and cursors (a secret), all different, in
 * one file that only the broker's user may read. Nothing of them is in the database. Retired public keys are served
 * for ever, each new one signed by the one before [ID-14].
 */
import { createCipheriv, createDecipheriv, createPrivateKey, hash, randomBytes, sign } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type BrokerKeyView, brokerKeyUses } from "@parley/protocol";
import { CompactSign, exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";

const signingKeySchema = z.strictObject({
  kid: z.string(),
  use: z.enum(brokerKeyUses),
  x: z.string(),
  /** Erased once the key is retired: what it has signed is verified with `x` alone. */
  d: z.string().nullable(),
  since: z.int(),
  retired: z.int().nullable(),
  endorsement: z.string().nullable(),
});
const cursorKeySchema = z.strictObject({
  kid: z.string(),
  secret: z.string(),
  since: z.int(),
  retired: z.int().nullable(),
});
const fileSchema = z
  .strictObject({ v: z.literal(1), signing: z.array(signingKeySchema), cursor: z.array(cursorKeySchema) })
  .refine(
    ({ signing, cursor }) =>
      brokerKeyUses.every((use) => isUsable(signing.filter((key) => key.use === use))) && isUsable(cursor),
    "expected one current key for each use, with its private part",
  );
type KeyFile = z.infer<typeof fileSchema>;
type SigningKey = KeyFile["signing"][number];

/** Exactly one is current, and signs; the others are retired. */
function isUsable(keys: readonly { readonly retired: number | null; readonly d?: string | null }[]): boolean {
  const current = keys.filter(({ retired }) => retired === null);
  return current.length === 1 && current[0]?.d !== null;
}

export type KeyUse = (typeof brokerKeyUses)[number] | "cursor";
/** How long a retired key still verifies what it signed: an access token lives half as long. */
const overlapMs = 600_000;
const cursorOverlapMs = 86_400_000;

export class KeyFileUnusable extends Error {
  override readonly name = "KeyFileUnusable";
  readonly retry = "never";
}

export interface Prepared {
  readonly kid: string;
  /** Signs with it from now on; the one before is retired. */
  activate(): void;
}

export interface BrokerKeys {
  /** Of text, exactly this text. */
  sign(use: "access" | "receipt", payload: object | string, typ: string): Promise<string>;
  /** For what is signed in another shape than a JWS; with the public point of the key that signed. */
  signBytes(use: "checkpoint", bytes: Uint8Array): { readonly x: string; readonly signature: Uint8Array };
  /** The key that signed under this id, while it is current or in its overlap. */
  verifying(use: "access", kid: string, now: number): Promise<CryptoKey | undefined>;
  published(): readonly BrokerKeyView[];
  /** Makes text that only this broker can read, bound to what it was made for. */
  seal(text: string, boundTo: string): string;
  unseal(sealed: string, boundTo: string, now: number): string | undefined;
  prepare(use: KeyUse, now: number): Promise<Prepared>;
}

type CryptoKey = Awaited<ReturnType<typeof importJWK>>;

/** [ID-14] Keys are made for a record that begins, never silently for one that has been signed for with others. */
export async function openKeys(
  folder: string,
  now: number,
  { mayMake }: { readonly mayMake: boolean } = { mayMake: true },
): Promise<BrokerKeys> {
  const path = join(folder, "keys.json");
  const isThere = existsSync(path);
  if (!isThere && !mayMake) {
    const advice = "put its last copy back, or go on knowingly with new keys and `serve --recover record`";
    throw new KeyFileUnusable(`${path} is missing beside a record that it has signed for: ${advice}`);
  }
  return new Keys(path, isThere ? readKeys(path) : await firstKeys(path, now));
}

function readKeys(path: string): KeyFile {
  if ((statSync(path).mode & 0o077) !== 0)
    throw new KeyFileUnusable(`${path} can be read by others: chmod 600 it`);
  const parsed = fileSchema.safeParse(parseJson(readFileSync(path, "utf8")));
  if (!parsed.success)
    throw new KeyFileUnusable(`${path} is not a key file of this version`, { cause: parsed.error });
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function firstKeys(path: string, now: number): Promise<KeyFile> {
  const signing = await Promise.all(brokerKeyUses.map((use) => makeSigningKey(use, now, null)));
  const file: KeyFile = { v: 1, signing, cursor: [makeCursorKey(now)] };
  writeKeys(path, file);
  return file;
}

/** Whole or not at all: written beside, made durable, and only then put in place. */
function writeKeys(path: string, file: KeyFile): void {
  const beside = `${path}.new`;
  // One that a crash has left could be readable by others, or lead elsewhere: it is made anew.
  rmSync(beside, { force: true });
  writeFileSync(beside, JSON.stringify(file, null, 2), { mode: 0o600, flag: "wx" });
  syncPath(beside);
  renameSync(beside, path);
  syncPath(dirname(path));
}

function syncPath(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

async function makeSigningKey(
  use: SigningKey["use"],
  since: number,
  endorsement: string | null,
): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const { x, d } = await exportJWK(privateKey);
  if (x === undefined || d === undefined) throw new TypeError("an Ed25519 key pair has x and d");
  const kid = hash("sha256", `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, "base64url");
  return { kid, use, x, d, since, retired: null, endorsement };
}

const makeCursorKey = (since: number) => ({
  kid: randomBytes(4).toString("hex"),
  secret: randomBytes(32).toString("base64url"),
  since,
  retired: null,
});

const publicJwk = (key: SigningKey) => ({ kty: "OKP", crv: "Ed25519", x: key.x }) as const;
const time = (ms: number) => new Date(ms).toISOString();

class Keys implements BrokerKeys {
  readonly #path: string;
  #file: KeyFile;
  readonly #imported = new Map<string, Promise<CryptoKey>>();

  constructor(path: string, file: KeyFile) {
    this.#path = path;
    this.#file = file;
  }

  async sign(use: SigningKey["use"], payload: object | string, typ: string): Promise<string> {
    const key = this.#current(use);
    return signWith(await this.#private(key), key.kid, payload, typ);
  }

  signBytes(use: SigningKey["use"], bytes: Uint8Array) {
    const { x, d } = this.#current(use);
    const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x, d: d ?? "" }, format: "jwk" });
    return { x, signature: sign(null, bytes, key) };
  }

  async verifying(use: SigningKey["use"], kid: string, now: number): Promise<CryptoKey | undefined> {
    const key = this.#file.signing.find((one) => one.kid === kid && one.use === use);
    if (key === undefined || (key.retired !== null && now > key.retired + overlapMs)) return undefined;
    return this.#import(`public ${kid}`, publicJwk(key));
  }

  published(): readonly BrokerKeyView[] {
    return this.#file.signing.map((key) => ({
      ...publicJwk(key),
      kid: key.kid,
      alg: "EdDSA",
      use: "sig",
      "parley:use": key.use,
      "parley:since": time(key.since),
      "parley:retired": key.retired === null ? null : time(key.retired),
      "parley:endorsement": key.endorsement,
    }));
  }

  seal(text: string, boundTo: string): string {
    const key = this.#file.cursor.find((one) => one.retired === null);
    if (key === undefined) throw new TypeError("there is always a current cursor key");
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", Buffer.from(key.secret, "base64url"), nonce);
    cipher.setAAD(Buffer.from(boundTo));
    const sealed = [Buffer.from(key.kid, "hex"), nonce, cipher.update(text, "utf8"), cipher.final()];
    return Buffer.concat([...sealed, cipher.getAuthTag()]).toString("base64url");
  }

  unseal(sealed: string, boundTo: string, now: number): string | undefined {
    const bytes = Buffer.from(sealed, "base64url");
    if (bytes.length < 32 || bytes.toString("base64url") !== sealed) return undefined;
    const kid = bytes.subarray(0, 4).toString("hex");
    const key = this.#file.cursor.find((one) => one.kid === kid);
    if (key === undefined || (key.retired !== null && now > key.retired + cursorOverlapMs)) return undefined;
    const decipher = createDecipheriv(
      "aes-256-gcm",
      Buffer.from(key.secret, "base64url"),
      bytes.subarray(4, 16),
    );
    decipher.setAAD(Buffer.from(boundTo));
    decipher.setAuthTag(bytes.subarray(-16));
    try {
      return decipher.update(bytes.subarray(16, -16), undefined, "utf8") + decipher.final("utf8");
    } catch (forged) {
      if (forged instanceof Error) return undefined;
      throw forged;
    }
  }

  async prepare(use: KeyUse, now: number): Promise<Prepared> {
    if (use === "cursor") {
      const fresh = makeCursorKey(now);
      return {
        kid: fresh.kid,
        activate: () => this.#replace({ ...this.#file, cursor: [...retire(this.#file.cursor, now), fresh] }),
      };
    }
    const fresh = await makeSigningKey(use, now, null);
    const endorsement = await this.sign(use, publicJwk(fresh), "parley-broker-key+jws");
    const activate = () => {
      const others = this.#file.signing.map((key) =>
        key.use === use && key.retired === null ? { ...key, d: null, retired: now } : key,
      );
      this.#replace({ ...this.#file, signing: [...others, { ...fresh, endorsement }] });
    };
    return { kid: fresh.kid, activate };
  }

  #replace(file: KeyFile): void {
    writeKeys(this.#path, file);
    this.#file = file;
  }

  #current(use: SigningKey["use"]): SigningKey {
    const key = this.#file.signing.find((one) => one.use === use && one.retired === null);
    if (key === undefined) throw new TypeError(`there is always a current ${use} key`);
    return key;
  }

  #private(key: SigningKey): Promise<CryptoKey> {
    return this.#import(`private ${key.kid}`, { ...publicJwk(key), d: key.d ?? "" });
  }

  #import(name: string, jwk: { kty: "OKP"; crv: "Ed25519"; x: string; d?: string }): Promise<CryptoKey> {
    const known = this.#imported.get(name) ?? importJWK(jwk, "EdDSA");
    this.#imported.set(name, known);
    return known;
  }
}

const retire = <K extends { readonly retired: number | null }>(keys: readonly K[], now: number) =>
  keys.map((key) => (key.retired === null ? { ...key, retired: now } : key));

function signWith(key: CryptoKey, kid: string, payload: object | string, typ: string): Promise<string> {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const bytes = new TextEncoder().encode(text);
  return new CompactSign(bytes).setProtectedHeader({ alg: "EdDSA", kid, typ }).sign(key);
}
