/** A receipt, believed: what it states was signed by the broker, and its session ends where the organisation's log has it. */
import {
  canonicalJson,
  chainOf,
  type Json,
  leafHash,
  originOf,
  parseCheckpoint,
  type ReceiptClaims,
  type ReceiptView,
  readCheckpoint,
  receiptClaims,
  receiptText,
  statementTypes,
  verifyInclusion,
} from "@parley/protocol";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { ParleyFault } from "../fault.js";
import { ParleyRefusal } from "../refusal.js";
import { evidenceCrypto } from "./evidence-crypto.js";
import type { TrustedKeys } from "./trusted-keys.js";

/** What the broker states of a session that is closed: verified. */
export interface Receipt extends ReceiptView {
  /** What is stated, read from the signed statement. */
  readonly claims: ReceiptClaims;
}

/**
 * What the broker states cannot be verified. Nobody who is honest comes to this: keep what it showed, and have somebody
 * look at that broker.
 */
export class ReceiptDiffers extends ParleyFault {
  override readonly name = "ReceiptDiffers";
  /** What was shown. */
  readonly shown: ReceiptView;

  constructor(shown: ReceiptView, what: string, cause?: unknown) {
    super(`the receipt of ${shown.session} does not verify: ${what}`, "never", cause);
    this.shown = shown;
  }
}

export interface Home {
  readonly issuer: string;
  readonly organisation: string;
}

export async function believed(shown: ReceiptView, home: Home, keys: TrustedKeys): Promise<Receipt> {
  const claims = await claimsOf(shown, keys);
  const differing = difference(shown, claims, home);
  if (differing !== undefined) throw new ReceiptDiffers(shown, differing);
  await verifyProof(shown, home, keys);
  return { ...shown, claims };
}

async function claimsOf(shown: ReceiptView, keys: TrustedKeys): Promise<ReceiptClaims> {
  try {
    const { kid = "", typ } = decodeProtectedHeader(shown.statement);
    const trusted = await keys.one("receipt", kid);
    if (typ !== statementTypes.receipt || trusted === undefined)
      throw new ReceiptDiffers(shown, `signed by ${kid}, which nobody who is trusted has endorsed`);
    const key = await importJWK({ kty: "OKP", crv: "Ed25519", x: trusted.x }, "EdDSA");
    const { payload } = await compactVerify(shown.statement, key, { algorithms: ["EdDSA"] });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    const claims = receiptClaims.parse(JSON.parse(text));
    if (receiptText(claims) !== text) throw new ReceiptDiffers(shown, "not in its one spelling");
    return claims;
  } catch (error) {
    // That the broker was busy says nothing about what it has signed.
    if (error instanceof ParleyFault || error instanceof ParleyRefusal) throw error;
    throw new ReceiptDiffers(shown, "nobody has signed it", error);
  }
}

/** In which respect it is not of this session, this broker, and this organisation's log. */
function difference(shown: ReceiptView, claims: ReceiptClaims, home: Home): string | undefined {
  const { head, log } = shown.proof;
  const parties: readonly string[] = [claims.consumer.organisation, claims.provider.organisation];
  if (claims.iss !== home.issuer) return "by another broker";
  if (claims.session !== shown.session) return "of another session";
  if (!parties.includes(home.organisation)) return "of others";
  if (log !== `org:${home.organisation}`) return "in another log";
  const { position, hash } = claims.head;
  const isEnd = head.stream === chainOf(shown.session) && head.position === position && head.hash === hash;
  return isEnd ? undefined : "the log has another end";
}

async function verifyProof(shown: ReceiptView, { issuer }: Home, keys: TrustedKeys): Promise<void> {
  const { proof } = shown;
  const { checkpoint } = parseCheckpoint(proof.checkpoint) ?? {};
  // Of whichever era.
  const prefix = originOf(issuer, proof.log, 0).slice(0, -1);
  if (checkpoint === undefined || !checkpoint.origin.startsWith(prefix))
    throw new ReceiptDiffers(shown, "the checkpoint is of another log");
  const read = async (isNewer: boolean) => {
    const xs = (await keys.all("checkpoint", isNewer)).map(({ x }) => x);
    return readCheckpoint(proof.checkpoint, xs, evidenceCrypto);
  };
  const signed = (await read(false)) ?? (await read(true));
  if (signed?.size !== proof.size) throw new ReceiptDiffers(shown, "nobody has signed its checkpoint");
  const leaf = leafHash(canonicalJson(proof.head as unknown as Json), evidenceCrypto);
  const { leaf: index, size, hashes } = proof;
  const { root } = signed;
  if (!verifyInclusion({ index, size, leaf, proof: hashes, root }, evidenceCrypto))
    throw new ReceiptDiffers(shown, "its end is not in the log");
}
