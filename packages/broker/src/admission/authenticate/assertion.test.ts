import { limits, makeId, statementTypes } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { fresh } from "../testing/person.js";
import { makeSigner, type Signer } from "../testing/signing.js";
import { checkAssertion } from "./assertion.js";
import { openNonces } from "./nonce.js";

const issuer = "https://broker.example";
const now = 30_000_000 * 60_000;
const seconds = now / 1_000;
const principal = makeId("instance");
let signer: Signer;

beforeAll(async () => {
  signer = await makeSigner();
});

const right = () => ({
  iss: principal,
  sub: principal,
  aud: issuer,
  iat: seconds,
  exp: seconds + 60,
  jti: fresh(),
});
const check = async (over: object = {}, { at = now, nonces = openNonces(), by = signer } = {}) => {
  const header = { alg: "EdDSA", typ: statementTypes.assertion };
  const assertion = await by.sign(header, { ...right(), ...over });
  return checkAssertion(assertion, signer.publicKey, {
    issuer,
    now: at,
    nonces,
    thumbprint: signer.thumbprint,
  });
};
const invalid = { code: "assertion.invalid" };

describe("a client assertion [ID-5]", () => {
  test("says who asks", async () => {
    expect(await check()).toEqual({ principal });
    const operator = makeId("operator");
    expect(await check({ iss: operator, sub: operator })).toEqual({ principal: operator });
  });

  test("is refused when another key has signed it than the proof", async () => {
    expect(await check({}, { by: await makeSigner() })).toEqual(invalid);
  });

  test.each<[string, object]>([
    ["another broker's", { aud: "https://other.example" }],
    ["for the token endpoint", { aud: `${issuer}/oauth/token` }],
    ["with a slash behind the issuer", { aud: `${issuer}/` }],
    ["with the issuer in a list", { aud: [issuer] }],
    ["by another than it is about", { iss: makeId("instance") }],
    ["about another than it is by", { sub: makeId("instance") }],
    ["of an agent", { iss: makeId("agent"), sub: makeId("agent") }],
    [
      "of an organisation in both",
      { iss: "org_00000000000000000000000000", sub: "org_00000000000000000000000000" },
    ],
    ["of nobody", { iss: "", sub: "" }],
    ["of a name", { iss: "feed", sub: "feed" }],
    ["without an end", { exp: undefined }],
    ["that ends before it begins", { exp: seconds - 1 }],
    ["that ends as it begins", { exp: seconds }],
    ["that lives a hundred years", { exp: seconds + 3_153_600_000 }],
    ["with a jti too short to come once", { jti: "1234567" }],
    ["with a jti beyond measure", { jti: "a".repeat(129) }],
    ["with a jti of other letters", { jti: "jti 00000001" }],
  ])("is refused: one %s", async (_title, over) => {
    expect(await check(over)).toEqual(invalid);
  });

  test("lives a minute at most [assertionSecondsMax]", async () => {
    const max = limits.assertionSecondsMax;
    expect(await check({ exp: seconds + max })).toEqual({ principal });
    expect(await check({ exp: seconds + max + 1 })).toEqual(invalid);
  });

  test("is believed two seconds before and after its time, for the seconds of the Date header [ID-18]", async () => {
    const at = (ms: number) => check({}, { at: now + ms });
    expect(await at(-2_000)).toEqual({ principal });
    expect(await at(-2_001)).toEqual(invalid);
    expect(await at(61_999)).toEqual({ principal });
    expect(await at(62_000)).toEqual(invalid);
  });

  test("works once", async () => {
    const nonces = openNonces();
    const jti = fresh();
    expect(await check({ jti }, { nonces })).toEqual({ principal });
    expect(await check({ jti }, { nonces })).toEqual({ code: "access.replayed" });
  });

  test("is turned away as busy when there is no room to remember it", async () => {
    expect(await check({}, { nonces: openNonces({ rememberedMax: 0 }) })).toMatchObject({
      code: "broker.busy",
    });
  });
});
