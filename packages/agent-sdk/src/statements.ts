/** The signed statements by which a principal shows who it is. Nothing here is sent, and nothing is ever signed bare [ID-4]. */
import { statementTypes } from "@parley/protocol";
import { base64url } from "jose";
import type { IdentityKey } from "./identity.js";

const utf8 = new TextEncoder();

export async function sha256(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text))));
}

/** Text that nobody guesses and that comes once. */
export const randomText = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(16)));

const seconds = (ms: number): number => Math.floor(ms / 1_000);

export const selfSigned = (key: IdentityKey, typ: string) =>
  ({ alg: "EdDSA", typ, jwk: key.publicKey }) as const;

export async function enrolmentProof(key: IdentityKey, issuer: string, token: string): Promise<string> {
  return key.sign(selfSigned(key, statementTypes.enrolment), {
    aud: issuer,
    tokenDigest: await sha256(token),
  });
}

/** How long an assertion is good for: long enough for a slow network, and the most that the broker takes. */
const assertionSeconds = 60;

export function clientAssertion(
  key: IdentityKey,
  principal: string,
  issuer: string,
  nowMs: number,
): Promise<string> {
  const iat = seconds(nowMs);
  const claims = {
    iss: principal,
    sub: principal,
    aud: issuer,
    iat,
    exp: iat + assertionSeconds,
    jti: randomText(),
  };
  return key.sign({ alg: "EdDSA", typ: statementTypes.assertion }, claims);
}

export interface ProofOf {
  readonly method: string;
  /** The address that is called; query and fragment are not part of what is proved. */
  readonly url: string;
  readonly nonce: string | undefined;
  readonly nowMs: number;
  readonly token?: string;
}

export async function proofOfPossession(key: IdentityKey, of: ProofOf): Promise<string> {
  const htu = new URL(of.url);
  htu.search = "";
  htu.hash = "";
  return key.sign(selfSigned(key, statementTypes.proof), {
    jti: randomText(),
    htm: of.method,
    htu: htu.href,
    iat: seconds(of.nowMs),
    ...(of.nonce === undefined ? {} : { nonce: of.nonce }),
    ...(of.token === undefined ? {} : { ath: await sha256(of.token) }),
  });
}

export async function helloProof(
  key: IdentityKey,
  issuer: string,
  nonce: string,
  token: string,
): Promise<string> {
  return key.sign(selfSigned(key, statementTypes.hello), { aud: issuer, nonce, ath: await sha256(token) });
}

/** The old key names the new one, and the new one agrees: both over the same claims. */
export async function keyReplacementProofs(
  oldKey: IdentityKey,
  newKey: IdentityKey,
  principal: string,
  issuer: string,
  nowMs: number,
): Promise<{ readonly oldProof: string; readonly newProof: string }> {
  const claims = {
    iss: principal,
    aud: issuer,
    iat: seconds(nowMs),
    oldKey: oldKey.thumbprint,
    newKey: newKey.thumbprint,
  };
  const by = (key: IdentityKey) => key.sign(selfSigned(key, statementTypes.keyReplacement), claims);
  return { oldProof: await by(oldKey), newProof: await by(newKey) };
}
