/** Two companies that share a workgroup, with providers that offer there and consumers that may engage. */
import { atOnce, digest, Home, Principal } from "../principals.mjs";

const protocol = await import(new URL("../../packages/protocol/dist/index.js", import.meta.url).href);
const { charterText, completeAdvertisement, completeTerms, makeId, statementTypes, termsText } = protocol;

export const capability = "markets.equity";

export async function openMarket(broker) {
  const home = new Home(broker.issuer);
  await home.refresh();
  const platform = await Principal.enrol(home, broker.firstToken());
  await platform.signIn();
  const acme = await company(home, platform, "acme");
  const globex = await company(home, platform, "globex");
  const workgroup = await shared(acme, globex, "channel");
  return { home, platform, acme, globex, workgroup };
}

export async function company(home, platform, name) {
  const made = await platform.ask("POST", "/v1/organisations", { name });
  const admin = await Principal.enrol(home, made.token.token);
  await admin.signIn();
  return { id: made.organisation.id, name, admin, home };
}

async function consent(by, invitation) {
  const { id, organisation, as, introduction, workgroup, organisations } = invitation;
  const charter = { workgroup, organisations, invitation: { id, organisation, as, introduction } };
  const said = {
    invitation: id,
    workgroup: workgroup.id,
    organisation: by.id,
    digest: digest(charterText(charter)),
  };
  const statement = by.admin.state(statementTypes.consent, said);
  return by.admin.ask("POST", `/v1/workgroups/${workgroup.id}/invitations/${id}/consent`, { statement });
}

/** The id of a workgroup that the first one owns and both are in. */
export async function shared(owner, other, name) {
  const workgroup = await owner.admin.ask("POST", "/v1/workgroups", { name, purpose: "bench" });
  const path = `/v1/workgroups/${workgroup.id}/invitations`;
  const invitation = await owner.admin.ask("POST", path, { organisation: other.id });
  await consent(owner, invitation);
  await consent(other, await other.admin.ask("GET", `/v1/invitations/${invitation.id}`));
  return workgroup.id;
}

/** An agent that is a member, and so many instances of it, signed in when they connect. */
export async function member({ admin, home }, workgroup, name, rights, instances = 1) {
  const agent = await admin.ask("POST", "/v1/agents", { name, owner: "bench@example.org" });
  await join(admin, workgroup, agent.id, rights);
  const enrolled = [];
  for (let left = instances; left > 0; left -= 100) {
    const uses = Math.min(left, 100);
    const minted = await admin.ask("POST", `/v1/agents/${agent.id}/enrolment-tokens`, { uses });
    const tokens = Array.from({ length: uses }, () => minted.token);
    await atOnce(8, tokens, async (token) => enrolled.push(await Principal.enrol(home, token)));
  }
  return { id: agent.id, name, instances: enrolled };
}

export const join = (admin, workgroup, agent, rights) =>
  admin.ask("POST", `/v1/workgroups/${workgroup}/members`, { agent, ...rights });

export const leave = (admin, workgroup, agent) =>
  admin.ask("POST", `/v1/workgroups/${workgroup}/members/${agent}/remove`);

/** Consumers of one company, so many agents of one instance each. */
export async function consumers(of, workgroup, count, prefix = "desk") {
  const made = [];
  const numbers = Array.from({ length: count }, (_, number) => number);
  await atOnce(8, numbers, async (number) =>
    made.push(await member(of, workgroup, `${prefix}-${number}`, { engage: true })),
  );
  return made;
}

export async function contract({ admin }, name, said) {
  const terms = completeTerms({ maxConcurrentSessions: 1_000, ...said });
  const termsDigest = digest(termsText(terms));
  const statement = admin.state(statementTypes.contract, { name, termsDigest });
  const { id } = await admin.ask("POST", "/v1/contracts", { name, terms, statement });
  return { id, termsDigest };
}

export async function advertise({ admin }, agent, name, { workgroup, contract: bound, description = "" }) {
  const said = {
    description,
    capabilities: [{ name: capability }],
    workgroups: [workgroup],
    contract: bound,
  };
  const content = completeAdvertisement({ ...said, agent, name });
  const statement = admin.state(statementTypes.advertisement, {
    ...{ agent, name, contract: bound.id, termsDigest: bound.termsDigest },
    digest: digest(protocol.advertisementText(content)),
  });
  const path = `/v1/agents/${agent}/advertisements/${name}`;
  const { id } = await admin.ask("PUT", path, { ...said, statement });
  return { advertisement: id, workgroup, termsDigest: bound.termsDigest };
}

/** Signed before the clock runs, so that the client's signing is not measured. */
export const proposal = (by, offer) =>
  by.state(statementTypes.proposal, { proposal: makeId("proposal"), capability, ...offer });

export const acceptance = (by, { id, proposalDigest }) =>
  by.state(statementTypes.acceptance, { session: id, proposal: proposalDigest });
