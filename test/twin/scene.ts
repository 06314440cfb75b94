/**
 * What both worlds have in common, made in the same order: the observer's organisation, and two others that are with it
 * in one workgroup. `north` offers there; `south` only is there.
 */
import {
  advertisementText,
  completeAdvertisement,
  defaultContract,
  defaultTermsDigest,
  makeId,
  type SaidAdvertisement,
} from "@parley/protocol";
import type { BrokerProcess } from "../fixtures/broker-process.js";
import {
  addMember,
  bringIn,
  consent,
  inviteInto,
  makeContract,
  makeWorkgroup,
  signed,
} from "../fixtures/dealings.js";
import type { Principal } from "../fixtures/principal.js";
import { sha256 } from "../fixtures/signing.js";
import {
  enrolPlatform,
  makeAgent,
  makeInstance,
  makeOperator,
  makeOrganisation,
  type Organisation,
} from "../fixtures/world.js";

export interface Terms {
  readonly id: string;
  readonly termsDigest: string;
}

export interface Trader extends Organisation {
  readonly agent: string;
  readonly instance: Principal;
}

export interface Observer extends Trader {
  readonly auditor: Principal;
  readonly sibling: Principal;
}

export interface Scene {
  readonly broker: BrokerProcess;
  readonly platform: Principal;
  readonly observer: Observer;
  readonly north: Trader;
  readonly south: Trader;
  /** Of north, in which all three are. */
  readonly market: string;
  readonly terms: Terms;
  /** Of north, in the market, under those terms. */
  readonly spot: string;
}

/** Nothing of it ends by itself while the script runs. */
export const slow = { proposalTimeoutSeconds: 86_400, joinTimeoutSeconds: 86_400 };

export const defaultTerms: Terms = { id: defaultContract, termsDigest: defaultTermsDigest };

interface Offer {
  readonly workgroups: readonly string[];
  readonly capabilities?: readonly string[];
  readonly description?: string;
  readonly contract?: Terms;
}

export function offerBody(by: Principal, agent: string, name: string, offer: Offer) {
  const { workgroups, capabilities = ["markets.spot"], description = "", contract = defaultTerms } = offer;
  const named = capabilities.map((capability) => ({ name: capability }));
  const body = { description, capabilities: named, workgroups, contract };
  const content = completeAdvertisement({ ...body, agent, name } as unknown as SaidAdvertisement);
  const said = { agent, name, contract: contract.id, termsDigest: contract.termsDigest };
  const digest = sha256(advertisementText(content));
  return { ...body, statement: signed(by, "advertisement", { ...said, digest }) };
}

export async function offer(by: Principal, agent: string, name: string, what: Offer): Promise<string> {
  const path = `/v1/agents/${agent}/advertisements/${name}`;
  return (await by.done<{ id: string }>("PUT", path, offerBody(by, agent, name, what))).id;
}

export interface Engaged {
  readonly advertisement: string;
  readonly workgroup: string;
  readonly termsDigest: string;
  readonly capability?: string;
  readonly purpose?: string;
}

export function proposal(by: Principal, { capability = "markets.spot", ...engaged }: Engaged) {
  return { statement: signed(by, "proposal", { proposal: makeId("proposal"), ...engaged, capability }) };
}

export const propose = async (by: Principal, engaged: Engaged): Promise<string> =>
  (await by.done<{ id: string }>("POST", "/v1/sessions", proposal(by, engaged))).id;

export async function accept(by: Principal, session: string): Promise<void> {
  const path = `/v1/sessions/${session}`;
  const { proposalDigest } = await by.done<{ proposalDigest: string }>("GET", path);
  const statement = signed(by, "acceptance", { session, proposal: proposalDigest });
  await by.done("POST", `${path}/accept`, { statement });
}

export async function openTrader(platform: Principal, name: string): Promise<Trader> {
  const organisation = await makeOrganisation(platform, name);
  const agent = await makeAgent(organisation.admin, `${name}-desk`);
  return { ...organisation, agent, instance: await makeInstance(organisation.admin, agent) };
}

/** `before` is what only one of the worlds has from its first day on. */
export async function openScene(
  broker: BrokerProcess,
  before: (platform: Principal) => Promise<void>,
): Promise<Scene> {
  const platform = await enrolPlatform(broker);
  await before(platform);
  const north = await openTrader(platform, "north");
  const south = await openTrader(platform, "south");
  const watching = await openTrader(platform, "observer");
  const auditor = await makeOperator(watching.admin, "auditor", "auditor");
  const sibling = await makeInstance(watching.admin, watching.agent);
  const market = await makeWorkgroup(north.admin, "markets-channel");
  await bringIn(north, market, south);
  const invited = await inviteInto(north.admin, market, watching.id);
  for (const inside of [north, south]) await consent(inside, invited);
  await consent(watching, await watching.admin.done("GET", `/v1/invitations/${invited.id}`));
  for (const { admin, agent } of [north, south, watching]) await addMember(admin, market, agent);
  const terms = await makeContract(north.admin, "terms", slow);
  const what = { workgroups: [market], contract: terms };
  const spot = await offer(north.instance, north.agent, "spot", {
    ...what,
    description: "spot prices of metals",
  });
  await offer(north.instance, north.agent, "swap", { ...what, description: "metals for metals" });
  return { broker, platform, observer: { ...watching, auditor, sibling }, north, south, market, terms, spot };
}
