/** Client assertions and the token endpoint: every claim missing, wrong, extreme, replayed, taken for another. */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Answer, codeOf, jsonOf } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { enrolmentProof, type Principal } from "../fixtures/principal.js";
import { helloProof } from "../fixtures/raw-socket.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import {
  claimsOf,
  compact,
  embedded,
  type Key,
  makeJti,
  makeKey,
  respelled as otherSpelling,
  resworn,
  tampered,
  unsigned,
} from "../fixtures/signing.js";
import type { World } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

type Claims = Record<string, unknown>;
const typ = "client-authentication+jwt";
const madeUp = "ins_7zzzzzzzzzzzzzzzzzzzzzzzzz";
const urn = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const withAssertion = (make: (speaker: Principal) => string) => (at: World) =>
  at.a.instance.askToken({ form: { client_assertion: make(at.a.instance) } });

/** The assertion as it should be, with these claims in place of the true ones. */
const claiming = (lie: (speaker: Principal, claims: Claims) => unknown) =>
  withAssertion((speaker) =>
    compact({ alg: "EdDSA", typ }, lie(speaker, { ...speaker.assertionClaims() }), speaker.key.privateKey),
  );
const setting = (more: (speaker: Principal, claims: Claims) => Claims) =>
  claiming((speaker, claims) => ({ ...claims, ...more(speaker, claims) }));
const without = (name: string) => claiming((_speaker, { [name]: _left, ...claims }) => claims);
const headed = (header: (speaker: Principal) => unknown) =>
  withAssertion((speaker) => compact(header(speaker), speaker.assertionClaims(), speaker.key.privateKey));
/** JSON that no serialiser writes: the true claims with one member added as text. */
const spelled = (member: string) =>
  claiming((_speaker, claims) => `${JSON.stringify(claims).slice(0, -1)},${member}}`);
const respelled = (name: string, json: string) =>
  claiming(
    (_speaker, { [name]: _left, ...claims }) => `${JSON.stringify(claims).slice(0, -1)},"${name}":${json}}`,
  );

const seconds = (claims: Claims): number => Number(claims.iat);
const invalid = [401, "assertion.invalid"] as const;

