import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { assertionClaims, enrolmentClaims, limits, statementTypes } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { respelled, withPart } from "../testing/forging.js";
import { encoded, makeSigner, type Signer } from "../testing/signing.js";
import { verifyStatement, verifyWithKey } from "./jws.js";

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
/** A header whose encoding ends in a character with bits to spare. */
const looseHeader = () => {
  const text = JSON.stringify(header());
  return text + " ".repeat((4 - (text.length % 3)) % 3);
};

describe("a signed statement [ID-13]", () => {
  test.each([
    ["EdDSA", "EdDSA"],
    ["Ed25519", "Ed25519"],
  ])("is believed under the algorithm's name %s", async (_title, alg) => {
    const jws = await signer.sign(header({ alg }), claims);
    expect(await verify(jws)).toEqual({
      claims,
      key: signer.publicKey,
      thumbprint: signer.thumbprint,
    });
  });

  test("may be as long as a token may be, and no longer [tokenLengthMax]", async () => {
    const jws = await signer.sign(header(), { ...claims, aud: "" });
    const room = limits.tokenLengthMax - jws.length;
    const long = (length: number) =>
      signer.sign(header(), { ...claims, aud: "a".repeat(Math.floor((length * 3) / 4)) });
    const fitting = await long(room);
    expect(fitting.length).toBeGreaterThan(limits.tokenLengthMax - 4);
    expect(fitting.length).toBeLessThanOrEqual(limits.tokenLengthMax);
    expect(await verify(fitting)).toBeDefined();
    const past = await long(room + 3);
    expect(past.length).toBeGreaterThan(limits.tokenLengthMax);
    expect(past.length).toBeLessThan(limits.tokenLengthMax + 4);
    expect(await verify(past)).toBeUndefined();
  });
});

type Forge = () => Promise<string> | string;
const signedWith = (over: object | (() => object)): Forge => {
  return () => signer.sign(header(typeof over === "function" ? over() : over), claims);
};

describe("a signed statement is refused for its header:", () => {
  test.each<[string, Forge]>([
    ["alg none, signed all the same", signedWith({ alg: "none" })],
    [
      "alg none, unsigned",
      async () => `${(await signedWith({ alg: "none" })()).split(".").slice(0, 2).join(".")}.`,
    ],
    ["alg HS256", signedWith({ alg: "HS256" })],
    ["alg RS256", signedWith({ alg: "RS256" })],
    ["alg ES256", signedWith({ alg: "ES256" })],
    ["alg ES512", signedWith({ alg: "ES512" })],
    ["alg Ed448", signedWith({ alg: "Ed448" })],
    ["alg in lower case", signedWith({ alg: "eddsa" })],
    ["alg as a list", signedWith({ alg: ["EdDSA"] })],
    ["alg null", signedWith({ alg: null })],
    ["no alg", signedWith({ alg: undefined })],
    ["no typ", signedWith({ typ: undefined })],
    ["typ JWT", signedWith({ typ: "JWT" })],
    ["typ as a media type", signedWith({ typ: `application/${typ}` })],
    ["typ in upper case", signedWith({ typ: typ.toUpperCase() })],
    ...Object.entries(statementTypes)
      .filter(([, of]) => of !== typ)
      .map(([name, of]): [string, Forge] => [`typ of a ${name} statement [ID-4]`, signedWith({ typ: of })]),
    ["no jwk", signedWith({ jwk: undefined })],
    ["crit that is empty", signedWith({ crit: [] })],
    ["crit with an extension", signedWith({ crit: ["exp"], exp: 1 })],
    ["crit b64", signedWith({ crit: ["b64"], b64: true })],
    ["b64 false", signedWith({ b64: false })],
    ["kid", signedWith({ kid: "1" })],
    ["x5c", signedWith({ x5c: [] })],
    ["jku", signedWith({ jku: "https://evil.example/jwks.json" })],
    ["cty", signedWith({ cty: "JWT" })],
    ["zip", signedWith({ zip: "DEF" })],
    ["alg twice", () => signer.sign(`{"alg":"none",${JSON.stringify(header()).slice(1)}`, claims)],
    ["__proto__", () => signer.sign(`{"__proto__":{},${JSON.stringify(header()).slice(1)}`, claims)],
    ["an array in place of the object", () => signer.sign([], claims)],
    ["null in place of the object", () => signer.sign("null", claims)],
    ["text in place of the object", () => signer.sign('"alg"', claims)],
    ["nothing in place of the object", () => signer.sign("", claims)],
    ["a byte order mark", () => signer.sign(`\ufeff${JSON.stringify(header())}`, claims)],
  ])("%s", async (_title, forge) => {
    expect(await verify(await forge())).toBeUndefined();
  });
});

/** Every byte of the signature with one bit turned, and every part in other spellings. */
const changed = (index: number, change: (part: string) => string): Forge => {
  return async () => withPart(await signer.sign(looseHeader(), claims), index, change);
};

