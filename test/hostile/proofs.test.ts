/** Proofs of possession over HTTP: missing, wrong, extreme, replayed, taken for another. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Answer, exchange, type Headers } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { enrolmentProof, type Principal } from "../fixtures/principal.js";
import { helloProof } from "../fixtures/raw-socket.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import {
  compact,
  embedded,
  makeJti,
  makeKey,
  respelled as otherSpelling,
  resworn,
  sha256,
  tampered,
} from "../fixtures/signing.js";
import type { World } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

type Claims = Record<string, unknown>;
const path = "/v1/whoami";

/** Whoami with a true token, and this as the proof. */
const showing =
  (make: (speaker: Principal, token: string) => string | string[], more: Headers = {}) =>
  async ({ a: { instance } }: World) => {
    const token = await instance.token();
    const headers = { authorization: `DPoP ${token}`, dpop: make(instance, token), ...more };
    return instance.exchange({ method: "GET", path, headers });
  };
const true_ = (speaker: Principal, token: string): Claims => ({ ...speaker.proofClaims("GET", path, token) });
const claiming = (lie: (speaker: Principal, claims: Claims) => unknown) =>
  showing((speaker, token) => embedded("dpop+jwt", lie(speaker, true_(speaker, token)), speaker.key));
const setting = (more: (speaker: Principal, claims: Claims) => Claims) =>
  claiming((speaker, claims) => ({ ...claims, ...more(speaker, claims) }));
const without = (name: string) => claiming((_speaker, { [name]: _left, ...claims }) => claims);
const respelled = (name: string, json: string) =>
  claiming(
    (_speaker, { [name]: _left, ...claims }) => `${JSON.stringify(claims).slice(0, -1)},"${name}":${json}}`,
  );
const headed = (header: (speaker: Principal) => unknown) =>
  showing((speaker, token) => compact(header(speaker), true_(speaker, token), speaker.key.privateKey));

const wrong = [401, "access.proof"] as const;
const stale = [401, "access.nonce"] as const;
const missing = [401, "access.missing"] as const;

const claims: readonly Row[] = [
  ...["jti", "htm", "htu", "iat", "ath"].map((name): Row => [`no ${name}`, without(name), ...wrong]),
  ["no nonce", without("nonce"), ...stale],
  ["a nonce of its own", setting(() => ({ nonce: "A".repeat(22) })), ...stale],
  ["an empty nonce", setting(() => ({ nonce: "" })), ...stale],
  ["a nonce with one character more", setting((_s, c) => ({ nonce: `${c.nonce}A` })), ...stale],
  ["a nonce that is a list", setting((_s, c) => ({ nonce: [c.nonce] })), ...wrong],
  ["a nonce of 129 characters", setting(() => ({ nonce: "A".repeat(129) })), ...wrong],
  ["another method", setting(() => ({ htm: "POST" })), ...wrong],
  ["the method in small letters", setting(() => ({ htm: "get" })), ...wrong],
  ["another path", setting((s) => ({ htu: `${s.home.url}/v1/agents` })), ...wrong],
  ["another host", setting(() => ({ htu: `http://evil.example${path}` })), ...wrong],
  ["the path alone", setting(() => ({ htu: path })), ...wrong],
  ["a query", setting((_s, c) => ({ htu: `${c.htu}?a=1` })), ...wrong],
  ["a fragment", setting((_s, c) => ({ htu: `${c.htu}#a` })), ...wrong],
  ["a slash at the end", setting((_s, c) => ({ htu: `${c.htu}/` })), ...wrong],
  ["a longer way to the same path", setting((s) => ({ htu: `${s.home.url}/v1/./whoami` })), ...wrong],
  ["an encoded letter in the path", setting((s) => ({ htu: `${s.home.url}/v1/who%61mi` })), ...wrong],
  ["the scheme in capitals", setting((_s, c) => ({ htu: String(c.htu).replace("http", "HTTP") })), ...wrong],
  [
    "somebody in front of the host",
    setting((_s, c) => ({ htu: String(c.htu).replace("//", "//a@") })),
    ...wrong,
  ],
  ["an iat an hour ago", setting((_s, c) => ({ iat: Number(c.iat) - 3_600 })), ...wrong],
  ["an iat in an hour", setting((_s, c) => ({ iat: Number(c.iat) + 3_600 })), ...wrong],
  ["an iat of milliseconds", setting((_s, c) => ({ iat: Number(c.iat) * 1_000 })), ...wrong],
  ["an iat that is text", setting((_s, c) => ({ iat: `${c.iat}` })), ...wrong],
  ["an iat of 1e400", respelled("iat", "1e400"), ...wrong],
  ["an iat of -0.5", setting(() => ({ iat: -0.5 })), ...wrong],
  ["the digest of another token", setting(() => ({ ath: sha256("x") })), ...wrong],
  [
    "the token itself as its digest",
    showing((s, t) => s.proof("GET", path, t, { ath: t.slice(0, 43) })),
    ...wrong,
  ],
  ["a jti of seven characters", setting(() => ({ jti: "1234567" })), ...wrong],
  ["a jti of 129 characters", setting(() => ({ jti: "a".repeat(129) })), ...wrong],
  ["a jti that is a number", setting(() => ({ jti: 123456789 })), ...wrong],
  ["a claim that does not belong there", setting(() => ({ sub: "x" })), ...wrong],
  ["a claim twice", claiming((_s, c) => `${JSON.stringify(c).slice(0, -1)},"htm":"GET"}`), ...wrong],
  ["__proto__", claiming((_s, c) => `${JSON.stringify(c).slice(0, -1)},"__proto__":{}}`), ...wrong],
  ["claims that are a list", claiming(() => []), ...wrong],
  ["claims that are no JSON", claiming(() => "htm=GET"), ...wrong],
];

