import { limits, statementTypes } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { fresh } from "../testing/person.js";
import { makeSigner, type Signer } from "../testing/signing.js";
import { openNonces } from "./nonce.js";
import { openProofs } from "./proof.js";

const issuer = "https://broker.example";
const now = 30_000_000 * 60_000 + 30_000;
const ath = "A".repeat(43);
const asked = { method: "POST", path: "/v1/agents", ath };
const nonces = openNonces();
const proofs = openProofs(nonces, () => issuer);
let signer: Signer;

beforeAll(async () => {
  signer = await makeSigner();
});

const right = () => ({
  jti: fresh(),
  htm: "POST",
  htu: `${issuer}/v1/agents`,
  iat: now / 1_000,
  nonce: nonces.current(now),
  ath,
});
const check = async (over: object = {}, of: object = {}, at = now) =>
  proofs.check(await signer.state(statementTypes.proof, { ...right(), ...over }), { ...asked, ...of }, at);

describe("a proof [ID-16]", () => {
  test("shows the key that has signed it", async () => {
    expect(await check()).toEqual({ thumbprint: signer.thumbprint, key: signer.publicKey });
  });

  test.each<[string, object, object?]>([
    ["another method", { htm: "GET" }],
    ["the method in lower case", { htm: "post" }],
    ["another path", { htu: `${issuer}/v1/operators` }],
    ["a slash behind", { htu: `${issuer}/v1/agents/` }],
    ["two slashes in front", { htu: `${issuer}//v1/agents` }],
    ["a query", { htu: `${issuer}/v1/agents?limit=1` }],
    ["an empty query", { htu: `${issuer}/v1/agents?` }],
    ["a fragment", { htu: `${issuer}/v1/agents#x` }],
    ["another spelling of the path", { htu: `${issuer}/v1/%61gents` }],
    ["a path that leads there", { htu: `${issuer}/v1/x/../agents` }],
    ["the path alone", { htu: "/v1/agents" }],
    ["another scheme", { htu: "http://broker.example/v1/agents" }],
    ["another host", { htu: "https://other.example/v1/agents" }],
    ["the host in upper case", { htu: "https://BROKER.example/v1/agents" }],
    ["the port that goes without saying", { htu: "https://broker.example:443/v1/agents" }],
    ["somebody in front of the host", { htu: "https://me@broker.example/v1/agents" }],
    ["another token", { ath: "B".repeat(43) }],
    ["no token", { ath: undefined }],
    ["a token where there is none", {}, { ath: undefined }],
  ])("is refused with %s", async (_title, over, of = {}) => {
    expect(await check(over, of)).toEqual({ code: "access.proof" });
  });

  test("stands alone where no token is shown", async () => {
    expect(await check({ ath: undefined }, { ath: undefined })).toHaveProperty("thumbprint");
  });

  test.each([
    ["no nonce", undefined],
    ["an empty nonce", ""],
    ["a nonce of its own", "nonce"],
    ["the nonce of two minutes ago", nonces.current(now - 120_000)],
    ["the nonce of a minute that has not come", nonces.current(now + 60_000)],
  ])("is sent back for the current nonce when it has %s", async (_title, nonce) => {
    expect(await check({ nonce })).toEqual({ code: "access.nonce" });
  });

  test("is good for as long as the nonce is, and no longer [proofSecondsMax]", async () => {
    const codes = [-121, -120, 120, 121].map((by) => check({ iat: now / 1_000 + by }));
    expect((await Promise.all(codes)).map((shown) => ("code" in shown ? shown.code : "taken"))).toEqual([
      "access.proof",
      "taken",
      "taken",
      "access.proof",
    ]);
    expect(limits.proofSecondsMax).toBe(120);
  });

  test("works once", async () => {
    const proof = await signer.state(statementTypes.proof, right());
    expect(await proofs.check(proof, asked, now)).toHaveProperty("key");
    expect(await proofs.check(proof, asked, now)).toEqual({ code: "access.replayed" });
  });

  test("works once when it comes twice at the same moment", async () => {
    const proof = await signer.state(statementTypes.proof, right());
    const both = await Promise.all([proofs.check(proof, asked, now), proofs.check(proof, asked, now)]);
    expect(both.filter((shown) => "code" in shown)).toEqual([{ code: "access.replayed" }]);
  });

  test("that was refused for what it names has not been used up", async () => {
    const proof = await signer.state(statementTypes.proof, right());
    expect(await proofs.check(proof, { ...asked, method: "GET" }, now)).toHaveProperty("code");
    expect(await proofs.check(proof, asked, now)).toHaveProperty("key");
  });

  test("is turned away as busy, alike for all, when there is no room to remember it", async () => {
    const full = openNonces({ rememberedMax: 0 });
    const proof = await signer.state(statementTypes.proof, { ...right(), nonce: full.current(now) });
    expect(await openProofs(full, () => issuer).check(proof, asked, now)).toEqual({
      code: "broker.busy",
      retryAfterMs: 60_000,
    });
  });
});
