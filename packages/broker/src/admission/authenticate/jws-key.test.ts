import { generateKeyPairSync } from "node:crypto";
import { enrolmentClaims, statementTypes } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { respelled } from "../testing/forging.js";
import { encoded, makeSigner, type Signer } from "../testing/signing.js";
import { isSoundKey, verifyStatement } from "./jws.js";

const thumbprint = "A".repeat(43);
const typ = statementTypes.enrolment;
const claims = { aud: "https://broker.example", tokenDigest: thumbprint };
let signer: Signer;
let other: Signer;

beforeAll(async () => {
  signer = await makeSigner();
  other = await makeSigner();
});

const header = (over: object = {}) => ({ alg: "EdDSA", typ, jwk: signer.publicKey, ...over });
const verify = (jws: string) => verifyStatement(jws, typ, enrolmentClaims);
type Forge = () => Promise<string> | string;
const signedWith = (over: object | (() => object)): Forge => {
  return () => signer.sign(header(typeof over === "function" ? over() : over), claims);
};

const ofSmallOrder = [
  `01${"00".repeat(31)}`,
  "00".repeat(32),
  `${"00".repeat(31)}80`,
  `01${"00".repeat(30)}80`,
  `ec${"ff".repeat(30)}7f`,
  `ec${"ff".repeat(30)}ff`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];
const notCanonical = [
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}ff`,
  `${"ff".repeat(31)}7f`,
  "ff".repeat(32),
];
const xOf = (hex: string): string => Buffer.from(hex, "hex").toString("base64url");
const jwk = (over: object | (() => object)): Forge =>
  signedWith(() => ({ jwk: { ...signer.publicKey, ...(typeof over === "function" ? over() : over) } }));

describe("a signed statement is refused for its key [ID-2]:", () => {
  test.each<[string, Forge]>([
    ["a private key", jwk({ d: "A".repeat(43) })],
    ["a kid inside", jwk({ kid: "1" })],
    ["an alg inside", jwk({ alg: "EdDSA" })],
    ["a use inside", jwk({ use: "sig" })],
    ["another type of key", jwk({ kty: "EC" })],
    ["a secret", signedWith({ jwk: { kty: "oct", k: "c2VjcmV0" } })],
    ["another curve of the same type", jwk({ crv: "X25519" })],
    ["a longer curve", jwk({ crv: "Ed448", x: "A".repeat(76) })],
    [
      "a key for ECDSA",
      signedWith(() => {
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        return { jwk: publicKey.export({ format: "jwk" }) };
      }),
    ],
    ["somebody else's key", signedWith(() => ({ jwk: other.publicKey }))],
    ["x in another spelling of the same bytes", jwk(() => ({ x: respelled(signer.publicKey.x) }))],
    ["x with padding", jwk(() => ({ x: `${signer.publicKey.x}=` }))],
    ["x in base64", jwk({ x: `${"+".repeat(42)}8` })],
    ["x a byte short", jwk({ x: "A".repeat(42) })],
    ["x a byte long", jwk({ x: "A".repeat(44) })],
    ["x as a number", jwk({ x: 1 })],
    ["no x", jwk({ x: undefined })],
    ["a key as text", signedWith({ jwk: "key" })],
    ["null", signedWith({ jwk: null })],
    ["a list of keys", signedWith(() => ({ jwk: [signer.publicKey] }))],
    ...ofSmallOrder.map((hex): [string, Forge] => [
      `a point of small order ${hex.slice(0, 4)}…${hex.slice(-2)}`,
      jwk({ x: xOf(hex) }),
    ]),
    ...notCanonical.map((hex): [string, Forge] => [
      `a point in a second spelling ${hex.slice(0, 4)}…${hex.slice(-2)}`,
      jwk({ x: xOf(hex) }),
    ]),
    ["a number that is no point", jwk({ x: xOf(`02${"00".repeat(31)}`) })],
  ])("%s", async (_title, forge) => {
    expect(await verify(await forge())).toBeUndefined();
  });

  test.each([...ofSmallOrder, ...notCanonical])("%s is not sound, whoever has signed [ID-2]", (hex) => {
    expect(isSoundKey({ kty: "OKP", crv: "Ed25519", x: xOf(hex) })).toBe(false);
  });

  test("a signature that fits every message under a point of small order is not believed [ID-2]", async () => {
    const identity = xOf(`01${"00".repeat(31)}`);
    const input = `${encoded(header({ jwk: { ...signer.publicKey, x: identity } }))}.${encoded(claims)}`;
    const forged = Buffer.concat([Buffer.from(`01${"00".repeat(31)}`, "hex"), Buffer.alloc(32)]);
    expect(await verify(`${input}.${forged.toString("base64url")}`)).toBeUndefined();
  });
});
