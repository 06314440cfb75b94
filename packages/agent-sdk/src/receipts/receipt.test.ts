import { makeId, problemOf, type ReceiptView } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { ParleyRefusal } from "../refusal.js";
import { claimsFor, issuer, type Made, madeReceipt, signingKey } from "../testing/made-receipt.js";
import { believed } from "./receipt.js";
import type { TrustedKeys } from "./trusted-keys.js";

const organisation = makeId("organisation");
const home = { issuer, organisation };
let made: Made;
let strangers: Made;

const keysOf = ({ receipt, checkpoint }: Made) =>
  ({
    one: async (_use: string, kid: string) => (kid === receipt.view.kid ? receipt.view : undefined),
    all: async () => [checkpoint.view],
  }) as unknown as TrustedKeys;

beforeAll(async () => {
  const pair = async () => ({
    receipt: await signingKey("receipt"),
    checkpoint: await signingKey("checkpoint"),
  });
  [made, strangers] = [await pair(), await pair()];
});

describe("a receipt [EVD-6]", () => {
  test("is believed where the broker has signed it, and its end is in the signed log", async () => {
    const claims = claimsFor(organisation);
    const receipt = await believed(await madeReceipt(made, organisation, claims), home, keysOf(made));
    expect(receipt.claims).toEqual(claims);
    expect(receipt.session).toBe(claims.session);
  });

  const spoiled: readonly (readonly [string, (fit: ReceiptView) => ReceiptView | Promise<ReceiptView>])[] = [
    [
      "by a key that nobody knows",
      async () => madeReceipt({ ...made, receipt: strangers.receipt }, organisation),
    ],
    [
      "with a head by a stranger",
      async () => madeReceipt({ ...made, checkpoint: strangers.checkpoint }, organisation),
    ],
    ["in another spelling", () => madeReceipt(made, organisation, undefined, (text) => ` ${text}`)],
    [
      "of another broker",
      () => madeReceipt(made, organisation, { ...claimsFor(organisation), iss: "https://other.example" }),
    ],
    ["of others", () => madeReceipt(made, organisation, claimsFor(makeId("organisation")))],
    ["in another log", () => madeReceipt(made, makeId("organisation"), claimsFor(organisation))],
    ["of another session", (fit) => ({ ...fit, session: makeId("session") })],
    ["under another type", async (fit) => ({ ...fit, statement: await made.receipt.sign("{}", "at+jwt") })],
    ["that is no statement", (fit) => ({ ...fit, statement: "nothing" })],
    ["whose end is another", (fit) => withProof(fit, { head: { ...fit.proof.head, position: 8 } })],
    ["whose end was in another second", (fit) => withProof(fit, { head: { ...fit.proof.head, second: 8 } })],
    ["at another leaf", (fit) => withProof(fit, { leaf: 0 })],
    ["with another proof", (fit) => withProof(fit, { hashes: [...fit.proof.hashes].reverse() })],
    ["with another size", (fit) => withProof(fit, { size: 4 })],
    ["under a head that is none", (fit) => withProof(fit, { checkpoint: "nothing" })],
    [
      "under a head that was changed",
      (fit) => withProof(fit, { checkpoint: fit.proof.checkpoint.replace("\n3\n", "\n4\n"), size: 4 }),
    ],
  ];

  test.each(spoiled)("%s is not believed", async (_what, spoil) => {
    const shown = await spoil(await madeReceipt(made, organisation));
    const judged = believed(shown, home, keysOf(made));
    await expect(judged).rejects.toMatchObject({ name: "ReceiptDiffers", shown, retry: "never" });
  });
});

test("a broker that is busy is not accused of anything", async () => {
  const busy = new ParleyRefusal(problemOf({ code: "broker.busy" }));
  const keys = { ...keysOf(made), one: () => Promise.reject(busy) } as unknown as TrustedKeys;
  await expect(believed(await madeReceipt(made, organisation), home, keys)).rejects.toBe(busy);
});

const withProof = (fit: ReceiptView, proof: Partial<ReceiptView["proof"]>): ReceiptView => ({
  ...fit,
  proof: { ...fit.proof, ...proof },
});
