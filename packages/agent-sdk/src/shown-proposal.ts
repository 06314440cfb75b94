/**
 * A proposal as its consumer signed it, held against what the broker shows of it. An acceptance covers the proposal's own
 * text, so whoever accepts reads that text, and not only what the broker says about it [STM-6].
 */
import {
  type ProposalClaims,
  proposalClaims,
  publicKeySchema,
  type SessionView,
  signatureAlgorithms,
  statementTypes,
} from "@parley/protocol";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { z } from "zod";
import { NotAsShown, ParleyFault } from "./fault.js";
import { sha256 } from "./statements.js";

const header = z.strictObject({
  alg: z.enum(signatureAlgorithms),
  typ: z.literal(statementTypes.proposal),
  jwk: publicKeySchema,
});

/**
 * The digest of the proposal that a session shows, computed from the signed text. It throws `NotAsShown` where the broker
 * states another digest, or where the text is not signed or says anything else than the session does.
 */
export async function shownProposalDigest(shown: SessionView, issuer: string): Promise<string> {
  // Later the consumer's side may be a sibling's of who has signed, and there is nothing to accept any more.
  if (shown.state !== "proposed")
    throw new ParleyFault(`it waits for no answer: it is ${shown.state}`, "never");
  const claims: Readonly<Record<string, unknown>> = await claimsOf(shown.proposalStatement);
  const differing = Object.entries(saidBy(shown, issuer)).find(([name, value]) => claims[name] !== value);
  if (differing !== undefined) {
    throw new NotAsShown("the broker shows another proposal than was signed", differing[0]);
  }
  const computed = await sha256(shown.proposalStatement);
  if (computed === shown.proposalDigest) return computed;
  throw new NotAsShown("the broker states the digest of another proposal than it shows", "proposalDigest");
}

/** All that a proposal says, but when it was signed. */
type Said = Omit<ProposalClaims, "iat">;

/** In the order in which a difference is looked for. */
const saidBy = (shown: SessionView, issuer: string): Readonly<Record<keyof Said, unknown>> => ({
  iss: shown.consumer.instance,
  aud: issuer,
  proposal: shown.proposal,
  advertisement: shown.advertisement,
  workgroup: shown.workgroup,
  capability: shown.capability,
  termsDigest: shown.termsDigest,
  purpose: shown.purpose ?? undefined,
});

/** Whose key it is only the broker knows; that the holder of one key has signed these words is seen here. */
async function claimsOf(statement: string): Promise<ProposalClaims> {
  try {
    const { jwk } = header.parse(decodeProtectedHeader(statement));
    const key = await importJWK({ ...jwk }, "EdDSA");
    const { payload } = await compactVerify(statement, key, { algorithms: [...signatureAlgorithms] });
    return proposalClaims.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
  } catch (error) {
    throw new NotAsShown("the broker shows a proposal that nobody has signed", "proposalStatement", error);
  }
}
