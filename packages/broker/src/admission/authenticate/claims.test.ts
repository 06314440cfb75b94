import {
  accessClaims,
  assertionClaims,
  enrolmentClaims,
  helloClaims,
  keyReplacementClaims,
  proofClaims,
  statementTypes,
} from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { withPart } from "../testing/forging.js";
import { makeSigner, type Signer } from "../testing/signing.js";
import { readCompact, verifyStatement } from "./jws.js";

const thumbprint = "A".repeat(43);
const typ = statementTypes.enrolment;
const claims = { aud: "https://broker.example", tokenDigest: thumbprint };
let signer: Signer;
let _other: Signer;

beforeAll(async () => {
  signer = await makeSigner();
  _other = await makeSigner();
});

const header = (over: object = {}) => ({ alg: "EdDSA", typ, jwk: signer.publicKey, ...over });
const verify = (jws: string) => verifyStatement(jws, typ, enrolmentClaims);
const jti = "jti-00000001";
const kinds: readonly [string, z.ZodType, Readonly<Record<string, unknown>>][] = [
  ["enrolment", enrolmentClaims, claims],
  ["assertion", assertionClaims, { iss: "a", sub: "a", aud: "b", iat: 1, exp: 2, jti }],
  ["proof", proofClaims, { jti, htm: "GET", htu: "u", iat: 1, nonce: "n", ath: thumbprint }],
  ["hello", helloClaims, { aud: "b", nonce: "n", ath: thumbprint }],
  [
    "keyReplacement",
    keyReplacementClaims,
    { iss: "a", aud: "b", iat: 1, oldKey: thumbprint, newKey: thumbprint },
  ],
  [
    "access",
    accessClaims,
    { iss: "b", aud: "b", sub: "a", client_id: "a", iat: 1, exp: 2, jti, gen: "0", cnf: { jkt: thumbprint } },
  ],
];
const optional = new Set(["proof nonce", "proof ath"]);
const numbers = [1.5, -1, 2 ** 53, "1", "1e400", true];
const texts = [1, ["text"], { text: 1 }, true];
const wrongFor = (value: unknown): readonly unknown[] =>
  typeof value === "number"
    ? numbers
    : typeof value === "object"
      ? ["text", [value], { ...value, more: 1 }]
      : texts;

const wrongClaims = kinds.flatMap(([name, schema, right]) => [
  ...Object.entries(right).flatMap(([claim, value]) => [
    ...(optional.has(`${name} ${claim}`) ? [] : [{ name, schema, right, claim, wrong: undefined }]),
    ...[null, ...wrongFor(value)].map((wrong) => ({ name, schema, right, claim, wrong })),
  ]),
  { name, schema, right, claim: "more", wrong: 1 },
  { name, schema, right, claim: "nbf", wrong: 1 },
]);

describe("the claims of a statement [ID-13]", () => {
  test.each(kinds)("of %s are taken when they are what they should be", async (name, schema, right) => {
    const of = statementTypes[name as keyof typeof statementTypes];
    expect(await verifyStatement(await signer.state(of, right), of, schema)).toMatchObject({ claims: right });
  });

  test.each(wrongClaims)(
    "of $name are refused with $claim $wrong",
    async ({ name, schema, right, claim, wrong }) => {
      const of = statementTypes[name as keyof typeof statementTypes];
      const jws = await signer.state(of, { ...right, [claim]: wrong });
      expect(await verifyStatement(jws, of, schema)).toBeUndefined();
    },
  );

  test.each([
    ["a claim twice", `{"aud":"a","aud":"b","tokenDigest":"${thumbprint}"}`],
    ["a number that is none", `{"aud":"a","tokenDigest":1e400}`],
    ["a list", "[]"],
    ["text", '"aud"'],
    ["null", "null"],
    ["two values", "{}{}"],
    ["__proto__", `{"__proto__":{"aud":"a","tokenDigest":"${thumbprint}"}}`],
    ["a lone surrogate", `{"aud":"\\ud800","tokenDigest":"${thumbprint}"}`],
    ["audiences in a list", `{"aud":["${claims.aud}"],"tokenDigest":"${thumbprint}"}`],
  ])("are refused as %s", async (_title, text) => {
    expect(await verify(await signer.sign(header(), text))).toBeUndefined();
  });

  test("are read only when the bytes are UTF-8", async () => {
    const jws = await signer.sign(header(), claims);
    const bytes = Buffer.from('{"aud":"\xff"}', "latin1").toString("base64url");
    expect(readCompact(withPart(jws, 1, () => bytes))).toBeUndefined();
  });
});