const assertions: readonly Row[] = [
  ...["iss", "sub", "aud", "iat", "exp", "jti"].map((name): Row => [`no ${name}`, without(name), ...invalid]),
  ["an issuer that is not the subject", setting((_s, _c) => ({ iss: world().a.admin.id })), ...invalid],
  ["somebody else's id", setting(() => ({ iss: world().a.admin.id, sub: world().a.admin.id })), ...invalid],
  [
    "an id of another organisation",
    setting(() => ({ iss: world().b.admin.id, sub: world().b.admin.id })),
    ...invalid,
  ],
  ["an id that nobody has", setting(() => ({ iss: madeUp, sub: madeUp })), ...invalid],
  ["an id that is none", setting(() => ({ iss: "root", sub: "root" })), ...invalid],
  ["an id in capitals", setting((s) => ({ iss: s.id.toUpperCase(), sub: s.id.toUpperCase() })), ...invalid],
  ["a subject that is a list", setting((s) => ({ sub: [s.id] })), ...invalid],
  ["an audience that is a list", setting((s) => ({ aud: [s.home.url] })), ...invalid],
  ["an audience with a slash", setting((s) => ({ aud: `${s.home.url}/` })), ...invalid],
  ["the token endpoint as audience", setting((s) => ({ aud: `${s.home.url}/oauth/token` })), ...invalid],
  ["another broker as audience", setting(() => ({ aud: "https://other.example" })), ...invalid],
  ["an iat that is text", setting((_s, c) => ({ iat: String(c.iat) })), ...invalid],
  ["an iat with a fraction", setting((_s, c) => ({ iat: seconds(c) + 0.5 })), ...invalid],
  ["an iat below zero", setting(() => ({ iat: -1, exp: 10 })), ...invalid],
  [
    "an iat an hour ahead",
    setting((_s, c) => ({ iat: seconds(c) + 3_600, exp: seconds(c) + 3_660 })),
    ...invalid,
  ],
  ["an exp that is the iat", setting((_s, c) => ({ exp: c.iat })), ...invalid],
  ["an exp before the iat", setting((_s, c) => ({ exp: seconds(c) - 1 })), ...invalid],
  ["sixty-one seconds of life", setting((_s, c) => ({ exp: seconds(c) + 61 })), ...invalid],
  ["a hundred years of life", setting((_s, c) => ({ exp: seconds(c) + 3_155_760_000 })), ...invalid],
  ["one that is over", setting((_s, c) => ({ iat: seconds(c) - 70, exp: seconds(c) - 10 })), ...invalid],
  ["an exp of 1e400", respelled("exp", "1e400"), ...invalid],
  ["an exp of NaN", respelled("exp", "NaN"), ...invalid],
  ["an exp past the safe integers", respelled("exp", "9007199254740993"), ...invalid],
  ["an exp of null", setting(() => ({ exp: null })), ...invalid],
  ["a jti of seven characters", setting(() => ({ jti: "1234567" })), ...invalid],
  ["a jti of 129 characters", setting(() => ({ jti: "a".repeat(129) })), ...invalid],
  ["a jti with a space", setting(() => ({ jti: "12345678 9" })), ...invalid],
  ["a claim that does not belong there", setting((_s, c) => ({ nbf: c.iat })), ...invalid],
  ["a role of its own", setting(() => ({ role: "platform" })), ...invalid],
  ["a claim twice", spelled(`"sub":"x"`), ...invalid],
  ["__proto__ among the claims", spelled(`"__proto__":{"sub":"x"}`), ...invalid],
  ["a lone surrogate", respelled("jti", '"12345678\\ud800"'), ...invalid],
  ["NUL", respelled("jti", '"12345678\\u0000"'), ...invalid],
  ["claims that are a list", claiming(() => []), ...invalid],
  ["claims that are null", claiming(() => "null"), ...invalid],
  ["claims that are no JSON", claiming(() => "{'iss':1}"), ...invalid],
  ["a byte order mark", claiming((_s, claims) => `\ufeff${JSON.stringify(claims)}`), ...invalid],
  ["claims a hundred deep", claiming(() => `${"[".repeat(100)}${"]".repeat(100)}`), ...invalid],
];

const headers: readonly Row[] = [
  ["no algorithm", headed(() => ({ typ })), ...invalid],
  ["alg none, signed", headed(() => ({ alg: "none", typ })), ...invalid],
  [
    "alg none, unsigned",
    withAssertion((s) => unsigned({ alg: "none", typ }, s.assertionClaims())),
    ...invalid,
  ],
  ["HS256 with the public key", withAssertion(signedWithPublicKey), ...invalid],
  ["ES256", headed(() => ({ alg: "ES256", typ })), ...invalid],
  ["no typ", headed(() => ({ alg: "EdDSA" })), ...invalid],
  ["typ JWT", headed(() => ({ alg: "EdDSA", typ: "JWT" })), ...invalid],
  ["typ in capitals", headed(() => ({ alg: "EdDSA", typ: typ.toUpperCase() })), ...invalid],
  ["a key of its own", headed((s) => ({ alg: "EdDSA", typ, jwk: s.key.jwk })), ...invalid],
  ["a kid", headed(() => ({ alg: "EdDSA", typ, kid: "../../keys.json" })), ...invalid],
  ["a jku", headed(() => ({ alg: "EdDSA", typ, jku: "http://127.0.0.1:1/" })), ...invalid],
  ["crit", headed(() => ({ alg: "EdDSA", typ, crit: ["b64"], b64: false })), ...invalid],
  ["a header that is a list", headed(() => []), ...invalid],
  ["alg twice", headed(() => `{"alg":"none","alg":"EdDSA","typ":"${typ}"}`), ...invalid],
];

