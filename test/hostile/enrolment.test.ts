/** Redemptions of enrolment tokens, and the making of tokens: whoever has no right becomes nobody. */
import { generateKeyPairSync } from "node:crypto";
import { type Answer, exchange } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { askEnrolment, enrolmentProof } from "../fixtures/principal.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import { compact, type Key, makeKey, sha256, tampered } from "../fixtures/signing.js";
import { mintFor, type World } from "../fixtures/world.js";

/** Tokens that would do: what is refused beside them is refused for what the row says. */
let good = { id: "", token: "" };
let other = { id: "", token: "" };
const opened = openWorld(async ({ a }) => {
  good = await mintFor(a.admin, a.agent);
  other = await mintFor(a.admin, a.agent);
});
const world = () => opened.world;

const sent = (body: unknown): Promise<Answer> =>
  exchange(world().broker.url, {
    method: "POST",
    path: "/v1/enrolments",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const key = makeKey();
/** The redemption as it should be, with these members in place of the true ones. */
const lying = (lie: (token: string) => object) => () =>
  askEnrolment(world().broker, good.token, key, { ...lie(good.token) });
const proving = (more: object, by: Key = key) =>
  lying((token) => ({ proof: enrolmentProof(world().broker, token, by, { ...more }) }));
const headed = (header: object) =>
  lying((token) => ({
    proof: compact(header, { aud: world().broker.url, tokenDigest: sha256(token) }, key.privateKey),
  }));
const keyed = (publicKey: unknown) => lying(() => ({ publicKey }));
const redeeming =
  (token: () => string | Promise<string>, by: () => Key = makeKey) =>
  async () =>
    askEnrolment(world().broker, await token(), by());

const invalid = [400, "enrolment.invalid"] as const;
const malformed = [400, "request.malformed"] as const;
const jwk = (type: "ec" | "rsa") =>
  (type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: 2_048 })
  ).publicKey.export({
    format: "jwk",
  });

const proofs: readonly Row[] = [
  ["another key", proving({}, makeKey()), ...invalid],
  ["the digest of another token", proving({ tokenDigest: sha256("x") }), ...invalid],
  [
    "the token in place of its digest",
    lying((token) => ({
      proof: enrolmentProof(world().broker, token, key, { tokenDigest: token.slice(0, 43) }),
    })),
    ...invalid,
  ],
  ["another audience", proving({ aud: "https://other.example" }), ...invalid],
  [
    "an audience that is a list",
    lying((token) => ({ proof: enrolmentProof(world().broker, token, key, { aud: [world().broker.url] }) })),
    ...invalid,
  ],
  ["no audience", proving({ aud: undefined }), ...invalid],
  ["no digest", proving({ tokenDigest: undefined }), ...invalid],
  ["a claim that does not belong there", proving({ sub: "opr_00000000000000000000000000" }), ...invalid],
  ["typ of HTTP", headed({ alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk }), ...invalid],
  ["no typ", headed({ alg: "EdDSA", jwk: key.jwk }), ...invalid],
  ["no key", headed({ alg: "EdDSA", typ: "parley-enrol+jwt" }), ...invalid],
  ["alg none", headed({ alg: "none", typ: "parley-enrol+jwt", jwk: key.jwk }), ...invalid],
  [
    "one bit turned",
    lying((token) => ({ proof: tampered(enrolmentProof(world().broker, token, key)) })),
    ...invalid,
  ],
  [
    "the proof of another token",
    lying(() => ({ proof: enrolmentProof(world().broker, other.token, key) })),
    ...invalid,
  ],
  ["a proof of HTTP", lying(() => ({ proof: world().a.admin.proof("POST", "/v1/enrolments") })), ...invalid],
  ["a client assertion", lying(() => ({ proof: world().a.admin.assertion() })), ...invalid],
  ["garbage", lying(() => ({ proof: "garbage" })), ...invalid],
  ["nothing", lying(() => ({ proof: "" })), ...malformed],
  ["no proof at all", lying(() => ({ proof: undefined })), ...malformed],
  ["4,097 characters", lying(() => ({ proof: "a".repeat(4_097) })), ...malformed],
];

