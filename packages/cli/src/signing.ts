/** What the command line signs in the name of a profile: computed from what was shown, never from what was only claimed. */
import {
  type BrokerClient,
  consentTo,
  type Proposed,
  signAcceptance,
  signAdvertisement,
  signContract,
  signProposal,
} from "@parley/agent-sdk";
import {
  type InvitationView,
  makeId,
  type SaidAdvertisement,
  type SessionView,
  type TermsRequest,
} from "@parley/protocol";

export interface Statements {
  consent(invitation: InvitationView): Promise<string>;
  contract(name: string, terms: TermsRequest): Promise<string>;
  advertisement(said: SaidAdvertisement): Promise<string>;
  /** Each is a new proposal. */
  proposal(of: Omit<Proposed, "proposal">): Promise<string>;
  acceptance(session: SessionView): Promise<string>;
}

export const statementsOf = (client: BrokerClient): Statements => ({
  consent: (invitation) => consentTo(client, invitation),
  contract: (name, terms) => signContract(client, { name, terms }),
  advertisement: (said) => signAdvertisement(client, said),
  proposal: (of) => signProposal(client, { proposal: makeId("proposal"), ...of }),
  acceptance: (session) => signAcceptance(client, session),
});
