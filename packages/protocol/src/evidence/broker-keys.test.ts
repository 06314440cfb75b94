/** The broker's keys are a chain for each use, and trust begins at a key that somebody holds [EVD-5]. */
import { expect, test } from "vitest";
import { statementTypes } from "../statements.js";
import { BrokerKeys, bundleKeysMax } from "./broker-keys.js";
import { verifierKey } from "./checkpoint.js";
import { keyOf, nodeCrypto, type TestKey } from "./testing/keys.js";
import { listed } from "./testing/made-bundle.js";
import { compact } from "./testing/made-story.js";

const [one, two, three] = [keyOf("1"), keyOf("2"), keyOf("3")];
const origin = "parley.example/logs/platform/era-1";
async function keysOf(given: readonly string[] | undefined, list: readonly TestKey[]): Promise<BrokerKeys> {
  const keys = new BrokerKeys(nodeCrypto, given);
  for (const [at, key] of list.entries())
    expect(await keys.add(listed("checkpoint", key, list[at - 1]))).toBeUndefined();
  return keys;
}

test("a key and those after it are trusted, those before it are not", async () => {
  const kids = async (...given: string[]) =>
    (await keysOf(given, [one, two, three])).trusted("checkpoint", origin)?.keys.map(({ kid }) => kid);
  expect(await kids(two.kid)).toEqual([two.kid, three.kid]);
  expect(await kids(three.x, one.x)).toEqual([one.kid, two.kid, three.kid]);
  expect(await kids(verifierKey(origin, three.x, nodeCrypto))).toEqual([three.kid]);
  expect(await kids(verifierKey(`${origin}1`, three.x, nodeCrypto))).toBeUndefined();
  expect(await kids(keyOf("other").kid)).toBeUndefined();
  expect(await kids()).toEqual([one.kid, two.kid, three.kid]);
});

test("a key for one use is none for the other", async () => {
  const keys = await keysOf([one.kid], [one]);
  expect(keys.trusted("receipt", origin)).toBeUndefined();
  expect(await keys.add(listed("receipt", two, one))).toMatchObject({ what: "key.endorsement" });
  expect(await keys.add(listed("receipt", two))).toBeUndefined();
});

test("an endorsement is of this key, by the one before, in exactly these members", async () => {
  const payload = JSON.stringify({ kty: "OKP", crv: "Ed25519", x: two.x });
  const typ = statementTypes.brokerKey;
  const wrong = [
    compact({ alg: "EdDSA", kid: one.kid, typ }, payload.replace(two.x, three.x), one),
    compact({ alg: "EdDSA", kid: one.kid, typ }, `${payload} `, one),
    compact({ alg: "EdDSA", kid: two.kid, typ }, payload, one),
    compact({ alg: "EdDSA", kid: one.kid, typ: statementTypes.receipt }, payload, one),
    compact({ alg: "HS256", kid: one.kid, typ }, payload, one),
    compact({ alg: "EdDSA", kid: one.kid, typ, crit: ["x"] }, payload, one),
    compact({ alg: "EdDSA", typ }, payload, one),
    compact({ alg: "EdDSA", kid: one.kid, typ }, payload, two),
    null,
    "none",
  ];
  for (const endorsement of wrong) {
    const keys = await keysOf(undefined, [one]);
    expect(await keys.add({ ...listed("checkpoint", two, one), endorsement })).toMatchObject({
      what: "key.endorsement",
    });
  }
});

test(`there are ${bundleKeysMax} of a use at most`, { timeout: 60_000 }, async () => {
  const list = Array.from({ length: bundleKeysMax + 1 }, (_, n) => keyOf(`many ${n}`));
  const keys = await keysOf(undefined, list.slice(0, bundleKeysMax));
  const [last, past] = list.slice(-2);
  if (last === undefined || past === undefined) throw new TypeError("there are keys");
  expect(await keys.add(listed("checkpoint", past, last))).toMatchObject({ what: "line.order" });
});