const header = (jwk: unknown, more: object = {}) => ({ alg: "EdDSA", typ: "dpop+jwt", jwk, ...more });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });

const keys: readonly Row[] = [
  ["no key", headed(() => ({ alg: "EdDSA", typ: "dpop+jwt" })), ...wrong],
  [
    "a kid in place of a key",
    headed((s) => ({ alg: "EdDSA", typ: "dpop+jwt", kid: s.key.thumbprint })),
    ...wrong,
  ],
  ["another key than it was signed with", headed(() => header(world().a.admin.key.jwk)), ...wrong],
  ["a key of another curve", headed(() => header(p256)), ...wrong],
  ["a private key", headed((s) => header(s.key.privateKey.export({ format: "jwk" }))), ...wrong],
  ["a key with a name", headed((s) => header({ ...s.key.jwk, kid: "x" })), ...wrong],
  ["a key of small order", headed(() => header({ kty: "OKP", crv: "Ed25519", x: "A".repeat(43) })), ...wrong],
  [
    "a key in a second spelling",
    headed((s) => header({ ...s.key.jwk, x: otherSpelling(s.key.jwk.x) })),
    ...wrong,
  ],
  ["a key that is text", headed((s) => header(JSON.stringify(s.key.jwk))), ...wrong],
  ["alg none", headed((s) => header(s.key.jwk, { alg: "none" })), ...wrong],
  ["no alg", headed((s) => ({ typ: "dpop+jwt", jwk: s.key.jwk })), ...wrong],
  ["crit", headed((s) => header(s.key.jwk, { crit: ["b64"], b64: false })), ...wrong],
  ["typ JWT", headed((s) => header(s.key.jwk, { typ: "JWT" })), ...wrong],
  ["no typ", headed((s) => ({ alg: "EdDSA", jwk: s.key.jwk })), ...wrong],
];

const spellings: readonly Row[] = [
  ["no proof", showing(() => []), ...missing],
  ["two proofs", showing((s, t) => [s.proof("GET", path, t), s.proof("GET", path, t)]), ...missing],
  [
    "two proofs in one header",
    showing((s, t) => `${s.proof("GET", path, t)}, ${s.proof("GET", path, t)}`),
    ...wrong,
  ],
  ["an empty proof", showing(() => ""), ...wrong],
  ["garbage", showing(() => "garbage"), ...wrong],
  ["a signature with one bit turned", showing((s, t) => tampered(s.proof("GET", path, t))), ...wrong],
  [
    "other claims under the signature",
    showing((s, t) => resworn(s.proof("GET", path, t), true_(s, t))),
    ...wrong,
  ],
  ["padding", showing((s, t) => `${s.proof("GET", path, t)}=`), ...wrong],
  ["5,000 characters", showing((s, t) => s.proof("GET", path, t, { pad: "x".repeat(5_000) })), ...wrong],
  [
    "a Host header that it names",
    showing((s, t) => s.proof("GET", path, t, { htu: `http://evil.example${path}` }), {
      host: "evil.example",
    }),
    ...wrong,
  ],
  [
    "a forwarded host that it names",
    showing((s, t) => s.proof("GET", path, t, { htu: `https://evil.example${path}` }), {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    }),
    ...wrong,
  ],
];

