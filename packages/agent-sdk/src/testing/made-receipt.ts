/** A receipt as a broker makes it: signed, in a log of a few leaves, under a signed head; a test spoils it. */
import {
  type BrokerKeyView,
  canonicalJson,
  checkpointText,
  type Json,
  leafHash,
  makeId,
  nodeHash,
  originOf,
  type ReceiptClaims,
  type ReceiptView,
  receiptText,
  signedCheckpoint,
  statementTypes,
} from "@parley/protocol";
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { evidenceCrypto } from "../receipts/evidence-crypto.js";

export const issuer = "https://broker.example";
const at = "2026-11-22T08:00:00.000Z";
const sha = (letter: string): string => `${letter.repeat(42)}A`;

/** A key of the broker, and how it is published. */
export interface Signing {
  readonly view: BrokerKeyView;
  sign(text: string, typ: string): Promise<string>;
  signBytes(text: string): Promise<Uint8Array>;
}

export async function signingKey(use: "receipt" | "checkpoint", endorsedBy?: Signing): Promise<Signing> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const { x = "" } = await exportJWK(privateKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x } as const;
  const endorsement = endorsedBy
    ? await endorsedBy.sign(JSON.stringify(jwk), statementTypes.brokerKey)
    : null;
  const kid = await calculateJwkThumbprint(jwk);
  const view: BrokerKeyView = {
    ...{ ...jwk, kid, alg: "EdDSA", use: "sig", "parley:use": use },
    ...{ "parley:since": at, "parley:retired": null, "parley:endorsement": endorsement },
  };
  const sign = (text: string, typ: string): Promise<string> =>
    new CompactSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: "EdDSA", kid, typ })
      .sign(privateKey);
  const signBytes = async (text: string): Promise<Uint8Array> => {
    const bytes = new TextEncoder().encode(text);
    return new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey as never, bytes));
  };
  return { view, sign, signBytes };
}

export interface Made {
  readonly receipt: Signing;
  readonly checkpoint: Signing;
}

const party = (organisation: string): ReceiptClaims["consumer"] => ({
  organisation: organisation as ReceiptClaims["consumer"]["organisation"],
  agent: makeId("agent"),
  instances: [makeId("instance")],
  ...{ envelopes: 1, bytes: 10, types: { "markets.tick": 1 } },
});

export function claimsFor(organisation: string): ReceiptClaims {
  return {
    ...{ iss: issuer, iat: 1, session: makeId("session"), workgroup: makeId("workgroup") },
    ...{ advertisement: makeId("advertisement"), capability: "markets.equity" },
    ...{ contract: makeId("contract"), termsDigest: sha("T") },
    ...{ consumer: party(organisation), provider: party(makeId("organisation")) },
    agreements: { proposal: "a.b.c", advertisement: "a.b.c", contract: null, acceptance: null },
    ...{ proposedAt: at, acceptedAt: at, activeAt: null },
    closed: { at, reason: "completed_by_consumer", by: "broker", side: null, rule: null },
    ...{ firstSentAt: at, lastSentAt: at, head: { position: 9, hash: sha("H") } },
  };
}

/** In the middle of a log of three leaves. */
export async function madeReceipt(
  { receipt, checkpoint }: Made,
  organisation: string,
  claims: ReceiptClaims = claimsFor(organisation),
  spoil: (text: string) => string = (text) => text,
): Promise<ReceiptView> {
  const { session } = claims;
  const log = `org:${organisation}`;
  const head = { ...claims.head, second: 7, stream: `session:${session}` };
  const leaf = leafHash(canonicalJson(head as unknown as Json), evidenceCrypto);
  const [first, last] = ["first", "last"].map((text) => leafHash(text, evidenceCrypto)) as [string, string];
  const root = nodeHash(nodeHash(first, leaf, evidenceCrypto), last, evidenceCrypto);
  const signed = { origin: originOf(issuer, log, 1), size: 3, root };
  const signature = await checkpoint.signBytes(checkpointText(signed));
  return {
    session,
    madeAt: at,
    statement: await receipt.sign(spoil(receiptText(claims)), statementTypes.receipt),
    proof: {
      ...{ log, head, leaf: 1, size: 3, hashes: [first, last] },
      checkpoint: signedCheckpoint(signed, checkpoint.view.x, signature, evidenceCrypto),
    },
  };
}
