/**
 * What organisations and their agents do with each other, as a test says it in a line: workgroups, consents, contracts,
 * advertisements, sessions. Statements are signed over what was shown, as a client should.
 */
import {
  advertisementSchema,
  advertisementText,
  type CatalogItemView,
  catalogItemSchema,
  charterText,
  completeAdvertisement,
  completeTerms,
  contractSchema,
  defaultContract,
  defaultTermsDigest,
  type InvitationView,
  invitationSchema,
  makeId,
  type SaidAdvertisement,
  type SessionView,
  sessionSchema,
  statementTypes,
  type TermsRequest,
  termsText,
  type WorkgroupView,
  workgroupSchema,
} from "@parley/protocol";
import { type Person, sha256 } from "./person.js";

export const makeWorkgroup = (admin: Person, name: string, more: object = {}): Promise<WorkgroupView> =>
  admin.make("/v1/workgroups", { name, purpose: "markets", ...more }, workgroupSchema);

export const digestShown = ({
  id,
  organisation,
  as,
  introduction,
  workgroup,
  organisations,
}: InvitationView) =>
  sha256(charterText({ workgroup, organisations, invitation: { id, organisation, as, introduction } }));

/** Over what the invitation shows, unless another digest is given. */
export const signConsent = (
  admin: Person,
  organisation: string,
  shown: InvitationView,
  digest = digestShown(shown),
): Promise<string> => {
  const { id: invitation, workgroup } = shown;
  return admin.state(statementTypes.consent, { invitation, workgroup: workgroup.id, organisation, digest });
};

export const invitationPath = ({ id, workgroup }: InvitationView): string =>
  `/v1/workgroups/${workgroup.id}/invitations/${id}`;

export async function consent(admin: Person, organisation: string, shown: InvitationView) {
  const statement = await signConsent(admin, organisation, shown);
  return admin.done(invitationSchema, "POST", `${invitationPath(shown)}/consent`, { statement });
}

export interface Home {
  readonly id: string;
  readonly admin: Person;
}

/** The owner invites and consents, and the invited one consents to what it then sees. */
export async function bringIn(
  owner: Home,
  newcomer: Home,
  workgroup: WorkgroupView,
): Promise<InvitationView> {
  const asked = { organisation: newcomer.id };
  const made = await owner.admin.make(`/v1/workgroups/${workgroup.id}/invitations`, asked, invitationSchema);
  await consent(owner.admin, owner.id, made);
  const shown = await newcomer.admin.done(invitationSchema, "GET", `/v1/invitations/${made.id}`);
  return consent(newcomer.admin, newcomer.id, shown);
}

export const addMember = async (admin: Person, workgroup: string, agent: string, rights: object) => {
  const answer = await admin.post(`/v1/workgroups/${workgroup}/members`, { agent, ...rights });
  if (answer.status !== 200) throw new Error(`not added: ${answer.text}`);
  return answer;
};

export async function contractBody(by: Person, name: string, terms: TermsRequest) {
  const termsDigest = sha256(termsText(completeTerms(terms)));
  return { name, terms, statement: await by.state(statementTypes.contract, { name, termsDigest }) };
}

export const makeContract = async (by: Person, name: string, terms: TermsRequest) =>
  by.make("/v1/contracts", await contractBody(by, name, terms), contractSchema);

export const defaultContractNamed = { id: defaultContract, termsDigest: defaultTermsDigest };

export interface Offered {
  readonly workgroups: readonly string[];
  readonly contract?: { readonly id: string; readonly termsDigest: string };
  readonly capabilities?: readonly object[];
  readonly description?: string;
}

export async function advertisementBody(by: Person, agent: string, name: string, offered: Offered) {
  const capabilities = [{ name: "markets.equity" }];
  const body = { contract: defaultContractNamed, capabilities, ...offered };
  const content = completeAdvertisement({ ...body, agent, name } as unknown as SaidAdvertisement);
  const statement = await by.state(statementTypes.advertisement, {
    agent,
    name,
    contract: content.contract.id,
    termsDigest: content.contract.termsDigest,
    digest: sha256(advertisementText(content)),
  });
  return { ...body, statement };
}

export async function advertise(by: Person, agent: string, name: string, offered: Offered) {
  const body = await advertisementBody(by, agent, name, offered);
  return by.done(advertisementSchema, "PUT", `/v1/agents/${agent}/advertisements/${name}`, body);
}

export async function search(by: Person, query = ""): Promise<readonly CatalogItemView[]> {
  const { items } = (await by.get(`/v1/catalog${query}`)).body as { items?: unknown[] };
  return catalogItemSchema.array().parse(items);
}

type Engaged = Pick<CatalogItemView, "advertisement" | "workgroup" | "contract" | "capabilities">;

export const signProposal = (by: Person, item: Engaged, said: object = {}): Promise<string> =>
  by.state(statementTypes.proposal, {
    proposal: makeId("proposal"),
    advertisement: item.advertisement,
    workgroup: item.workgroup.id,
    capability: item.capabilities[0]?.name,
    termsDigest: item.contract.termsDigest,
    ...said,
  });

export const propose = async (by: Person, item: Engaged, said: object = {}): Promise<SessionView> =>
  by.make("/v1/sessions", { statement: await signProposal(by, item, said) }, sessionSchema);

export const signAcceptance = (by: Person, { id, proposalDigest }: SessionView): Promise<string> =>
  by.state(statementTypes.acceptance, { session: id, proposal: proposalDigest });

export async function accept(by: Person, session: SessionView): Promise<SessionView> {
  const statement = await signAcceptance(by, session);
  return by.done(sessionSchema, "POST", `/v1/sessions/${session.id}/accept`, { statement });
}