describe("a signed statement is refused for its spelling [ID-13]:", () => {
  test("only what it should be is taken", async () => {
    expect(await verify(await signer.sign(looseHeader(), claims))).toBeDefined();
  });

  test.each<[string, Forge]>([
    ["a header that ends in other bits", changed(0, respelled)],
    ["a signature that ends in other bits", changed(2, respelled)],
    ["a header with padding", changed(0, (part) => `${part}=`)],
    ["claims with padding", changed(1, (part) => `${part}=`)],
    ["a signature with padding", changed(2, (part) => `${part}==`)],
    ["a space within", changed(1, (part) => `${part.slice(0, 4)} ${part.slice(4)}`)],
    ["a line break within", changed(2, (part) => `${part.slice(0, 4)}\n${part.slice(4)}`)],
    ["a space in front", async () => ` ${await signer.sign(header(), claims)}`],
    ["a line break behind", async () => `${await signer.sign(header(), claims)}\n`],
    ["base64 in place of base64url", changed(2, (part) => `+/${part.slice(2)}`)],
    ["a signature a byte short", changed(2, (part) => part.slice(0, -2))],
    ["a signature a byte long", changed(2, (part) => `${part}AA`)],
    ["no signature", changed(2, () => "")],
    ["a signature of zeros", changed(2, () => "A".repeat(86))],
    ["no claims", changed(1, () => "")],
    ["two parts", async () => (await signer.sign(header(), claims)).split(".").slice(0, 2).join(".")],
    ["four parts", async () => `${await signer.sign(header(), claims)}.`],
    ["five parts, as if encrypted", async () => `${await signer.sign(header(), claims)}.AA.AA`],
    ["nothing at all", () => ""],
    ["dots alone", () => ".."],
    ["JSON serialisation", async () => JSON.stringify({ payload: await signer.sign(header(), claims) })],
    [
      "a statement within a statement",
      async () => signer.sign(header(), await signer.sign(header(), claims)),
    ],
    ["a megabyte", async () => signer.sign(header(), { ...claims, aud: "a".repeat(1_000_000) })],
    ["a megabyte of dots", () => ".".repeat(1_000_000)],
    ["depth", () => signer.sign(header(), `{"aud":${"[".repeat(900)}${"]".repeat(900)}}`)],
    ["claims of another", async () => withPart(await signer.sign(header(), claims), 1, () => encoded({}))],
  ])("%s", async (_title, forge) => {
    expect(await verify(await forge())).toBeUndefined();
  });

  test("every single turned bit of the signature", async () => {
    const jws = await signer.sign(header(), claims);
    const signature = Buffer.from(jws.split(".")[2] ?? "", "base64url");
    for (let byte = 0; byte < signature.length; byte++) {
      const turned = Buffer.from(signature);
      turned.writeUInt8(turned.readUInt8(byte) ^ (1 << (byte % 8)), byte);
      expect(await verify(withPart(jws, 2, () => turned.toString("base64url")))).toBeUndefined();
    }
  });

  test("the public key taken for a shared secret", async () => {
    const input = `${encoded(header({ alg: "HS256" }))}.${encoded(claims)}`;
    const key = Buffer.from(signer.publicKey.x, "base64url");
    const mac = createHmac("sha256", key).update(input).digest();
    const padded = Buffer.concat([mac, Buffer.alloc(32)]).toString("base64url");
    expect(await verify(`${input}.${padded}`)).toBeUndefined();
  });

  test("a signature of ECDSA that is as long as ours", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const input = `${encoded(header())}.${encoded(claims)}`;
    const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
    expect(await verify(`${input}.${signature.toString("base64url")}`)).toBeUndefined();
  });
});

describe("a statement of a known key", () => {
  const right = { iss: "a", sub: "a", aud: "b", iat: 1, exp: 2, jti: "jti-00000001" };
  const check = (jws: string, by: Signer = signer) =>
    verifyWithKey(jws, statementTypes.assertion, assertionClaims, by.publicKey);
  const head = { alg: "EdDSA", typ: statementTypes.assertion };

  test("is believed when that key has signed it", async () => {
    expect(await check(await signer.sign(head, right))).toEqual(right);
  });

  test.each<[string, object]>([
    ["a key of its own", { jwk: {} }],
    ["a kid", { kid: "1" }],
    ["crit", { crit: [] }],
    ["another typ", { typ: statementTypes.hello }],
    ["alg none", { alg: "none" }],
    ["no alg", { alg: undefined }],
  ])("is refused with %s in its header", async (_title, over) => {
    expect(await check(await signer.sign({ ...head, ...over }, right))).toBeUndefined();
  });

  test("is refused when another key has signed it", async () => {
    expect(await check(await signer.sign(head, right), other)).toBeUndefined();
  });
});
