/**
 * The five statements by which a principal binds its organisation [STM-1]. Digests are computed here, from what was
 * shown and by what the broker computes them from too; nobody signs a digest that somebody else has stated [STM-7].
 */
import {
  type AdvertisementId,
  advertisementText,
  type Charter,
  charterText,
  completeAdvertisement,
  completeTerms,
  type InvitationView,
  isId,
  type OrganisationId,
  type ProposalId,
  type SaidAdvertisement,
  type SessionView,
  statementTypes,
  type Terms,
  type TermsRequest,
  termsText,
  type WorkgroupId,
} from "@parley/protocol";
import { enrolmentOf } from "./access-token.js";
import type { BrokerClient } from "./broker-client.js";
import { NotAsShown, ParleyFault } from "./fault.js";
import type { Identity } from "./identity.js";
import { shownProposalDigest } from "./shown-proposal.js";
import { selfSigned, sha256 } from "./statements.js";

/** Of a client, what signing needs: who it is, and the key that the broker is shown beside the statement. */
export type Signer = Pick<BrokerClient, "identity" | "issuer" | "exchange" | "tokens">;

type BindingType = "consent" | "contract" | "advertisement" | "proposal" | "acceptance";

async function sign(
  signer: Signer,
  type: BindingType,
  said: Readonly<Record<string, string>>,
): Promise<string> {
  // The token's key is the one that is shown; asking for it has also taught us the broker's time [ID-18].
  const { key } = await signer.tokens.token();
  const { principalId } = enrolmentOf(signer.identity);
  const iat = Math.floor(signer.exchange.now() / 1_000);
  return key.sign(selfSigned(key, statementTypes[type]), {
    iss: principalId,
    aud: signer.issuer,
    iat,
    ...said,
  });
}

/** The digest of the complete terms: what a contract's version is known by. */
export const termsDigestOf = (terms: TermsRequest): Promise<string> =>
  sha256(termsText(completeTerms(terms)));

/** Terms as a view shows them, and the digest that it states beside them. */
export interface ShownTerms {
  /** What would bind. */
  readonly terms: Terms;
  /** What would be signed, if it is theirs. */
  readonly termsDigest: string;
}

/** The digest of the terms that are shown here; a broker that states another one is not believed. */
export async function shownTermsDigest({ terms, termsDigest }: ShownTerms): Promise<string> {
  const computed = await termsDigestOf(terms);
  if (computed === termsDigest) return computed;
  throw new NotAsShown("the broker states the digest of other terms than it shows", "termsDigest");
}

/** The digest of what an organisation is shown before it consents. */
export const charterDigestOf = (charter: Charter): Promise<string> => sha256(charterText(charter));

/** The organisation that a principal was enrolled into: its SPIFFE id names it. The platform's operators have none. */
export function organisationOf(identity: Identity): OrganisationId {
  const { spiffeId } = enrolmentOf(identity);
  const [, organisation = ""] = /^spiffe:\/\/[^/]+\/org\/([^/]+)\//.exec(spiffeId) ?? [];
  if (isId("organisation", organisation)) return organisation;
  throw new ParleyFault(`${spiffeId} is of no organisation`, "never");
}

/** [STM-2] To what is shown here, for the signer's own organisation. */
export async function signConsent(signer: Signer, shown: Charter): Promise<string> {
  return sign(signer, "consent", {
    invitation: shown.invitation.id,
    workgroup: shown.workgroup.id,
    organisation: organisationOf(signer.identity),
    digest: await charterDigestOf(shown),
  });
}

/**
 * Consents to an invitation as it was read: the digest is computed from what the view shows, and a broker that states
 * another one is not believed. Answers the statement that `…/consent` takes.
 */
export async function consentTo(signer: Signer, view: InvitationView): Promise<string> {
  const { id, organisation, as, introduction, workgroup, organisations } = view;
  const shown: Charter = { workgroup, organisations, invitation: { id, organisation, as, introduction } };
  if ((await charterDigestOf(shown)) !== view.digest) {
    throw new NotAsShown("the broker states the digest of something else than it shows", "digest");
  }
  return signConsent(signer, shown);
}

/** [STM-3] A version of the contract of this name, with these terms. */
export async function signContract(
  signer: Signer,
  { name, terms }: { readonly name: string; readonly terms: TermsRequest },
): Promise<string> {
  return sign(signer, "contract", { name, termsDigest: await termsDigestOf(terms) });
}

/** [STM-4] */
export async function signAdvertisement(signer: Signer, said: SaidAdvertisement): Promise<string> {
  const content = completeAdvertisement(said);
  return sign(signer, "advertisement", {
    agent: content.agent,
    name: content.name,
    contract: content.contract.id,
    termsDigest: content.contract.termsDigest,
    digest: await sha256(advertisementText(content)),
  });
}

/** What a proposal says. */
export interface Proposed {
  /** Made by who proposes: the same id again is the same proposal. */
  readonly proposal: ProposalId;
  /** What is engaged. */
  readonly advertisement: AdvertisementId;
  /** In which of the workgroups that it is shown in. */
  readonly workgroup: WorkgroupId;
  /** For which of the capabilities that it offers. */
  readonly capability: string;
  /** Under which terms: those that the advertisement showed. */
  readonly termsDigest: string;
  /** What for: on the record of both sides. */
  readonly purpose?: string | undefined;
}

/** [STM-5] */
export function signProposal(signer: Signer, { purpose, ...proposed }: Proposed): Promise<string> {
  const { proposal, advertisement, workgroup, capability, termsDigest } = proposed;
  const said = { proposal, advertisement, workgroup, capability, termsDigest };
  return sign(signer, "proposal", purpose === undefined ? said : { ...said, purpose });
}

/** [STM-6] Of the proposal that waits, as it was read: over its own text, which says what the session shows. */
export async function signAcceptance(signer: Signer, shown: SessionView): Promise<string> {
  await shownTermsDigest(shown);
  const proposal = await shownProposalDigest(shown, signer.issuer);
  return sign(signer, "acceptance", { session: shown.id, proposal });
}
