import { acceptanceClaims, completeTerms, makeId, type SessionView } from "@parley/protocol";
import { expect, test } from "vitest";
import { signAcceptance } from "./binding-statements.js";
import { BrokerClient } from "./broker-client.js";
import { NotAsShown, ParleyFault } from "./fault.js";
import { claimsOf, proposedAs, stated, statementOf } from "./testing/signed-proposal.js";
import { digest, sessionOf } from "./testing/town.js";
import { enrolled, type World, world } from "./testing/world.js";

async function provider(): Promise<{ there: World; client: BrokerClient; view: SessionView }> {
  const there = await world();
  const { broker, clock } = there;
  const client = new BrokerClient({ identity: await enrolled(there), clock, broker: broker.issuer });
  return { there, client, view: sessionOf(there, "provider", { purpose: "morning brief" }) };
}

test("an acceptance is of the digest that is computed from the proposal's own text [STM-6]", async () => {
  const { there, client, view } = await provider();
  const statement = await signAcceptance(client, view);
  const read = await there.broker.readStatement(statement, "parley-acceptance+jwt");
  const iat = Math.floor(there.broker.nowMs() / 1_000);
  const { issuer, principalId } = there.broker;
  const said = { session: view.id, proposal: view.proposalDigest };
  expect(acceptanceClaims.parse(read)).toEqual({ iss: principalId, aud: issuer, iat, ...said });
});

test("and so is one of a proposal without a purpose", async () => {
  const { there, client } = await provider();
  await expect(signAcceptance(client, sessionOf(there, "provider"))).resolves.toBeTypeOf("string");
});

type Forged = (view: SessionView, issuer: string) => Partial<SessionView>;
const other = {
  instance: makeId("instance"),
  proposal: makeId("proposal"),
  advertisement: makeId("advertisement"),
  workgroup: makeId("workgroup"),
};

/** Signed by whoever holds some key, with other words than the session shows. */
const signing =
  (claims: object): Forged =>
  (view, issuer) =>
    stated(statementOf({ ...claimsOf(view, issuer), ...claims }));

const forgeries: readonly (readonly [rule: string, what: string, forged: Forged])[] = [
  ["iss", "of another instance", signing({ iss: other.instance })],
  ["iss", "of nobody who is shown", ({ consumer }) => ({ consumer: { ...consumer, instance: null } })],
  ["aud", "for another broker", signing({ aud: "https://elsewhere.test" })],
  ["proposal", "with another id", signing({ proposal: other.proposal })],
  ["advertisement", "to another offer", signing({ advertisement: other.advertisement })],
  ["workgroup", "in another workgroup", signing({ workgroup: other.workgroup })],
  ["capability", "for another capability", signing({ capability: "markets.bonds" })],
  ["termsDigest", "under other terms", signing({ termsDigest: digest })],
  ["termsDigest", "under other terms than are shown", () => ({ terms: completeTerms({ maxEnvelopes: 3 }) })],
  ["purpose", "with another purpose", signing({ purpose: "evening brief" })],
  ["purpose", "with a purpose that is not shown", () => ({ purpose: null })],
  ["proposalDigest", "of which another digest is stated", () => ({ proposalDigest: digest })],
  ["proposalStatement", "with a claim that does not belong there", signing({ exp: 9_999_999_999 })],
  [
    "proposalStatement",
    "that is another statement",
    (view, issuer) => stated(statementOf(claimsOf(view, issuer), "parley-acceptance+jwt")),
  ],
  ["proposalStatement", "that is no statement", () => stated("proposal")],
  [
    "proposalStatement",
    "whose words were changed",
    ({ proposalStatement, ...view }, issuer) => {
      const [head, , signature] = proposalStatement.split(".");
      const [, claims] = proposedAs({ ...view, purpose: "evening brief" }, issuer).proposalStatement.split(
        ".",
      );
      return { purpose: "evening brief", ...stated([head, claims, signature].join(".")) };
    },
  ],
];

test.each(forgeries)(
  "no proposal is accepted whose %s is not as shown: %s [STM-6]",
  async (rule, _what, forged) => {
    const { there, client, view } = await provider();
    const shown = { ...view, ...forged(view, there.broker.issuer) };
    const error = await signAcceptance(client, shown).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotAsShown);
    expect(error).toBeInstanceOf(ParleyFault);
    expect(error).toMatchObject({ name: "NotAsShown", rule, retry: "never" });
  },
);

test("what waits for no answer is not accepted", async () => {
  const { client, view } = await provider();
  await expect(signAcceptance(client, { ...view, state: "accepted" })).rejects.toThrow("it is accepted");
});
