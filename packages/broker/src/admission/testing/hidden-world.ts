/**
 * What belongs to an organisation and to nobody else, one of everything that a request can name; the same ids made up;
 * and what each route takes where nothing else is wrong with it.
 */
import {
  defaultTermsDigest,
  invitationSchema,
  makeId,
  selectorSchema,
  statementTypes,
} from "@parley/protocol";
import {
  addMember,
  advertise,
  advertisementBody,
  consent,
  contractBody,
  type Home,
  makeContract,
  makeWorkgroup,
  propose,
  search,
} from "./dealing.js";
import type { EdgeOptions } from "./edge.js";
import { peopleOfThisTest } from "./people.js";
import { enrolAgent, enrolOperator, foundOrganisation, type Person, shownToken } from "./person.js";

const made = {
  workgroup: makeId("workgroup"),
  invitation: makeId("invitation"),
  organisation: makeId("organisation"),
  agent: makeId("agent"),
  session: makeId("session"),
};
const digest = defaultTermsDigest;
const signed = async (person: Person, typ: string, said: object) => ({
  statement: await person.state(typ, { ...said }),
});

export type Ids = Readonly<Record<string, string>>;

/** What a route of this method takes where nothing else is wrong with it: what is signed is of something made up. */
export const bodies: Readonly<Record<string, (person: Person, ids?: Ids) => unknown>> = {
  changeAgent: () => ({ owner: "o@example.com" }),
  changeOperator: () => ({ role: "auditor" }),
  mintEnrolmentToken: () => ({}),
  recoverOrganisation: () => ({}),
  handOverWorkgroup: (_person, { organisation } = made) => ({ organisation }),
  inviteOrganisation: (_person, { organisation } = made) => ({ organisation }),
  addMember: (_person, { agent } = made) => ({ agent, offer: true }),
  addSelector: () => ({ tags: { env: "prod" }, engage: true }),
  consentToInvitation: (person, { invitation, workgroup } = made) =>
    signed(person, statementTypes.consent, {
      invitation,
      workgroup,
      organisation: made.organisation,
      digest,
    }),
  addContractVersion: (person) => contractBody(person, "terms", {}).then(({ name: _name, ...body }) => body),
  publishAdvertisement: (person, { agent = "", name = "feed", workgroup = "" }: Ids = made) =>
    advertisementBody(person, agent, name, { workgroups: [workgroup] }),
  acceptSession: (person, { session } = made) =>
    signed(person, statementTypes.acceptance, { session, proposal: digest }),
};

interface Dealt {
  readonly workgroup: string;
  readonly contract: string;
  /** The organisation that is invited, and told. */
  readonly guest: string;
}

/** Something of everything that organisations share, of one alone. */
export async function dealings({ id, admin }: Home, agent: string, names: Dealt) {
  const workgroup = await makeWorkgroup(admin, names.workgroup);
  const inside = `/v1/workgroups/${workgroup.id}`;
  const invited = { organisation: names.guest };
  const invitation = await admin.make(`${inside}/invitations`, invited, invitationSchema);
  await consent(admin, id, invitation);
  const tags = { env: "prod" };
  const selector = await admin.make(`${inside}/selectors`, { tags, offer: true }, selectorSchema);
  const desk = await enrolAgent(admin, "desk");
  await addMember(admin, workgroup.id, agent, { offer: true });
  await addMember(admin, workgroup.id, desk.id, { engage: true });
  const contract = await makeContract(admin, names.contract, { acceptance: "open" });
  const offer = await advertise(admin, agent, "feed", {
    workgroups: [workgroup.id],
    contract: { id: contract.id, termsDigest: contract.latest.termsDigest },
  });
  const [item] = await search(desk.instance);
  if (item === undefined) throw new Error("nothing to engage");
  const session = await propose(desk.instance, item);
  return {
    workgroup: workgroup.id,
    invitation: invitation.id,
    selector: selector.id,
    contract: contract.id,
    advertisement: offer.id,
    name: "feed",
    session: session.id,
  };
}

export async function worldOfThisTest(options?: EdgeOptions) {
  const { edge, platform, acme, globex } = await peopleOfThisTest(options);
  const { id: agent, instance } = await enrolAgent(globex.admin, "feed");
  const token = await globex.admin.make(`/v1/agents/${agent}/enrolment-tokens`, {}, shownToken);
  const guest = (await foundOrganisation(platform, "guest")).id;
  const dealt = await dealings(globex, agent, { workgroup: "channel", contract: "terms", guest });
  const hidden = {
    ...dealt,
    organisation: globex.id,
    operator: globex.admin.id,
    agent,
    instance: instance.id,
    token: token.id,
  };
  const absent = {
    ...made,
    selector: makeId("selector"),
    contract: makeId("contract"),
    advertisement: makeId("advertisement"),
    name: "feed",
    organisation: makeId("organisation"),
    operator: makeId("operator"),
    agent: makeId("agent"),
    instance: makeId("instance"),
    token: makeId("enrolmentToken"),
  };
  const own = await enrolAgent(acme.admin, "own");
  const people = {
    admin: acme.admin,
    auditor: await enrolOperator(acme.admin, "auditor", "auditor"),
    enroller: await enrolOperator(acme.admin, "enroller", "enroller", [own.id]),
    instance: own.instance,
    platform,
  };
  return { edge, hidden, absent, people, own, home: acme };
}

export const addressOf = (path: string, ids: Ids): string =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? "");