const keys: readonly Row[] = [
  ["another than it was proven with", keyed(makeKey().jwk), ...invalid],
  ["a private one", keyed(key.privateKey.export({ format: "jwk" })), ...malformed],
  ["one with a name", keyed({ ...key.jwk, kid: "x" }), ...malformed],
  ["one of another curve", keyed(jwk("ec")), ...malformed],
  ["an RSA key", keyed(jwk("rsa")), ...malformed],
  ["42 characters", keyed({ ...key.jwk, x: key.jwk.x.slice(1) }), ...malformed],
  ["padding", keyed({ ...key.jwk, x: `${key.jwk.x}=` }), ...malformed],
  ["a point of small order", keyed({ ...key.jwk, x: "A".repeat(43) }), ...invalid],
  ["a list", keyed([key.jwk]), ...malformed],
  ["null", keyed(null), ...malformed],
  ["PEM", keyed("-----BEGIN PUBLIC KEY-----"), ...malformed],
  [
    "a key that is another principal's",
    redeeming(
      () => good.token,
      () => world().a.admin.key,
    ),
    409,
    "key.taken",
  ],
  [
    "a key of another organisation",
    redeeming(
      () => good.token,
      () => world().b.instance.key,
    ),
    409,
    "key.taken",
  ],
];

const bodies: readonly Row[] = [
  ["an unknown field", lying(() => ({ note: "x" })), ...malformed],
  [
    "a principal of its own choice",
    lying(() => ({ principalId: "ins_00000000000000000000000000" })),
    ...malformed,
  ],
  ["a role", lying(() => ({ role: "admin" })), ...malformed],
  ["another organisation", lying(() => ({ organisation: world().b.id })), ...malformed],
  ["__proto__", () => sent(`{"__proto__":{"token":"x"},"token":"x"}`), ...malformed],
  ["the token twice", () => sent(`{"token":"x","token":"y"}`), ...malformed],
  ["a token that is a list", lying((token) => ({ token: [token] })), ...malformed],
  ["an empty token", lying(() => ({ token: "" })), ...malformed],
  ["a token of 129 characters", lying(() => ({ token: "a".repeat(129) })), ...malformed],
  ["NUL in the token", () => sent(`{"token":"a\\u0000","publicKey":{},"proof":"x"}`), ...malformed],
  ["nothing", () => sent(""), ...malformed],
  ["null", () => sent("null"), ...malformed],
  [
    "a query",
    () =>
      exchange(world().broker.url, {
        method: "POST",
        path: "/v1/enrolments?token=x",
        headers: { "content-type": "application/json" },
        body: "{}",
      }),
    ...malformed,
  ],
];

const tokens: readonly Row[] = [
  ["nobody has minted", redeeming(() => `parley_enrol_${"A".repeat(43)}`), ...invalid],
  ["is good but for a space at its end", redeeming(() => `${good.token} `), ...invalid],
  ["is good but for its capitals", redeeming(() => good.token.toUpperCase()), ...invalid],
  ["is the digest of a good one", redeeming(() => sha256(good.token)), ...invalid],
  ["is the id of a good one", redeeming(() => good.id), ...invalid],
];

refuses("a redemption whose proof has", proofs, world);
refuses("a redemption whose key is", keys, world);
refuses("a redemption with", bodies, world);
refuses("a token that", tokens, world);

const minting = (terms: object) => (at: World) =>
  at.a.admin.post(`/v1/agents/${at.a.agent}/enrolment-tokens`, terms);
const minted: readonly Row[] = [
  ["no uses", minting({ uses: 0 }), ...malformed],
  ["101 uses", minting({ uses: 101 }), ...malformed],
  ["a use and a half", minting({ uses: 1.5 }), ...malformed],
  ["uses that are text", minting({ uses: "1" }), ...malformed],
  ["uses below zero", minting({ uses: -1 }), ...malformed],
  ["no time", minting({ expiresInSeconds: 0 }), ...malformed],
  ["a second more than thirty days", minting({ expiresInSeconds: 30 * 86_400 + 1 }), ...malformed],
  ["ephemeral in words", minting({ ephemeral: "yes" }), ...malformed],
  ["a secret of its own", minting({ token: "parley_enrol_x" }), ...malformed],
  ["a beginning", minting({ notBefore: "2020-01-01T00:00:00.000Z" }), ...malformed],
  ["a minter", minting({ mintedBy: "opr_00000000000000000000000000" }), ...malformed],
];
refuses("a token to be minted with", minted, world);
