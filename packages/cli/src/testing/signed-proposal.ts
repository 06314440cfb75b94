/** A proposal as some consumer has signed it: what a session is shown with, at the desk's broker. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";

interface Proposed {
  readonly proposal: string;
  readonly advertisement: string;
  readonly workgroup: string;
  readonly capability: string;
  readonly termsDigest: string;
  readonly purpose: string;
  readonly consumer: { readonly instance: string };
}

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const { kty, crv, x } = publicKey.export({ format: "jwk" });

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Whatever else the view has is not said. */
export function proposedAs(view: Proposed) {
  const { proposal, advertisement, workgroup, capability, termsDigest, purpose, consumer } = view;
  const by = { iss: consumer.instance, aud: "https://broker.test", iat: 1_767_600_000 };
  const claims = { ...by, proposal, advertisement, workgroup, capability, termsDigest, purpose };
  const said = `${part({ alg: "EdDSA", typ: "parley-proposal+jwt", jwk: { kty, crv, x } })}.${part(claims)}`;
  const proposalStatement = `${said}.${sign(null, Buffer.from(said), privateKey).toString("base64url")}`;
  const proposalDigest = createHash("sha256").update(proposalStatement).digest("base64url");
  return { proposalStatement, proposalDigest };
}
