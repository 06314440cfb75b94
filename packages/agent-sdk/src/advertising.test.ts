import {
  advertisementClaims,
  advertisementText,
  type ContractView,
  completeAdvertisement,
  completeTerms,
  contractClaims,
  createContractRequest,
  createVersionRequest,
  defaultContract,
  defaultTermsDigest,
  makeId,
  type TermsRequest,
  termsText,
} from "@parley/protocol";
import { expect, test } from "vitest";
import type { Advertised } from "./advertising.js";
import { sha256 } from "./statements.js";
import { refuse } from "./testing/fake-calls.js";
import { digest, offerOf, type Town, town } from "./testing/town.js";
import { passSpeaking } from "./testing/watched-agent.js";

const channel = makeId("workgroup");
const terms: TermsRequest = { acceptance: "open" };
const termsDigest = await sha256(termsText(completeTerms(terms)));

/** A town where `markets-co/channel` is, and this agent's organisation has these contracts. */
async function market(contracts: readonly ContractView[] = []): Promise<Town> {
  const there = await town();
  const { routes } = there.broker;
  routes.set("GET /v1/workgroups/markets-co%2Fchannel", () => ({ status: 200, body: workgroup(there) }));
  routes.set("GET /v1/contracts", () => ({ status: 200, body: { items: contracts, nextCursor: null } }));
  there.calls.answers.advertise = () => ({ ...offer, id: offer.advertisement, workgroups: [] });
  return there;
}

const offer = { ...offerOf(), state: "active", version: 1 };

const workgroup = ({ broker }: Town) => ({
  id: channel,
  name: "channel",
  address: "markets-co/channel",
  owner: { id: broker.organisationId, name: "markets-co" },
  purpose: "quotes",
  rules: "",
  admission: "owner",
  state: "active",
  organisations: [],
  createdAt: "2026-01-05T09:00:00.000Z",
});

const contractOf = (organisation: ContractView["organisation"], said: string): ContractView => ({
  id: makeId("contract"),
  name: "quick",
  organisation,
  createdAt: null,
  latest: {
    contract: makeId("contract"),
    number: 1,
    termsDigest: said,
    terms: completeTerms({}),
    createdAt: null,
  },
});

const advertised: Advertised = {
  capabilities: [{ name: "markets.equity" }],
  workgroups: ["markets-co/channel"],
};

test("publishes by address, under the default terms, signed over the complete advertisement [STM-4]", async () => {
  const there = await market();
  const view = await there.agent.advertise("equity-feed", advertised);
  expect(view.id).toBe(offer.advertisement);
  const call = await there.calls.received("advertise");
  const contract = { id: defaultContract, termsDigest: defaultTermsDigest };
  expect(call).toMatchObject({ name: "equity-feed", workgroups: [channel], contract });
  const claims = await there.broker.readStatement(call.statement, "parley-advertisement+jwt");
  const content = completeAdvertisement({ ...call, agent: there.broker.agentId });
  expect(advertisementClaims.parse(claims)).toMatchObject({
    agent: there.broker.agentId,
    digest: await sha256(advertisementText(content)),
  });
});

test("an address means for the life of the agent what it meant at first", async () => {
  const there = await market();
  await there.agent.advertise("equity-feed", advertised);
  there.broker.routes.set("GET /v1/workgroups/markets-co%2Fchannel", () => ({
    status: 200,
    body: { ...workgroup(there), id: makeId("workgroup") },
  }));
  await there.agent.advertise("equity-feed", advertised);
  expect(there.calls.of("advertise").map(({ workgroups }) => workgroups)).toEqual([[channel], [channel]]);
});

test("an id is not looked up; what was not found is looked up again", async () => {
  const there = await market();
  const { routes } = there.broker;
  await there.agent.advertise("equity-feed", { ...advertised, workgroups: [channel] });
  const late = { ...advertised, workgroups: ["late"] };
  await expect(there.agent.advertise("equity-feed", late)).rejects.toMatchObject({ code: "not-found" });
  routes.set("GET /v1/workgroups/late", () => ({ status: 200, body: workgroup(there) }));
  await there.agent.advertise("equity-feed", late);
  expect(there.calls.of("advertise")).toHaveLength(2);
});

test("a contract that is not there is made, signed over the complete terms [STM-3]", async () => {
  const foreign = contractOf({ id: makeId("organisation"), name: "other" }, termsDigest);
  const there = await market([foreign]);
  const id = makeId("contract");
  there.broker.routes.set("POST /v1/contracts", () => ({ status: 201, body: { id } }));
  await there.agent.advertise("equity-feed", { ...advertised, contract: { name: "quick", terms } });
  const [made] = there.broker.requests("/v1/contracts").filter(({ method }) => method === "POST");
  const body = createContractRequest.parse(JSON.parse(made?.body ?? ""));
  expect(body).toMatchObject({ name: "quick", terms });
  const claims = await there.broker.readStatement(body.statement, "parley-contract+jwt");
  expect(contractClaims.parse(claims)).toMatchObject({ name: "quick", termsDigest });
  expect((await there.calls.received("advertise")).contract).toEqual({ id, termsDigest });
});

