/**
 * Things of two organisations for the matrix of routes: some that stand, and makers of new ones where a success uses
 * them up. A third organisation is with each of them in a workgroup of its own, so that neither sees the other.
 */
import { type InvitationView, makeId, type SessionView } from "@parley/protocol";
import {
  addMember,
  bringIn,
  consentBody,
  inviteInto,
  makeContract,
  makeWorkgroup,
  proposalBody,
  propose,
  publish,
  publishBody,
  signed,
  tellOf,
  termsBody,
} from "../fixtures/dealings.js";
import type { DescribedRoute } from "../fixtures/described-api.js";
import { jsonOf } from "../fixtures/exchange.js";
import type { Principal } from "../fixtures/principal.js";
import {
  inviteOperator,
  makeAgent,
  makeInstance,
  makeOrganisation,
  mintFor,
  type Staffed,
  staff,
  type World,
} from "../fixtures/world.js";
import type { Kind } from "./expected.js";

export type Ids = Readonly<Record<string, string>>;

export interface Dealings {
  readonly standing: Ids;
  /** An invitation that it was told of. */
  readonly told: string;
  /** What it can engage, and the workgroup that it shares with who offers it. */
  readonly offered: string;
  readonly market: string;
  /** A session of its agent that is closed, and has its receipt. */
  readonly closed: string;
  make(route: DescribedRoute): Promise<Ids>;
}

export interface Shared {
  readonly a: Dealings;
  readonly b: Dealings;
  readonly partner: Staffed;
}

let count = 0;
export const unique = (): string => {
  count += 1;
  return `made-${count}`;
};

export const prefixes: Ids = {
  organisation: "org",
  operator: "opr",
  agent: "agt",
  token: "etk",
  instance: "ins",
  workgroup: "wkg",
  invitation: "inv",
  selector: "sel",
  contract: "ctr",
  advertisement: "adv",
  session: "ses",
};

export async function openThings({ platform, a, b }: World): Promise<Shared> {
  const partner = await staff(await makeOrganisation(platform, "partner"));
  const of = (one: Staffed) => openDealings(platform, one, partner);
  return { a: await of(a), b: await of(b), partner };
}

async function openDealings(platform: Principal, of: Staffed, partner: Staffed): Promise<Dealings> {
  const { admin, agent, instance } = of;
  const market = await makeWorkgroup(partner.admin, `market-${of.name}`);
  await bringIn(partner, market, of);
  await addMember(partner.admin, market, partner.agent);
  await addMember(admin, market, agent);
  const workgroup = await makeWorkgroup(admin, "inner");
  await addMember(admin, workgroup, agent);
  const until = new Date((admin.fresh.seconds() + 86_400) * 1_000).toISOString();
  const trial = { observe: { until, terms: ["requiredTags"] } };
  const advertisement = await publish(instance, agent, "quotes", market);
  const offered = await publish(partner.instance, partner.agent, `to-${of.name}`, market);
  const standing = {
    organisation: of.id,
    operator: of.auditor.id,
    agent,
    instance: (await makeInstance(admin, agent)).id,
    token: (await mintFor(admin, agent)).id,
    workgroup,
    invitation: (await inviteInto(admin, workgroup, makeId("organisation"))).id,
    selector: await makeSelector(admin, workgroup),
    contract: (await makeContract(admin, "terms", trial)).id,
    advertisement,
    name: "quotes",
    session: await propose(partner.instance, advertisement),
  };
  const told = await tellOf(partner, await makeWorkgroup(partner.admin, unique()), of.id);
  const made = { platform, of, partner, standing, market, offered };
  const closed = await receiptedSession(made);
  return { standing, told, market, offered, closed, make: (route) => makeFor(route, made) };
}

const makeSelector = async (admin: Principal, workgroup: string): Promise<string> => {
  const body = { tags: { env: unique() }, engage: true };
  return (await admin.done<{ id: string }>("POST", `/v1/workgroups/${workgroup}/selectors`, body)).id;
};

interface Making {
  readonly platform: Principal;
  readonly of: Staffed;
  readonly partner: Staffed;
  readonly standing: Ids;
  readonly market: string;
  readonly offered: string;
}

