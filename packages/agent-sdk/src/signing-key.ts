/** Ed25519 keys in WebCrypto: made here, or taken up again from where they were kept. */
import type { PublicKey } from "@parley/protocol";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import type { IdentityKey } from "./identity.js";

/** A private key as a file keeps it. */
export interface PrivateJwk extends PublicKey {
  readonly d: string;
}

export interface MadeKey {
  readonly key: IdentityKey;
  /** Present only when it was asked for. */
  readonly privateJwk: PrivateJwk | undefined;
}

/** Extractable only for whoever must keep it in a file. */
export async function makeKey({ extractable }: { readonly extractable: boolean }): Promise<MadeKey> {
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable });
  const { x } = await exportJWK(pair.publicKey);
  if (x === undefined) throw new TypeError("a public key came without its x");
  const publicKey: PublicKey = { kty: "OKP", crv: "Ed25519", x };
  if (!extractable) return { key: await signingKey(publicKey, pair.privateKey), privateJwk: undefined };
  const { d } = await exportJWK(pair.privateKey);
  if (d === undefined) throw new TypeError("a private key came without its d");
  const privateJwk = { ...publicKey, d };
  return { key: await keyOf(privateJwk), privateJwk };
}

/** The key that was kept. It rejects when the two halves are not of one key. */
export async function keyOf(jwk: PrivateJwk): Promise<IdentityKey> {
  const { d, ...publicKey } = jwk;
  const imported = await importJWK({ ...publicKey, d }, "EdDSA", { extractable: false });
  if (imported instanceof Uint8Array) throw new TypeError("expected an asymmetric key");
  return signingKey(publicKey, imported);
}

async function signingKey(publicKey: PublicKey, privateKey: CryptoKey): Promise<IdentityKey> {
  const thumbprint = await calculateJwkThumbprint({ ...publicKey });
  return {
    publicKey,
    thumbprint,
    sign: (header, claims) => new SignJWT({ ...claims }).setProtectedHeader({ ...header }).sign(privateKey),
  };
}
