import { assertionTypeUrn, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { edgeOfThisTest, peopleOfThisTest } from "../testing/people.js";
import { enrolPlatform, Person, sha256 } from "../testing/person.js";
import { makeSigner } from "../testing/signing.js";
import type { Answer, Sent } from "../testing/speak.js";

const whoami = "/v1/whoami";
const codeOf = ({ body }: Answer): unknown => body.code;

async function platformOfThisTest(): Promise<Person> {
  return enrolPlatform(await edgeOfThisTest());
}

describe("who asks has a token and one proof [API-8]:", () => {
  type Headers = { authorization: string; dpop: string };
  test.each<[string, (right: Headers) => Sent["headers"]]>([
    ["neither", () => ({})],
    ["no token", ({ dpop }) => ({ dpop })],
    ["no proof", ({ authorization }) => ({ authorization })],
    ["two proofs", ({ authorization, dpop }) => ({ authorization, dpop: [dpop, dpop] })],
    ["two tokens", ({ authorization, dpop }) => ({ authorization: [authorization, authorization], dpop })],
    [
      "a bearer token",
      ({ authorization, dpop }) => ({ authorization: authorization.replace("DPoP", "Bearer"), dpop }),
    ],
    ["no scheme", ({ authorization, dpop }) => ({ authorization: authorization.slice(5), dpop })],
    ["two spaces", ({ authorization, dpop }) => ({ authorization: authorization.replace(" ", "  "), dpop })],
    [
      "something behind the token",
      ({ authorization, dpop }) => ({ authorization: `${authorization}, x=y`, dpop }),
    ],
  ])("not %s", async (_title, headersOf) => {
    const platform = await platformOfThisTest();
    const access = await platform.access("GET", whoami);
    const right = { authorization: String(access.authorization), dpop: String(access.dpop) };
    const answer = await platform.edge.send({ path: whoami, headers: headersOf(right) ?? {} });
    expect(answer).toMatchObject({ status: 401, body: { code: "access.missing", error: "invalid_request" } });
    expect(answer.headers["www-authenticate"]).toBe('DPoP algs="EdDSA Ed25519"');
    expect(await platform.edge.send({ path: whoami, headers: right })).toMatchObject({ status: 200 });
  });

  test("not a token of somebody else's key, stolen with a fresh proof [ID-17]", async () => {
    const { acme, globex } = await peopleOfThisTest();
    const token = await acme.admin.token();
    const dpop = await globex.admin.proof("GET", whoami, { ath: sha256(token) });
    const answer = await acme.admin.edge.send({
      path: whoami,
      headers: { authorization: `DPoP ${token}`, dpop },
    });
    expect(answer).toMatchObject({ status: 401, body: { code: "access.proof" } });
    expect(answer.headers["www-authenticate"]).toContain('error="invalid_dpop_proof"');
  });

  test("not a proof for another token of the same key", async () => {
    const platform = await platformOfThisTest();
    const answer = await platform.ask("GET", whoami, undefined, {
      dpop: await platform.proof("GET", whoami, { ath: sha256("another") }),
    });
    expect(codeOf(answer)).toBe("access.proof");
  });

  test("not the same proof twice", async () => {
    const platform = await platformOfThisTest();
    const headers = await platform.access("GET", whoami);
    const ask = () => platform.edge.send({ path: whoami, headers });
    expect([codeOf(await ask()), codeOf(await ask())]).toEqual([undefined, "access.replayed"]);
  });

  test("and is sent back with a nonce when it had none, or one that is two minutes old [ID-15]", async () => {
    const platform = await platformOfThisTest();
    const none = await platform.ask("GET", whoami, undefined, {
      dpop: await platform.proof("GET", whoami, { ath: sha256(await platform.token()), nonce: undefined }),
    });
    expect(none).toMatchObject({ status: 401, body: { code: "access.nonce", error: "use_dpop_nonce" } });
    const nonce = none.headers["dpop-nonce"];
    const dpop = async () => platform.proof("GET", whoami, { ath: sha256(await platform.token()), nonce });
    expect(await platform.ask("GET", whoami, undefined, { dpop: await dpop() })).toMatchObject({
      status: 200,
    });
    platform.edge.clock.step(120_000);
    expect(codeOf(await platform.ask("GET", whoami, undefined, { dpop: await dpop() }))).toBe("access.nonce");
  });
});

describe("a proof is for the address as it was asked for, and no other [ID-16]:", () => {
  const ask = async (asked: string, proven: (issuer: string) => string) => {
    const platform = await platformOfThisTest();
    const { issuer } = platform.edge;
    const token = await platform.token();
    const dpop = await platform.proof("GET", whoami, { ath: sha256(token), htu: proven(issuer) });
    return platform.edge.send({ path: asked, headers: { authorization: `DPoP ${token}`, dpop } });
  };

  test.each<[string, string, (issuer: string) => string]>([
    ["itself", whoami, (issuer) => issuer + whoami],
    ["itself, with an empty query that no proof has", `${whoami}?`, (issuer) => issuer + whoami],
    ["another spelling, proven as it was spelt", "/v1/%77hoami", (issuer) => `${issuer}/v1/%77hoami`],
  ])("%s", async (_title, asked, proven) => {
    expect(await ask(asked, proven)).toMatchObject({ status: 200 });
  });

  test.each<[string, string, (issuer: string) => string]>([
    ["another spelling, proven in the usual one", "/v1/%77hoami", (issuer) => issuer + whoami],
    ["the usual spelling, proven in another one", whoami, (issuer) => `${issuer}/v1/%77hoami`],
    ["an address of another host", "http://evil.example/v1/whoami", (issuer) => issuer + whoami],
    [
      "an address of another host, proven for it",
      "http://evil.example/v1/whoami",
      () => "http://evil.example/v1/whoami",
    ],
    ["an address of our own in full", `http://localhost${whoami}`, (issuer) => issuer + whoami],
    ["a query in the proof", `${whoami}?`, (issuer) => `${issuer}${whoami}?`],
    ["a fragment", `${whoami}#x`, (issuer) => issuer + whoami],
  ])("not %s", async (_title, asked, proven) => {
    expect(await ask(asked, proven)).toMatchObject({ status: 401, body: { code: "access.proof" } });
  });

  test("not another host, which decides nothing", async () => {
    const platform = await platformOfThisTest();
    const answer = await platform.get(whoami, { host: "evil.example" });
    expect(answer).toMatchObject({ status: 200 });
  });
});

async function wordsOfThisTest() {
  const platform = await platformOfThisTest();
  const [assertion, proof] = [await platform.assertion(), await platform.proof("POST", "/oauth/token")];
  return { edge: platform.edge, assertion, proof };
}

describe("the token endpoint [ID-5]", () => {
  test("gives five minutes to the registered key", async () => {
    const platform = await platformOfThisTest();
    const { status, body, headers } = await platform.askToken();
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: "DPoP", expires_in: 300 });
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("takes no key but the registered one, for nobody else, and nobody who is not enrolled", async () => {
    const { edge, acme, globex } = await peopleOfThisTest();
    const stranger = new Person(edge, acme.admin.id, await makeSigner());
    const nobody = new Person(edge, makeId("operator"), await makeSigner());
    const impostor = new Person(edge, acme.admin.id, globex.admin.signer);
    for (const person of [stranger, nobody, impostor]) {
      expect(await person.askToken()).toMatchObject({ status: 401, body: { code: "assertion.invalid" } });
    }
  });

  test("takes an assertion and a proof by one key only", async () => {
    const { edge, acme, globex } = await peopleOfThisTest();
    const proof = await globex.admin.proof("POST", "/oauth/token");
    expect(codeOf(await acme.admin.askToken({ proof }))).toBe("assertion.invalid");
    const both = new Person(edge, acme.admin.id, await makeSigner());
    expect(codeOf(await acme.admin.askToken({ assertion: await both.assertion() }))).toBe(
      "assertion.invalid",
    );
  });

  test("takes one assertion once", async () => {
    const platform = await platformOfThisTest();
    const assertion = await platform.assertion();
    expect(codeOf(await platform.askToken({ assertion }))).toBeUndefined();
    expect(codeOf(await platform.askToken({ assertion }))).toBe("access.replayed");
  });

  test.each<[string, Record<string, string>, string]>([
    ["another grant", { grant_type: "password" }, "grant.unsupported"],
    ["another type of assertion", { client_assertion_type: "urn:x" }, "assertion.invalid"],
    ["another client", { client_id: makeId("operator") }, "assertion.invalid"],
    ["a scope, which there is none of", { scope: "admin" }, "request.malformed"],
    ["a secret", { client_secret: "x" }, "request.malformed"],
    ["an assertion that is none", { client_assertion: "x" }, "assertion.invalid"],
    ["an assertion beyond measure", { client_assertion: "x".repeat(4_097) }, "request.malformed"],
  ])("refuses %s", async (_title, form, code) => {
    const platform = await platformOfThisTest();
    expect(codeOf(await platform.askToken({ form }))).toBe(code);
  });

  test("takes every word once, also where it is the same twice", async () => {
    const { edge, assertion, proof } = await wordsOfThisTest();
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: assertionTypeUrn,
      client_assertion: assertion,
    }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", dpop: proof };
    const ask = (body: string) => edge.send({ method: "POST", path: "/oauth/token", headers, body });
    expect(codeOf(await ask(`${form}&grant_type=client_credentials`))).toBe("request.malformed");
    expect(await ask(form)).toMatchObject({ status: 200 });
  });

  test("asks for the nonce before it looks at the assertion", async () => {
    const platform = await platformOfThisTest();
    const proof = await platform.proof("POST", "/oauth/token", { nonce: undefined });
    expect(await platform.askToken({ proof })).toMatchObject({
      status: 401,
      body: { error: "use_dpop_nonce" },
    });
  });

  test("is proven by its address without a query", async () => {
    const platform = await platformOfThisTest();
    const proof = await platform.proof("POST", "/oauth/token?x=1");
    expect(codeOf(await platform.askToken({ proof }))).toBe("access.proof");
  });
});