const spellings: readonly Row[] = [
  ["a signature with one bit turned", withAssertion((s) => tampered(s.assertion())), ...invalid],
  [
    "other claims under the signature",
    withAssertion((s) => resworn(s.assertion(), s.assertionClaims())),
    ...invalid,
  ],
  ["padding", withAssertion((s) => `${s.assertion()}==`), ...invalid],
  ["two parts", withAssertion((s) => s.assertion().split(".").slice(0, 2).join(".")), ...invalid],
  ["four parts", withAssertion((s) => `${s.assertion()}.e30`), ...invalid],
  ["a line break", withAssertion((s) => `${s.assertion()}\n`), ...invalid],
  ["a second spelling of the last byte", withAssertion((s) => otherSpelling(s.assertion())), ...invalid],
  [
    "4,097 characters",
    withAssertion((s) => s.assertion({ pad: "x".repeat(5_000) })),
    400,
    "request.malformed",
  ],
  ["nothing", withAssertion(() => ""), 400, "request.malformed"],
];

const confusions: readonly Row[] = [
  ["the proof of the same request", withAssertion((s) => s.proof("POST", "/oauth/token")), ...invalid],
  ["a hello proof", withAssertion((s) => helloProof(s.home, "n", "t", s.key)), ...invalid],
  ["an enrolment proof", withAssertion((s) => enrolmentProof(s.home, "t", s.key)), ...invalid],
  [
    "a key replacement",
    withAssertion((s) => embedded("parley-key+jwt", s.assertionClaims(), s.key)),
    ...invalid,
  ],
  [
    "an access token",
    async (at) => at.a.instance.askToken({ form: { client_assertion: await at.a.instance.token() } }),
    ...invalid,
  ],
  [
    "a signature by another registered key",
    withAssertion((s) => s.assertion({}, world().a.admin.key)),
    ...invalid,
  ],
  ["a signature by a key that nobody has", withAssertion((s) => s.assertion({}, makeKey())), ...invalid],
  [
    "a proof by another registered key",
    (at) => crossed(at.a.instance, at.a.instance.key, at.a.admin.key),
    ...invalid,
  ],
  [
    "a proof by a key that nobody has",
    (at) => crossed(at.a.instance, at.a.instance.key, makeKey()),
    ...invalid,
  ],
  [
    "assertion and proof by one foreign registered key",
    (at) => crossed(at.a.instance, at.b.admin.key, at.b.admin.key),
    ...invalid,
  ],
  ["assertion and proof by one key that nobody has", (at) => bothBy(at.a.instance, makeKey()), ...invalid],
  ["an assertion a second time", (at) => replayed(at.a.instance, "assertion"), 401, "access.replayed"],
  ["a proof a second time", (at) => replayed(at.a.instance, "proof"), 401, "access.replayed"],
  ["the whole request a second time", (at) => replayed(at.a.instance, "both"), 401, "access.replayed"],
];

const formed = (form: Record<string, string>) => (at: World) => at.a.instance.askToken({ form });
const sent =
  (change: (body: string) => string, type = "application/x-www-form-urlencoded") =>
  (at: World) => {
    const { instance } = at.a;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: urn,
      client_assertion: instance.assertion(),
    });
    const headers = { "content-type": type, dpop: instance.proof("POST", "/oauth/token") };
    return instance.exchange({ method: "POST", path: "/oauth/token", headers, body: change(String(form)) });
  };
const malformed = [400, "request.malformed"] as const;

