/** A proposal as some consumer has signed it: what a session is shown with. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { SessionView } from "@parley/protocol";

export type Unsigned = Omit<SessionView, "proposalStatement" | "proposalDigest">;

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const { kty, crv, x } = publicKey.export({ format: "jwk" });

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** All claims of the proposal of a session, in the name of the consumer's instance. */
export const claimsOf = (view: Unsigned, issuer: string) => ({
  iss: view.consumer.instance,
  aud: issuer,
  iat: 1_767_600_000,
  proposal: view.proposal,
  advertisement: view.advertisement,
  workgroup: view.workgroup,
  capability: view.capability,
  termsDigest: view.termsDigest,
  ...(view.purpose === null ? {} : { purpose: view.purpose }),
});

export function statementOf(claims: object, typ = "parley-proposal+jwt"): string {
  const said = `${part({ alg: "EdDSA", typ, jwk: { kty, crv, x } })}.${part(claims)}`;
  return `${said}.${sign(null, Buffer.from(said), privateKey).toString("base64url")}`;
}

/** A statement, and the digest by which it is known. */
export function stated(proposalStatement: string) {
  const proposalDigest = createHash("sha256").update(proposalStatement).digest("base64url");
  return { proposalStatement, proposalDigest };
}

export const proposedAs = (view: Unsigned, issuer: string) => stated(statementOf(claimsOf(view, issuer)));
