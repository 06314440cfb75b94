import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits, makeId, statementTypes } from "@parley/protocol";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BrokerKeys, openKeys } from "../../keys.js";
import { respelled, withPart } from "../testing/forging.js";
import { signerOf } from "../testing/signing.js";
import { openAccessTokens } from "./access-token.js";

const issuer = "https://broker.example";
const now = Date.UTC(2026, 0, 5, 9);
const lifeMs = limits.accessTokenSeconds * 1_000;
const overlapMs = 600_000;
const to = { principal: makeId("instance"), generation: "1.2.3", thumbprint: "A".repeat(43) };
const invalid = { code: "access.invalid" };

async function open() {
  const folder = mkdtempSync(join(tmpdir(), "parley-tokens-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const keys = await openKeys(folder, now);
  const { signing } = JSON.parse(readFileSync(join(folder, "keys.json"), "utf8"));
  const [own] = signing.filter(({ use }: { use: string }) => use === "access");
  return { keys, tokens: openAccessTokens(keys, () => issuer), own, signer: await signerOf(own) };
}

const rotate = async (keys: BrokerKeys, at: number) => (await keys.prepare("access", at)).activate();

describe("an access token", () => {
  test("says who, and never what [ID-22]", async () => {
    const { tokens } = await open();
    const token = await tokens.issue(to, now);
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: "at+jwt", alg: "EdDSA" });
    expect(decodeJwt(token)).toEqual({
      iss: issuer,
      aud: issuer,
      sub: to.principal,
      client_id: to.principal,
      iat: now / 1_000,
      exp: now / 1_000 + 300,
      jti: expect.stringMatching(/^tok_/),
      gen: to.generation,
      cnf: { jkt: to.thumbprint },
    });
    expect(await tokens.read(token, now)).toEqual({
      ...to,
      expiresAt: now + lifeMs,
      digest: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test("lives five minutes to the millisecond, also where it is remembered [accessTokenSeconds]", async () => {
    const { tokens } = await open();
    const [remembered, unseen] = [await tokens.issue(to, now), await tokens.issue(to, now)];
    expect(await tokens.read(remembered, now)).toMatchObject(to);
    for (const token of [remembered, unseen]) {
      expect(await tokens.read(token, now + lifeMs)).toEqual(invalid);
      expect(await tokens.read(token, now + lifeMs - 1)).toMatchObject(to);
    }
  });

  test("is not believed a second before it was made", async () => {
    const { tokens } = await open();
    const token = await tokens.issue(to, now);
    expect(await tokens.read(token, now - 1_001)).toEqual(invalid);
    expect(await tokens.read(token, now - 1_000)).toMatchObject(to);
  });

  test("is good after its key was replaced, for as long as it lives [ID-14]", async () => {
    const { keys, tokens } = await open();
    const token = await tokens.issue(to, now);
    await rotate(keys, now);
    expect(await tokens.read(token, now + lifeMs - 1)).toMatchObject(to);
    expect(await tokens.read(await tokens.issue(to, now), now)).toMatchObject(to);
  });

  test("of a replaced key is worth nothing after the overlap, remembered or not [ID-14]", async () => {
    const { keys, tokens } = await open();
    const late = now + overlapMs - 1_000;
    const [remembered, unseen] = [await tokens.issue(to, late), await tokens.issue(to, late)];
    await rotate(keys, now);
    expect(await tokens.read(remembered, now + overlapMs)).toMatchObject(to);
    expect(await tokens.read(remembered, now + overlapMs + 1)).toEqual(invalid);
    expect(await tokens.read(unseen, now + overlapMs + 1)).toEqual(invalid);
  });

  test("is bound to this broker", async () => {
    const { keys, tokens } = await open();
    const elsewhere = openAccessTokens(keys, () => "https://other.example");
    expect(await tokens.read(await elsewhere.issue(to, now), now)).toEqual(invalid);
  });

  test("of another broker's key is worth nothing", async () => {
    const [{ tokens }, other] = [await open(), await open()];
    expect(await tokens.read(await other.tokens.issue(to, now), now)).toEqual(invalid);
  });

  test.each(["receipt", "checkpoint"] as const)(
    "signed with the key for a %s is none [ID-14]",
    async (use) => {
      const { keys, tokens } = await open();
      // The type allows tokens to be signed with their own key only: this is what a slip would do.
      const sign = keys.sign.bind(keys) as (use: string, payload: object, typ: string) => Promise<string>;
      const slip = { ...keys, sign: (_use: string, payload: object, typ: string) => sign(use, payload, typ) };
      const token = await openAccessTokens(slip as BrokerKeys, () => issuer).issue(to, now);
      expect(await tokens.read(token, now)).toEqual(invalid);
    },
  );
});

describe("what is no access token", () => {
  const claims = () => {
    const iat = now / 1_000;
    const who = { iss: issuer, aud: issuer, sub: to.principal, client_id: to.principal };
    return { ...who, iat, exp: iat + 300, jti: "tok_1", gen: "0", cnf: { jkt: to.thumbprint } };
  };
  const sign = async (over: object, typ: string = statementTypes.access) => {
    const { keys, tokens } = await open();
    return tokens.read(await keys.sign("access", { ...claims(), ...over }, typ), now);
  };

  test("would be one but for what is wrong with it", async () => {
    expect(await sign({})).toMatchObject({ principal: to.principal });
  });

  test.each<[string, object]>([
    ["that lives longer than tokens do", { exp: now / 1_000 + 301 }],
    ["that lives shorter", { exp: now / 1_000 + 299 }],
    ["from the future", { iat: now / 1_000 + 2, exp: now / 1_000 + 302 }],
    ["without an end", { exp: undefined }],
    ["with another audience", { aud: "https://other.example" }],
    ["with a list of audiences", { aud: [issuer] }],
    ["of another issuer", { iss: "https://other.example" }],
    ["of one client for another", { client_id: makeId("instance") }],
    ["for an agent", { sub: makeId("agent"), client_id: makeId("agent") }],
    ["for nobody", { sub: "", client_id: "" }],
    ["that is bound to no key [ID-17]", { cnf: undefined }],
    ["that is bound to nothing", { cnf: {} }],
    ["that is bound to two things", { cnf: { jkt: to.thumbprint, "x5t#S256": to.thumbprint } }],
    ["with a role in it", { role: "admin" }],
  ])("a token %s", async (_title, over) => {
    expect(await sign(over)).toEqual(invalid);
  });

  test.each(Object.values(statementTypes).filter((typ) => typ !== "at+jwt"))(
    "a statement of typ %s [ID-4]",
    async (typ) => {
      expect(await sign({}, typ)).toEqual(invalid);
    },
  );

  test.each<[string, object]>([
    ["another kid", { kid: "A".repeat(43) }],
    ["a kid that is a path", { kid: "../../keys.json" }],
    ["a kid that is no text", { kid: 1 }],
    ["alg none", { alg: "none" }],
    ["alg HS256", { alg: "HS256" }],
    ["no kid", { kid: undefined }],
    ["a key of its own", { jwk: {} }],
    ["crit", { crit: ["b64"], b64: true }],
  ])("a token with %s in its header", async (_title, over) => {
    const { tokens, own, signer } = await open();
    const header = { alg: "EdDSA", typ: statementTypes.access, kid: own.kid };
    expect(await tokens.read(await signer.sign(header, claims()), now)).toMatchObject({ generation: "0" });
    expect(await tokens.read(await signer.sign({ ...header, ...over }, claims()), now)).toEqual(invalid);
  });

  test("a token in another spelling, also when it is remembered in its own", async () => {
    const { tokens } = await open();
    const token = await tokens.issue(to, now);
    expect(await tokens.read(token, now)).toMatchObject(to);
    expect(await tokens.read(withPart(token, 2, respelled), now)).toEqual(invalid);
    expect(await tokens.read(`${token}=`, now)).toEqual(invalid);
  });

  test.each([
    ["nothing", ""],
    ["a megabyte", "a".repeat(1_000_000)],
    ["three dots", "..."],
  ])("%s", async (_title, token) => {
    const { tokens } = await open();
    expect(await tokens.read(token, now)).toEqual(invalid);
  });
});