const forms: readonly Row[] = [
  ["no grant", sent((body) => body.replace("grant_type", "grant-type")), ...malformed],
  ["a password grant", formed({ grant_type: "password" }), 400, "grant.unsupported"],
  ["a refresh grant", formed({ grant_type: "refresh_token" }), 400, "grant.unsupported"],
  ["a grant in capitals", formed({ grant_type: "CLIENT_CREDENTIALS" }), 400, "grant.unsupported"],
  ["another assertion type", formed({ client_assertion_type: "saml2" }), ...invalid],
  ["another client id", formed({ client_id: "opr_00000000000000000000000000" }), ...invalid],
  ["a scope", formed({ scope: "admin" }), ...malformed],
  ["a secret", formed({ client_secret: "hunter2" }), ...malformed],
  ["the assertion twice", sent((body) => `${body}&client_assertion=x`), ...malformed],
  ["the grant twice", sent((body) => `${body}&grant_type=client_credentials`), ...malformed],
  ["__proto__", sent((body) => `${body}&__proto__=x`), ...malformed],
  ["an empty form", sent(() => ""), ...malformed],
  ["a form of 64 KiB and one", sent(() => "a".repeat(65_537)), 413, "request.body-too-large"],
  ["text", sent((body) => body, "text/plain"), 415, "request.media-type"],
  ["JSON", sent(() => "{}", "application/json"), 415, "request.media-type"],
  ["a multipart form", sent((body) => body, "multipart/form-data; boundary=x"), 415, "request.media-type"],
  ["no proof", (at) => at.a.instance.askToken({ headers: { dpop: [] } }), 401, "access.missing"],
  [
    "two proofs",
    (at) => at.a.instance.askToken({ headers: { dpop: [at.a.instance.proof("POST", "/oauth/token"), "x"] } }),
    401,
    "access.missing",
  ],
  [
    "a query",
    async ({ a: { instance } }) =>
      instance.exchange({
        method: "POST",
        path: "/oauth/token?grant_type=client_credentials",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "",
      }),
    ...malformed,
  ],
];

refuses("a client assertion with", assertions, world);
refuses("a client assertion whose header has", headers, world);
refuses("a client assertion spelled with", spellings, world);
refuses("in place of a client assertion,", confusions, world);
refuses("a token request with", forms, world);

describe("what the rows differ from", () => {
  test("is answered with a token of five minutes for that principal and that key [ID-5]", async () => {
    const { instance } = world().a;
    const answer = await instance.askToken({ form: { client_id: instance.id } });
    expect(answer.status).toBe(200);
    const { access_token, token_type, expires_in } = jsonOf(answer);
    expect({ token_type, expires_in }).toEqual({ token_type: "DPoP", expires_in: 300 });
    const cnf = { jkt: instance.key.thumbprint };
    expect(claimsOf(String(access_token))).toMatchObject({ sub: instance.id, cnf });
  });

  test("names the algorithm in either of its two ways", async () => {
    const { instance } = world().a;
    const assertion = compact({ alg: "Ed25519", typ }, instance.assertionClaims(), instance.key.privateKey);
    expect((await instance.askToken({ form: { client_assertion: assertion } })).status).toBe(200);
  });
});

function signedWithPublicKey(speaker: Principal): string {
  const [header, claims] = compact(
    { alg: "HS256", typ },
    speaker.assertionClaims(),
    speaker.key.privateKey,
  ).split(".");
  const secret = Buffer.from(speaker.key.jwk.x, "base64url");
  return `${header}.${claims}.${createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url")}`;
}

/** Names this principal, with an assertion by one key and a proof by another. */
function crossed(named: Principal, assertionKey: Key, proofKey: Key): Promise<Answer> {
  return named.askToken({
    form: { client_assertion: named.assertion({}, assertionKey) },
    headers: { dpop: named.proof("POST", "/oauth/token", undefined, {}, proofKey) },
  });
}

const bothBy = (named: Principal, key: Key): Promise<Answer> => crossed(named, key, key);

async function replayed(speaker: Principal, what: "assertion" | "proof" | "both"): Promise<Answer> {
  const form = { client_assertion: speaker.assertion({ jti: makeJti() }) };
  const headers = { dpop: speaker.proof("POST", "/oauth/token") };
  const first = await speaker.askToken({ form, headers });
  expect({ status: first.status, code: codeOf(first) }).toEqual({ status: 200, code: undefined });
  return speaker.askToken({
    ...(what === "proof" ? {} : { form }),
    ...(what === "assertion" ? {} : { headers }),
  });
}
