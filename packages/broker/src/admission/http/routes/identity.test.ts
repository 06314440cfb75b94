import { enrolledSchema, makeId, statementTypes } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { edgeOfThisTest, peopleOfThisTest } from "../../testing/people.js";
import {
  askToEnrol,
  enrol,
  enrolAgent,
  enrolPlatform,
  makeAgent,
  mintToken,
  Person,
  sha256,
} from "../../testing/person.js";
import { makeSigner } from "../../testing/signing.js";

const typ = statementTypes.enrolment;

describe("enrolment [ID-23]", () => {
  test("makes the key that signed the proof a principal's, and names it as SPIFFE does [ID-24]", async () => {
    const { edge, platform, acme } = await peopleOfThisTest();
    const agent = await makeAgent(acme.admin, "feed");
    const signer = await makeSigner();
    const answer = await askToEnrol(edge, await mintToken(acme.admin, agent), signer);
    const { principalId, ...enrolled } = enrolledSchema.parse(answer.body);
    expect(answer.status).toBe(201);
    expect(enrolled).toEqual({
      spiffeId: `spiffe://parley.test/org/${acme.id}/agent/${agent}/instance/${principalId}`,
      trustDomain: "parley.test",
      issuer: edge.issuer,
      brokerKeys: edge.keys.published(),
    });
    const spiffeOf = async (person: Person) => (await person.get("/v1/whoami")).body.spiffeId;
    expect(await spiffeOf(platform)).toBe(`spiffe://parley.test/platform/operator/${platform.id}`);
    expect(await spiffeOf(acme.admin)).toBe(`spiffe://parley.test/org/${acme.id}/operator/${acme.admin.id}`);
  });

  test("answers the same key as the first time, also when the token is used up", async () => {
    const edge = await edgeOfThisTest();
    const signer = await makeSigner();
    const first = await askToEnrol(edge, edge.firstToken, signer);
    const again = await askToEnrol(edge, edge.firstToken, signer);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(await askToEnrol(edge, edge.firstToken, await makeSigner())).toMatchObject({
      status: 410,
      body: { code: "enrolment.used" },
    });
  });

  test.each<[string, (issuer: string, token: string) => object]>([
    [
      "for another broker",
      (_issuer, token) => ({ aud: "https://other.example", tokenDigest: sha256(token) }),
    ],
    ["over another token", (issuer) => ({ aud: issuer, tokenDigest: sha256("another") })],
    ["over the token in hexadecimal", (issuer) => ({ aud: issuer, tokenDigest: "a".repeat(64) })],
    ["over nothing", () => ({})],
  ])("with a proof %s tells nothing of the token, which stays as it was", async (_title, claimsOf) => {
    const edge = await edgeOfThisTest();
    const signer = await makeSigner();
    const told: unknown[] = [];
    for (const token of [edge.firstToken, "parley_enrol_nothing"]) {
      const proof = await signer.state(typ, claimsOf(edge.issuer, token));
      const { status, text, body } = await askToEnrol(edge, token, signer, { proof });
      expect({ status, code: body.code }).toEqual({ status: 400, code: "enrolment.invalid" });
      told.push(text);
    }
    expect(told[0]).toBe(told[1]);
    await enrolPlatform(edge);
  });

  test("by one key for another is refused", async () => {
    const edge = await edgeOfThisTest();
    const [signer, other] = [await makeSigner(), await makeSigner()];
    const answer = await askToEnrol(edge, edge.firstToken, signer, { publicKey: other.publicKey });
    expect(answer).toMatchObject({ status: 400, body: { code: "enrolment.invalid" } });
  });

  test.each<[string, object]>([
    ["a private key", { d: "A".repeat(43) }],
    ["another curve", { crv: "X25519" }],
    ["a kid", { kid: "1" }],
  ])("with %s in place of a public key is malformed, and says where [ID-2]", async (_title, over) => {
    const edge = await edgeOfThisTest();
    const signer = await makeSigner();
    const answer = await askToEnrol(edge, edge.firstToken, signer, {
      publicKey: { ...signer.publicKey, ...over },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: "request.malformed" } });
    expect(answer.text).toContain("body/publicKey");
    expect(answer.text).not.toContain("A".repeat(43));
  });

  test("with a key that somebody has is refused [ID-3]", async () => {
    const { edge, acme, globex } = await peopleOfThisTest();
    const token = await mintToken(acme.admin, await makeAgent(acme.admin, "feed"));
    expect(await askToEnrol(edge, token, globex.admin.signer)).toMatchObject({
      status: 409,
      body: { code: "key.taken" },
    });
  });
});

