import { createHash } from "node:crypto";
import {
  advertisementClaims,
  advertisementText,
  completeAdvertisement,
  completeTerms,
  consentClaims,
  contractClaims,
  defaultContract,
  defaultTermsDigest,
  type InvitationView,
  makeId,
  proposalClaims,
  termsText,
} from "@parley/protocol";
import { expect, test } from "vitest";
import {
  charterDigestOf,
  consentTo,
  organisationOf,
  type Signer,
  signAdvertisement,
  signContract,
  signProposal,
  termsDigestOf,
} from "./binding-statements.js";
import { BrokerClient } from "./broker-client.js";
import { digest } from "./testing/town.js";
import { enrolled, type World, world } from "./testing/world.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");

/** A client whose machine is three hours behind the broker. */
async function signer(): Promise<{ there: World; client: BrokerClient }> {
  const there = await world(3 * 3_600_000);
  const { broker, clock } = there;
  return {
    there,
    client: new BrokerClient({ identity: await enrolled(there), clock, broker: broker.issuer }),
  };
}

function invitation(there: World): InvitationView {
  const workgroup = {
    id: makeId("workgroup"),
    name: "channel",
    purpose: "quotes",
    rules: "",
    admission: "unanimous" as const,
    owner: makeId("organisation"),
  };
  return {
    id: makeId("invitation"),
    workgroup,
    organisations: [
      { id: makeId("organisation"), name: "b" },
      { id: workgroup.owner, name: "a" },
    ],
    inviter: { id: workgroup.owner, name: "a" },
    organisation: there.broker.organisationId,
    as: "member",
    introduction: "a bank",
    state: "open",
    digest,
    consented: [],
    awaited: [],
    createdAt: "2026-01-05T09:00:00.000Z",
    expiresAt: "2026-01-12T09:00:00.000Z",
  };
}

async function shown(view: InvitationView): Promise<InvitationView> {
  const { id, organisation, as, introduction, workgroup, organisations } = view;
  const charter = { workgroup, organisations, invitation: { id, organisation, as, introduction } };
  return { ...view, digest: await charterDigestOf(charter) };
}

const terms = { maxEnvelopes: 3, acceptance: "open" as const };
const said = {
  agent: makeId("agent"),
  name: "equity-feed",
  capabilities: [{ name: "markets.equity" }],
  workgroups: [makeId("workgroup"), makeId("workgroup")],
  contract: { id: defaultContract, termsDigest: defaultTermsDigest },
};
const proposed = {
  proposal: makeId("proposal"),
  advertisement: makeId("advertisement"),
  workgroup: makeId("workgroup"),
  capability: "markets.equity",
  termsDigest: defaultTermsDigest,
};

test.each<[string, string, { parse(value: unknown): unknown }, (by: Signer) => Promise<string>, object]>([
  [
    "a contract version, over its complete terms [STM-3]",
    "parley-contract+jwt",
    contractClaims,
    (by) => signContract(by, { name: "quick", terms }),
    { name: "quick", termsDigest: sha256(termsText(completeTerms(terms))) },
  ],
  [
    "an advertisement, complete, and the terms that it names [STM-4]",
    "parley-advertisement+jwt",
    advertisementClaims,
    (by) => signAdvertisement(by, said),
    {
      agent: said.agent,
      name: said.name,
      contract: defaultContract,
      termsDigest: defaultTermsDigest,
      digest: sha256(advertisementText(completeAdvertisement(said))),
    },
  ],
  [
    "a proposal, all of it [STM-5]",
    "parley-proposal+jwt",
    proposalClaims,
    (by) => signProposal(by, { ...proposed, purpose: "morning brief" }),
    { ...proposed, purpose: "morning brief" },
  ],
  [
    "a proposal without a purpose [STM-5]",
    "parley-proposal+jwt",
    proposalClaims,
    (by) => signProposal(by, proposed),
    proposed,
  ],
])("signs %s, in the broker's time", async (_what, typ, claims, sign, expected) => {
  const { there, client } = await signer();
  const statement = await sign(client);
  const read = await there.broker.readStatement(statement, typ);
  expect(claims.parse(read)).toEqual(read);
  const iat = Math.floor(there.broker.nowMs() / 1_000);
  expect(read).toEqual({ iss: there.broker.principalId, aud: there.broker.issuer, iat, ...expected });
});

test("consents to what it is shown, for its own organisation [STM-2]", async () => {
  const { there, client } = await signer();
  const view = await shown(invitation(there));
  const read = await there.broker.readStatement(await consentTo(client, view), "parley-consent+jwt");
  expect(consentClaims.parse(read)).toMatchObject({
    invitation: view.id,
    workgroup: view.workgroup.id,
    organisation: there.broker.organisationId,
    digest: view.digest,
  });
});

test.each<[string, (view: InvitationView) => InvitationView]>([
  ["another digest", (view) => ({ ...view, digest })],
  ["another purpose", (view) => ({ ...view, workgroup: { ...view.workgroup, purpose: "betting" } })],
  ["other rules", (view) => ({ ...view, workgroup: { ...view.workgroup, rules: "none" } })],
  ["another admission", (view) => ({ ...view, workgroup: { ...view.workgroup, admission: "owner" } })],
  [
    "one more that is in",
    (view) => ({
      ...view,
      organisations: [...view.organisations, { id: makeId("organisation"), name: "c" }],
    }),
  ],
  ["a hand-over", (view) => ({ ...view, as: "owner" })],
  ["another introduction", (view) => ({ ...view, introduction: "nobody" })],
  ["another who is invited", (view) => ({ ...view, organisation: makeId("organisation") })],
])("signs no digest that does not belong to what is shown: %s [STM-7]", async (_what, change) => {
  const { there, client } = await signer();
  const view = change(await shown(invitation(there)));
  await expect(consentTo(client, view)).rejects.toMatchObject({ name: "NotAsShown", rule: "digest" });
});

test("who is in counts, not the order in which they are listed", async () => {
  const { there, client } = await signer();
  const view = await shown(invitation(there));
  await consentTo(client, { ...view, organisations: [...view.organisations].reverse() });
});

test("the digest of the default terms is the one that protocol states [CON-1]", async () => {
  expect(await termsDigestOf({})).toBe(defaultTermsDigest);
});

test("the platform's operators speak for no organisation", async () => {
  const { there, client } = await signer();
  const spiffeId = `spiffe://parley.test/platform/operator/${makeId("operator")}`;
  await client.identity.enrolled({ ...there.broker.enrolled(), spiffeId }, 0);
  expect(() => organisationOf(client.identity)).toThrow("is of no organisation");
});