test("the same terms are the same version; others are a new one of the same contract", async () => {
  const there = await market();
  const own = contractOf({ id: there.broker.organisationId, name: "markets-co" }, termsDigest);
  const body = { items: [own], nextCursor: null };
  there.broker.routes.set("GET /v1/contracts", () => ({ status: 200, body }));
  await there.agent.advertise("equity-feed", { ...advertised, contract: { name: "quick", terms } });
  const path = `/v1/contracts/${own.id}/versions`;
  there.broker.routes.set(`POST ${path}`, () => ({ status: 201, body: {} }));
  const other = { name: "quick", terms: { ...terms, maxEnvelopes: 3 } };
  await there.agent.advertise("equity-feed", { ...advertised, contract: other });
  const [made, more] = there.broker.requests(path);
  expect(createVersionRequest.parse(JSON.parse(made?.body ?? ""))).toMatchObject({ terms: other.terms });
  expect(more).toBeUndefined();
  const digests = there.calls.of("advertise").map(({ contract }) => contract);
  expect(digests[0]).toEqual({ id: own.id, termsDigest });
  expect(digests[1]).toEqual({
    id: own.id,
    termsDigest: await sha256(termsText(completeTerms(other.terms))),
  });
});

test("a contract that a sibling makes in the same moment is found", async () => {
  const there = await market();
  const own = contractOf({ id: there.broker.organisationId, name: "markets-co" }, termsDigest);
  const { routes } = there.broker;
  const taken = { type: "t", title: "t", status: 409, code: "contract.name-taken" };
  routes.set("POST /v1/contracts", () => {
    routes.set("GET /v1/contracts", () => ({ status: 200, body: { items: [own], nextCursor: null } }));
    return { status: 409, body: taken };
  });
  await there.agent.advertise("equity-feed", { ...advertised, contract: { name: "quick", terms } });
  expect((await there.calls.received("advertise")).contract.id).toBe(own.id);
});

test("a version that is known is named as it is", async () => {
  const there = await market();
  const contract = { id: makeId("contract"), termsDigest: digest };
  await there.agent.advertise("equity-feed", { ...advertised, contract });
  expect((await there.calls.received("advertise")).contract).toEqual(contract);
  expect(there.broker.requests("/v1/contracts")).toEqual([]);
});

test("a refusal comes as it is", async () => {
  const there = await market();
  there.calls.answers.advertise = () => refuse({ code: "membership.right", rule: "offer" });
  await expect(there.agent.advertise("equity-feed", advertised)).rejects.toMatchObject({
    code: "membership.right",
    rule: "offer",
  });
});

test("retracts by name", async () => {
  const there = await market();
  there.calls.answers.retract = () => ({
    ...offer,
    id: offer.advertisement,
    workgroups: [],
    state: "retracted",
  });
  expect(await there.agent.retract("equity-feed")).toMatchObject({ state: "retracted" });
  expect(await there.calls.received("retract")).toMatchObject({ name: "equity-feed" });
});

test("a statement is signed by the key that the connection shows, also right after it was replaced", async () => {
  const there = await market();
  const { answers } = there.calls;
  const { advertise } = answers;
  const shown: number[] = [];
  answers.advertise = (call) => {
    shown.push(there.broker.renewals);
    return advertise?.(call);
  };
  await there.agent.client.replaceKey();
  await there.agent.advertise("equity-feed", advertised);
  const { statement } = await there.calls.received("advertise");
  await there.broker.readStatement(statement, "parley-advertisement+jwt");
  expect(shown).toEqual([1]);
});

test("however many sign after the key was replaced, the connection is renewed once [SOC-7]", async () => {
  const there = await market();
  await there.agent.client.replaceKey();
  await Promise.all(["one", "two", "three"].map((name) => there.agent.advertise(name, advertised)));
  expect(there.broker.renewals).toBe(1);
  expect(there.agent.state.state).toBe("connected");
  expect(there.broker.complaints).toEqual(["nonce undefined"]);
});

test("a renewal whose time has come and the showing of a new key are one [SOC-7]", async () => {
  const there = await market();
  await passSpeaking(there, 199_000);
  await there.agent.client.replaceKey();
  there.clock.step(1_000);
  // By its id: nothing is looked up first, so that both want the renewal in the same moment.
  await there.agent.advertise("equity-feed", { ...advertised, workgroups: [channel] });
  expect(there.broker.renewals).toBe(1);
  const { statement } = await there.calls.received("advertise");
  await there.broker.readStatement(statement, "parley-advertisement+jwt");
  expect(there.agent.state.state).toBe("connected");
});

test("a key that is replaced between the signature and the judgement signs the same words again", async () => {
  const there = await market();
  const { answers } = there.calls;
  const { advertise } = answers;
  answers.advertise = async () => {
    await there.agent.client.replaceKey();
    if (advertise !== undefined) answers.advertise = advertise;
    return refuse({ code: "key.replaced" });
  };
  await there.agent.advertise("equity-feed", advertised);
  const { statement } = await there.calls.received("advertise", 2);
  await there.broker.readStatement(statement, "parley-advertisement+jwt");
});

test("a statement that is refused though the key is the same is not signed again", async () => {
  const there = await market();
  there.calls.answers.advertise = () => refuse({ code: "statement.invalid", digest });
  await expect(there.agent.advertise("equity-feed", advertised)).rejects.toMatchObject({
    code: "statement.invalid",
    digest,
  });
  expect(there.calls.of("advertise")).toHaveLength(1);
});