/** In which the partner is as well: there is somebody to hand it over to. */
async function sharedWorkgroup(owner: Staffed, other: Staffed): Promise<string> {
  const workgroup = await makeWorkgroup(owner.admin, unique());
  await bringIn(owner, workgroup, other);
  return workgroup;
}

async function acceptedSession({ of, partner, standing }: Making): Promise<string> {
  const session = await propose(partner.instance, standing.advertisement ?? "");
  const body = await acceptanceBody(of.instance, session);
  await of.instance.done("POST", `/v1/sessions/${session}/accept`, body);
  return session;
}

async function receiptedSession(making: Making): Promise<string> {
  const { admin } = making.of;
  const session = await acceptedSession(making);
  await admin.done("POST", `/v1/sessions/${session}/close`, {});
  for (let tries = 0; tries < 300; tries++) {
    const answer = await admin.get(`/v1/sessions/${session}/receipt`);
    if (jsonOf<{ receipt: unknown }>(answer).receipt !== null) return session;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${session} gets no receipt`);
}

/** By the last thing that a path names, and what is done to it. */
const makers: Readonly<Record<string, (making: Making) => Promise<Ids>>> = {
  organisation: async ({ platform }) => ({ organisation: (await makeOrganisation(platform, unique())).id }),
  operator: async ({ of }) => ({
    operator: (await inviteOperator(of.admin, unique(), "auditor")).operator.id,
  }),
  agent: async ({ of }) => ({ agent: await makeAgent(of.admin, unique()) }),
  token: async ({ of }) => ({ token: (await mintFor(of.admin, of.agent)).id }),
  instance: async ({ of }) => ({ instance: (await makeInstance(of.admin, of.agent)).id }),
  "workgroup/leave": async ({ of, partner }) => ({ workgroup: await sharedWorkgroup(partner, of) }),
  workgroup: async ({ of, partner }) => ({ workgroup: await sharedWorkgroup(of, partner) }),
  invitation: async ({ of, standing }) => ({
    invitation: (await inviteInto(of.admin, standing.workgroup ?? "", makeId("organisation"))).id,
  }),
  member: async ({ of, standing }) => {
    const agent = await makeAgent(of.admin, unique());
    await addMember(of.admin, standing.workgroup ?? "", agent);
    return { agent };
  },
  selector: async ({ of, standing }) => ({
    selector: await makeSelector(of.admin, standing.workgroup ?? ""),
  }),
  contract: async ({ of }) => ({ contract: (await makeContract(of.admin, unique())).id }),
  name: async ({ of, market }) => {
    const name = unique();
    await publish(of.instance, of.agent, name, market);
    return { name };
  },
  "session/withdraw": async ({ of, offered }) => ({ session: await propose(of.instance, offered) }),
  "session/close": async (making) => ({ session: await acceptedSession(making) }),
  session: async ({ partner, standing }) => ({
    session: await propose(partner.instance, standing.advertisement ?? ""),
  }),
};

async function makeFor({ method, path, parameters }: DescribedRoute, making: Making): Promise<Ids> {
  if (method === "PUT" || path.endsWith("/versions")) return {};
  const last = path.includes("/members/") ? "member" : (parameters.at(-1) ?? "");
  const verb = /\/([a-z-]+)$/.exec(path)?.[1] ?? "";
  return (await (makers[`${last}/${verb}`] ?? makers[last])?.(making)) ?? {};
}

export interface Bodily {
  readonly by: Principal;
  readonly ids: Ids;
  readonly shared: Shared;
  readonly platform: Principal;
}

const nothing = "A".repeat(43);

async function shownTo<T>(by: Principal, path: string): Promise<T | undefined> {
  const answer = await by.get(path);
  return answer.status === 200 ? jsonOf<T>(answer) : undefined;
}

async function acceptanceBody(by: Principal, session: string) {
  const shown = await shownTo<SessionView>(by, `/v1/sessions/${encodeURIComponent(session)}`);
  const said = { session: shown?.id ?? makeId("session"), proposal: shown?.proposalDigest ?? nothing };
  return { statement: signed(by, "acceptance", said) };
}

async function consentTo({ by, ids: { workgroup = "", invitation = "" } }: Bodily) {
  const path = `/v1/workgroups/${encodeURIComponent(workgroup)}/invitations/${encodeURIComponent(invitation)}`;
  const shown = await shownTo<InvitationView>(by, path);
  if (shown !== undefined) return consentBody(by, shown.workgroup.owner, shown);
  const said = { invitation: makeId("invitation"), workgroup: makeId("workgroup"), digest: nothing };
  return { statement: signed(by, "consent", { ...said, organisation: makeId("organisation") }) };
}

async function proposalOf({ by, shared }: Bodily) {
  const { status } = await by.get("/v1/catalog");
  if (status === 200) return proposalBody(by, shared.a.offered);
  const said = { proposal: makeId("proposal"), advertisement: makeId("advertisement"), termsDigest: nothing };
  return {
    statement: signed(by, "proposal", { ...said, workgroup: makeId("workgroup"), capability: "quotes" }),
  };
}

const idOr = (kind: "agent", id: string | undefined): string =>
  id !== undefined && /^[a-z]{3}_[0-7]\w{25}$/.test(id) ? id : makeId(kind);

const contractOf = ({ by }: Bodily) => {
  const name = unique();
  return { name, ...termsBody(by, name, {}) };
};

export const bodies: Readonly<Record<string, (asked: Bodily) => unknown>> = {
  "POST /v1/organisations": () => ({ name: unique() }),
  "POST /v1/organisations/{organisation}/recovery-tokens": () => ({}),
  "POST /v1/operators": ({ by, platform }) => ({
    name: unique(),
    role: by === platform ? "platform" : "auditor",
  }),
  "PATCH /v1/operators/{operator}": () => ({ role: "auditor" }),
  "POST /v1/agents": () => ({ name: unique(), owner: "ops" }),
  "PATCH /v1/agents/{agent}": () => ({ owner: "others" }),
  "POST /v1/agents/{agent}/enrolment-tokens": () => ({}),
  "POST /v1/broker-keys/rotate": () => ({ use: "receipt" }),
  "POST /v1/workgroups": () => ({ name: unique(), purpose: "quotes" }),
  "POST /v1/workgroups/{workgroup}/hand-over": ({ shared }) => ({ organisation: shared.partner.id }),
  "POST /v1/workgroups/{workgroup}/invitations": () => ({ organisation: makeId("organisation") }),
  "POST /v1/workgroups/{workgroup}/invitations/{invitation}/consent": consentTo,
  "POST /v1/workgroups/{workgroup}/members": ({ ids }) => ({ agent: idOr("agent", ids.agent), offer: true }),
  "POST /v1/workgroups/{workgroup}/selectors": () => ({ tags: { env: unique() }, engage: true }),
  "POST /v1/contracts": contractOf,
  "POST /v1/contracts/{contract}/versions": ({ by }) => termsBody(by, "terms", { maxEnvelopes: 7 }),
  "PUT /v1/agents/{agent}/advertisements/{name}": ({ by, ids, shared }) => {
    const market = [shared.a, shared.b].find(({ standing }) => standing.agent === ids.agent)?.market;
    const name = /^[a-z-]+$/.test(ids.name ?? "") ? (ids.name ?? "") : "quotes";
    return publishBody(by, idOr("agent", ids.agent), name, market ?? makeId("workgroup"));
  },
  "POST /v1/sessions": proposalOf,
  "POST /v1/sessions/{session}/accept": ({ by, ids }) => acceptanceBody(by, ids.session ?? ""),
};

/** Operators search for one of their agents. */
export const queries: Readonly<Record<string, (kind: Kind, shared: Shared) => string>> = {
  "GET /v1/audit/proof": () => "?leaf=0&size=1",
  "GET /v1/catalog": (kind, { a, b }) => {
    if (kind === "instance" || kind === "platform") return "";
    return `?agent=${(kind === "admin of another organisation" ? b : a).standing.agent}`;
  },
  // What nobody has: that is an answer too.
  "GET /v1/agents/{agent}/explain": () => "?advertisement=adv_7zzzzzzzzzzzzzzzzzzzzzzzzz",
};
