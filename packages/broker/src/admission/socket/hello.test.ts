import { makeId, type OperatorId, type Refusal } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { type Admitted, openAdmit } from "./hello.js";
import { issuer, type Speaker, Tokens } from "./testing/speaker.js";

const now = 1_700_000_000_000;
const nonce = "the-nonce-of-this-connection";

async function stage() {
  const tokens = new Tokens(() => now);
  const speaker = await tokens.speaker();
  const admit = openAdmit({ readAccessToken: tokens.read, issuer: () => issuer });
  const say = async (
    over: Parameters<Speaker["proof"]>[0],
    token = over.token,
  ): Promise<Admitted | Refusal> => admit.hello(token, await speaker.proof(over), nonce, now);
  return { tokens, speaker, admit, say };
}

const publicPart = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

describe("a hello", () => {
  test("with a token and a proof over this nonce admits the principal of the token [SOC-3]", async () => {
    const { speaker, say } = await stage();
    const token = speaker.token({ generation: "1.2.3" });
    const admitted = {
      principal: speaker.principal,
      thumbprint: speaker.thumbprint,
      generation: "1.2.3",
      expiresAt: now + 300_000,
    };
    expect(await say({ token, nonce })).toEqual(admitted);
    expect(await say({ token, nonce, header: { alg: "Ed25519" } })).toEqual(admitted);
  });

  test.each<[string, { nonce?: string; header?: object; claims?: object }]>([
    ["over another connection's nonce, as a recorded one is", { nonce: "another" }],
    ["over no nonce", { claims: { nonce: undefined } }],
    ["over another token", { claims: { ath: "A".repeat(43) } }],
    ["over no token", { claims: { ath: undefined } }],
    ["for another broker", { claims: { aud: "https://other.example" } }],
    ["for several brokers", { claims: { aud: [issuer] } }],
    ["for no broker", { claims: { aud: undefined } }],
    ["with a claim too many", { claims: { sub: "somebody" } }],
    ["that is another kind of statement", { header: { typ: "dpop+jwt" } }],
    ["of no kind", { header: { typ: undefined } }],
    ["with a key that did not sign it", { header: { jwk: publicPart } }],
    ["without a key", { header: { jwk: undefined } }],
    ["with a header member too many", { header: { kid: "1" } }],
    ["whose key has a private part", { header: { jwk: { ...publicPart, d: publicPart.x } } }],
  ])("with a proof %s is refused [SOC-3]", async (_title, { nonce: over = nonce, ...rest }) => {
    const { speaker, say } = await stage();
    expect(await say({ token: speaker.token(), nonce: over, ...rest })).toEqual({ code: "access.proof" });
  });

  test("with a sound proof by another key than the token's is refused", async () => {
    const { tokens, speaker, admit } = await stage();
    const thief = await tokens.speaker();
    const token = speaker.token();
    expect(await admit.hello(token, await thief.proof({ token, nonce }), nonce, now)).toEqual({
      code: "access.proof",
    });
  });

  test("with a token that is not known, or has ended, is refused before the proof is looked at", async () => {
    const { speaker, admit } = await stage();
    expect(await admit.hello("tok", "no proof", nonce, now)).toEqual({ code: "access.invalid" });
    expect(await admit.hello(speaker.token({ expiresAt: now }), "no proof", nonce, now)).toEqual({
      code: "access.invalid",
    });
  });

  test.each(["", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30."])(
    "with %j for a proof is refused",
    async (proof) => {
      const { speaker, admit } = await stage();
      expect(await admit.hello(speaker.token(), proof, nonce, now)).toEqual({ code: "access.proof" });
    },
  );

  test("of an operator is refused, and only after it has shown its key [SOC-5]", async () => {
    const { tokens, admit } = await stage();
    const operator = await tokens.speaker<OperatorId>(makeId("operator"));
    const token = operator.token();
    const refused = await admit.hello(token, await operator.proof({ token, nonce }), nonce, now);
    expect(refused).toEqual({ code: "role.missing", rule: "instance" });
    expect(await admit.hello(token, "no proof", nonce, now)).toEqual({ code: "access.proof" });
  });
});
