/** Access tokens, and the header that they come in: what is not exactly one of ours, in time, is none. */
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { signAsBroker } from "../fixtures/broker-keys.js";
import { exchange, jsonOf } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import type { Principal } from "../fixtures/principal.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import { claimsOf, compact, resworn, tampered, unsigned } from "../fixtures/signing.js";
import type { World } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

type Claims = Record<string, unknown>;
const madeUp = "ins_7zzzzzzzzzzzzzzzzzzzzzzzzz";
const seconds = (claims: Claims): number => Number(claims.iat);

/** A request for whoami with this in place of the Authorization header, and a proof that fits it. */
const bearing =
  (header: (speaker: Principal) => Promise<string | string[]> | string | string[]) => async (at: World) => {
    const { instance } = at.a;
    const authorization = await header(instance);
    const [token = ""] = [authorization].flat().map((each) => each.slice(each.indexOf(" ") + 1));
    const dpop = instance.proof("GET", "/v1/whoami", token);
    return instance.exchange({ method: "GET", path: "/v1/whoami", headers: { authorization, dpop } });
  };
const bearingToken = (make: (speaker: Principal, token: string) => string) =>
  bearing(async (speaker) => `DPoP ${make(speaker, await speaker.token())}`);
/** A token that the broker's own key has signed, with these claims changed: only what is in it can be wrong. */
const issued = (lie: (claims: Claims) => unknown, signed: Parameters<typeof signAsBroker>[2] = {}) =>
  bearingToken((_speaker, token) => signAsBroker(world().broker, lie({ ...claimsOf(token) }), signed));
const missing = [401, "access.missing"] as const;
const notValid = [401, "access.invalid"] as const;

const schemes: readonly Row[] = [
  ["Bearer", bearing(async (s) => `Bearer ${await s.token()}`), ...missing],
  ["Basic", bearing(() => "Basic cm9vdDpyb290"), ...missing],
  ["dpop in small letters", bearing(async (s) => `dpop ${await s.token()}`), ...missing],
  ["two spaces", bearing(async (s) => `DPoP  ${await s.token()}`), ...missing],
  ["a list of tokens", bearing(async (s) => `DPoP ${await s.token()}, DPoP x`), ...missing],
  ["no token", bearing(() => "DPoP"), ...missing],
  [
    "two Authorization headers",
    bearing(async (s) => [`DPoP ${await s.token()}`, `DPoP ${await s.token()}`]),
    ...missing,
  ],
  ["no Authorization header", bearing(() => []), ...missing],
];

const accessTokens: readonly Row[] = [
  ["garbage", bearing(() => "DPoP garbage"), ...notValid],
  ["a signature with one bit turned", bearingToken((_s, token) => tampered(token)), ...notValid],
  [
    "other claims under the signature",
    bearingToken((_s, token) => resworn(token, { ...claimsOf(token), sub: world().a.admin.id })),
    ...notValid,
  ],
  ["a client assertion", bearingToken((s) => s.assertion()), ...notValid],
  [
    "one that its holder has signed",
    bearingToken((s, token) =>
      compact({ alg: "EdDSA", typ: "at+jwt", kid: "x" }, claimsOf(token), s.key.privateKey),
    ),
    ...notValid,
  ],
  [
    "alg none",
    bearingToken((_s, token) => unsigned({ alg: "none", typ: "at+jwt", kid: "x" }, claimsOf(token))),
    ...notValid,
  ],
  ["the broker's receipt key", issued((claims) => claims, { use: "receipt" }), ...notValid],
  ["the broker's checkpoint key", issued((claims) => claims, { use: "checkpoint" }), ...notValid],
  ["typ JWT", issued((claims) => claims, { header: { typ: "JWT" } }), ...notValid],
  [
    "a header that does not belong there",
    issued((claims) => claims, { header: { cty: "JWT" } }),
    ...notValid,
  ],
  ["a kid that nobody has", issued((claims) => claims, { header: { kid: "x" } }), ...notValid],
  ...["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "gen", "cnf"].map(
    (name): Row => [`no ${name}`, issued(({ [name]: _left, ...claims }) => claims), ...notValid],
  ),
  [
    "one that is over",
    issued((claims) => ({ ...claims, iat: seconds(claims) - 301, exp: seconds(claims) - 1 })),
    ...notValid,
  ],
  ["one that lives longer", issued((claims) => ({ ...claims, exp: seconds(claims) + 301 })), ...notValid],
  [
    "one from the future",
    issued((claims) => ({ ...claims, iat: seconds(claims) + 60, exp: seconds(claims) + 360 })),
    ...notValid,
  ],
  [
    "an exp of 1e400",
    issued(({ exp: _exp, ...claims }) => `${JSON.stringify(claims).slice(0, -1)},"exp":1e400}`),
    ...notValid,
  ],
  ["another issuer", issued((claims) => ({ ...claims, iss: "https://other.example" })), ...notValid],
  ["another audience", issued((claims) => ({ ...claims, aud: "https://other.example" })), ...notValid],
  [
    "a client that is not the subject",
    issued((claims) => ({ ...claims, client_id: world().a.admin.id })),
    ...notValid,
  ],
  [
    "a subject that is no principal",
    issued((claims) => ({ ...claims, sub: world().a.id, client_id: world().a.id })),
    ...notValid,
  ],
  [
    "a subject that nobody has",
    issued((claims) => ({ ...claims, sub: madeUp, client_id: madeUp })),
    ...notValid,
  ],
  ["a generation that was not reached", issued((claims) => ({ ...claims, gen: "0.0.1" })), ...notValid],
  ["a generation as an operator has it", issued((claims) => ({ ...claims, gen: "0.0" })), ...notValid],
  ["a claim that does not belong there", issued((claims) => ({ ...claims, role: "admin" })), ...notValid],
];

refuses("an Authorization header with", schemes, world);
refuses("an access token with", accessTokens, world);

describe("what the rows differ from", () => {
  test("verifies with the key that the broker has published [ID-14]", async () => {
    const { broker, a } = world();
    const published = await exchange(broker.url, { method: "GET", path: "/.well-known/jwks.json" });
    const keys = createLocalJWKSet(jsonOf<Parameters<typeof createLocalJWKSet>[0]>(published));
    const expected = { issuer: broker.url, audience: broker.url, typ: "at+jwt", subject: a.instance.id };
    const { payload } = await jwtVerify(await a.instance.token(), keys, expected);
    expect(payload.cnf).toEqual({ jkt: a.instance.key.thumbprint });
  });

  test("works when the broker's key has signed it anew and nothing is wrong with it [ID-13]", async () => {
    expect((await issued((claims) => claims)(world())).status).toBe(200);
  });
});