describe("the caller's key [ID-10]", () => {
  const replace = async (person: Person, over: object = {}, { oldBy = person.signer } = {}) => {
    const next = await makeSigner();
    const claims = {
      iss: person.id,
      aud: person.edge.issuer,
      iat: person.seconds,
      oldKey: person.signer.thumbprint,
      newKey: next.thumbprint,
      ...over,
    };
    const [oldProof, newProof] = await Promise.all(
      [oldBy, next].map((by) => by.state(statementTypes.keyReplacement, claims)),
    );
    return { next, answer: await person.post("/v1/key", { publicKey: next.publicKey, oldProof, newProof }) };
  };

  test("is replaced by who holds both; its token lasts out its minutes, and the old one gets none", async () => {
    const { edge, acme } = await peopleOfThisTest();
    const { instance } = await enrolAgent(acme.admin, "feed");
    const { next, answer } = await replace(instance);
    expect(answer).toMatchObject({ status: 200, body: { keyThumbprint: next.thumbprint } });
    expect(await instance.get("/v1/whoami")).toMatchObject({
      status: 200,
      body: { keyThumbprint: next.thumbprint },
    });
    expect(await instance.askToken()).toMatchObject({ status: 401, body: { code: "key.replaced" } });
    expect(await new Person(edge, instance.id, next).askToken()).toMatchObject({ status: 200 });
    const token = await instance.token();
    edge.clock.step(300_000);
    const dpop = await instance.proof("GET", "/v1/whoami", { ath: sha256(token) });
    const headers = { authorization: `DPoP ${token}`, dpop };
    expect(await edge.send({ path: "/v1/whoami", headers })).toMatchObject({
      status: 401,
      body: { code: "access.invalid" },
    });
  });

  test.each<[string, (person: Person) => object]>([
    ["for somebody else", () => ({ iss: makeId("operator") })],
    ["at another broker", () => ({ aud: "https://other.example" })],
    ["of another key", () => ({ oldKey: "A".repeat(43) })],
    ["by another key than the one that is sent", () => ({ newKey: "A".repeat(43) })],
    ["with more said than belongs there", () => ({ exp: 1 })],
    ["without a time", () => ({ iat: undefined })],
  ])("is not replaced %s", async (_title, overOf) => {
    const { acme } = await peopleOfThisTest();
    const { answer } = await replace(acme.admin, overOf(acme.admin));
    expect(answer).toMatchObject({ status: 400, body: { code: "key.invalid" } });
    expect(await acme.admin.askToken()).toMatchObject({ status: 200 });
  });

  test("is not replaced by who holds only the new one", async () => {
    const { acme, globex } = await peopleOfThisTest();
    const { answer } = await replace(acme.admin, {}, { oldBy: globex.admin.signer });
    expect(answer).toMatchObject({ status: 400, body: { code: "key.invalid" } });
  });
});

describe("the broker's key [ID-14]", () => {
  test("is replaced one at a time: each new one is signed by the one before it", async () => {
    const { edge, platform } = await peopleOfThisTest();
    await Promise.all([1, 2, 3].map(() => platform.post("/v1/broker-keys/rotate", { use: "access" })));
    const chain = edge.keys.published().filter((key) => key["parley:use"] === "access");
    const kidOf = (jws: string | null) =>
      jws === null ? null : JSON.parse(Buffer.from(jws.split(".")[0] ?? "", "base64url").toString()).kid;
    expect(chain).toHaveLength(4);
    expect(chain.map((key) => kidOf(key["parley:endorsement"]))).toEqual([
      null,
      ...chain.slice(0, -1).map(({ kid }) => kid),
    ]);
    expect((await edge.send({ path: "/.well-known/jwks.json" })).body).toEqual({
      keys: edge.keys.published(),
    });
  });

  test("is replaced by the platform alone, and not when that is refused", async () => {
    const { edge, acme } = await peopleOfThisTest();
    const before = edge.keys.published();
    expect(await acme.admin.post("/v1/broker-keys/rotate", { use: "access" })).toMatchObject({ status: 403 });
    expect(edge.keys.published()).toEqual(before);
  });
});

test("the metadata names the endpoints of this broker", async () => {
  const edge = await edgeOfThisTest();
  const { body } = await edge.send({ path: "/.well-known/oauth-authorization-server" });
  expect(body).toMatchObject({
    issuer: edge.issuer,
    token_endpoint: `${edge.issuer}/oauth/token`,
    dpop_signing_alg_values_supported: ["EdDSA", "Ed25519"],
  });
  await enrol(edge, edge.firstToken);
});