const confusions: readonly Row[] = [
  ["a client assertion", showing((s) => s.assertion()), ...wrong],
  [
    "an assertion that brings its key",
    showing((s, t) => embedded("client-authentication+jwt", true_(s, t), s.key)),
    ...wrong,
  ],
  ["a hello proof", showing((s, t) => helloProof(s.home, s.fresh.nonce, t, s.key)), ...wrong],
  ["an enrolment proof", showing((s, t) => enrolmentProof(s.home, t, s.key)), ...wrong],
  ["a key replacement", showing((s, t) => embedded("parley-key+jwt", true_(s, t), s.key)), ...wrong],
  ["the access token", showing((_s, t) => t), ...wrong],
  ["a proof as the token endpoint takes it", showing((s) => s.proof("POST", "/oauth/token")), ...wrong],
  [
    "the proof of another key: the token was stolen",
    showing((s, t) => s.proof("GET", path, t, {}, world().b.admin.key)),
    ...wrong,
  ],
  ["the proof of a key that nobody has", showing((s, t) => s.proof("GET", path, t, {}, makeKey())), ...wrong],
  ["a true proof for somebody else's token", withForeignToken, ...wrong],
  ["the proof of a colleague", colleagueProof, ...wrong],
];

const replays: readonly Row[] = [
  ["the same request", (at) => twice(at.a.instance, path, path), 401, "access.replayed"],
  [
    "the proof with another query",
    (at) => twice(at.a.instance, "/v1/agents?limit=1", "/v1/agents?limit=2"),
    401,
    "access.replayed",
  ],
  ["the proof for another path", (at) => twice(at.a.instance, path, "/v1/agents"), ...wrong],
  ["the jti in another proof", (at) => sameJti(at.a.instance), 401, "access.replayed"],
];

refuses("a proof with", claims, world);
refuses("a proof whose header has", keys, world);
refuses("a request with", spellings, world);
refuses("in place of a proof,", confusions, world);
refuses("a second time,", replays, world);

describe("what the rows differ from", () => {
  test("a proof names the URL without its query [ID-16]", async () => {
    expect((await world().a.instance.get("/v1/agents?limit=1")).status).toBe(200);
  });

  test("the Host header decides nothing", async () => {
    const { a } = world();
    const headers = { ...(await a.instance.headersFor("GET", path)), host: "evil.example" };
    expect((await a.instance.exchange({ method: "GET", path, headers })).status).toBe(200);
  });

  test("a jti belongs to its key: another key may use the same one", async () => {
    const jti = makeJti();
    const speak = async (speaker: Principal) => {
      const token = await speaker.token();
      const headers = { authorization: `DPoP ${token}`, dpop: speaker.proof("GET", path, token, { jti }) };
      return (await speaker.exchange({ method: "GET", path, headers })).status;
    };
    expect([await speak(world().a.instance), await speak(world().b.instance)]).toEqual([200, 200]);
  });

  test("every 401 brings a nonce, and says which algorithms are taken [ID-15]", async () => {
    const answer = await exchange(world().broker.url, { method: "GET", path });
    expect(answer.headers["dpop-nonce"]).toMatch(/^[\w-]{22}$/);
    expect(answer.headers["www-authenticate"]).toBe('DPoP algs="EdDSA Ed25519"');
  });
});

async function withForeignToken({ a, b }: World): Promise<Answer> {
  const token = await b.instance.token();
  const headers = { authorization: `DPoP ${token}`, dpop: a.instance.proof("GET", path, token) };
  return a.instance.exchange({ method: "GET", path, headers });
}

async function colleagueProof({ a }: World): Promise<Answer> {
  const token = await a.instance.token();
  await a.auditor.refresh();
  const headers = { authorization: `DPoP ${token}`, dpop: a.auditor.proof("GET", path, token) };
  return a.instance.exchange({ method: "GET", path, headers });
}

/** The proof of a first request, that was answered, with a second one. */
async function twice(speaker: Principal, first: string, second: string): Promise<Answer> {
  const headers = await speaker.headersFor("GET", first);
  expect((await speaker.exchange({ method: "GET", path: first, headers })).status).toBe(200);
  return speaker.exchange({ method: "GET", path: second, headers });
}

async function sameJti(speaker: Principal): Promise<Answer> {
  const token = await speaker.token();
  const jti = makeJti();
  const send = () => {
    const headers = { authorization: `DPoP ${token}`, dpop: speaker.proof("GET", path, token, { jti }) };
    return speaker.exchange({ method: "GET", path, headers });
  };
  expect((await send()).status).toBe(200);
  return send();
}
