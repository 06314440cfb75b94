/**
 * Ed25519 keys that sign whatever they are given: any header, any claims, as objects or as the very text. What a
 * client should never send can so be sent with a signature that is valid.
 */
import { webcrypto } from "node:crypto";
import type { PublicKey } from "@parley/protocol";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";

export interface Signer {
  readonly publicKey: PublicKey;
  readonly thumbprint: string;
  sign(header: object | string, claims: object | string): Promise<string>;
  /** The JWS with the key in its header, as proofs are. */
  state(typ: string, claims: object | string): Promise<string>;
}

export const encoded = (value: object | string): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export async function makeSigner(): Promise<Signer> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return signerOf(await exportJWK(privateKey));
}

/** Signs with this private key. */
export async function signerOf({ x = "", d = "" }: JWK): Promise<Signer> {
  const publicKey: PublicKey = { kty: "OKP", crv: "Ed25519", x };
  const privateKey = await webcrypto.subtle.importKey("jwk", { ...publicKey, d }, "Ed25519", false, ["sign"]);
  const sign = async (header: object | string, claims: object | string): Promise<string> => {
    const input = `${encoded(header)}.${encoded(claims)}`;
    const signature = await webcrypto.subtle.sign("Ed25519", privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(signature).toString("base64url")}`;
  };
  return {
    publicKey,
    thumbprint: await calculateJwkThumbprint(publicKey),
    sign,
    state: (typ, claims) => sign({ alg: "EdDSA", typ, jwk: publicKey }, claims),
  };
}
