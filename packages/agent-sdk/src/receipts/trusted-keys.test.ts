import type { BrokerKeyView } from "@parley/protocol";
import { expect, test } from "vitest";
import type { BrokerClient } from "../broker-client.js";
import { type Signing, signingKey } from "../testing/made-receipt.js";
import { TrustedKeys } from "./trusted-keys.js";

/** A client that was enrolled with these keys, at a broker that shows those now. */
function knowing(enrolled: readonly Signing[], shown: () => readonly Signing[]) {
  const asked: string[] = [];
  const client = {
    issuer: "https://broker.example",
    identity: { enrolment: { brokerKeys: enrolled.map(({ view }) => view) } },
    exchange: {
      send: async ({ url }: { url: string }) => {
        asked.push(url);
        return { status: 200, body: { keys: shown().map(({ view }) => view) } };
      },
    },
  } as unknown as BrokerClient;
  return { keys: new TrustedKeys(client), asked };
}

const kidsOf = (keys: readonly BrokerKeyView[]) => keys.map(({ kid }) => kid);

test("those that the broker named at the enrolment are trusted, and nothing is asked", async () => {
  const first = await signingKey("receipt");
  const { keys, asked } = knowing([first], () => []);
  expect(await keys.one("receipt", first.view.kid)).toEqual(first.view);
  expect(asked).toEqual([]);
});

test("those after them are, each endorsed by the one before [EVD-5]", async () => {
  const first = await signingKey("receipt");
  const second = await signingKey("receipt", first);
  const third = await signingKey("receipt", second);
  const { keys, asked } = knowing([first], () => [first, second, third]);
  expect((await keys.one("receipt", third.view.kid))?.kid).toBe(third.view.kid);
  expect(asked).toEqual(["https://broker.example/.well-known/jwks.json"]);
});

test("one that nobody has endorsed is not, nor one that a stranger has, nor those after it [EVD-5]", async () => {
  const first = await signingKey("receipt");
  const stranger = await signingKey("receipt");
  const bare = await signingKey("receipt");
  const forged = await signingKey("receipt", stranger);
  const after = await signingKey("receipt", forged);
  const { keys } = knowing([first], () => [first, bare, forged, after]);
  for (const { view } of [bare, forged, after]) expect(await keys.one("receipt", view.kid)).toBeUndefined();
});

test("an endorsement is of this key, and says so as one", async () => {
  const first = await signingKey("receipt");
  const second = await signingKey("receipt", first);
  const other = await signingKey("receipt");
  const borrowed = {
    ...other,
    view: { ...other.view, "parley:endorsement": second.view["parley:endorsement"] },
  };
  const { keys } = knowing([first], () => [first, borrowed]);
  expect(await keys.one("receipt", other.view.kid)).toBeUndefined();
});

test("a key for something else is none for this", async () => {
  const checkpoint = await signingKey("checkpoint");
  const { keys } = knowing([checkpoint], () => [checkpoint]);
  expect(await keys.one("receipt", checkpoint.view.kid)).toBeUndefined();
  expect(kidsOf(await keys.all("checkpoint", false))).toEqual([checkpoint.view.kid]);
});

test("an identity that was told of none trusts the first that it is shown, and no other first later", async () => {
  const first = await signingKey("receipt");
  const other = await signingKey("receipt");
  let shown = [first];
  const { keys } = knowing([], () => shown);
  expect((await keys.one("receipt", first.view.kid))?.kid).toBe(first.view.kid);
  shown = [other];
  expect(await keys.one("receipt", other.view.kid)).toBeUndefined();
});
