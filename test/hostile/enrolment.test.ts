/** Enrolment tokens and their redemption: whoever has no right to become somebody does not become anybody. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder } from "../fixtures/broker-process.js";
import { type Answer, codeOf, exchange, jsonOf } from "../fixtures/exchange.js";
import { askEnrolment, enrol, enrolmentProof, type Principal } from "../fixtures/principal.js";
import { readFacts } from "../fixtures/record.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import { compact, type Key, makeKey, sha256, tampered } from "../fixtures/signing.js";
import {
  inviteOperator,
  makeAgent,
  makeOperator,
  makeOrganisation,
  makeWorld,
  mintFor,
  type World,
} from "../fixtures/world.js";

interface Minted {
  readonly id: string;
  readonly token: string;
}

let world: World;
/** A token that would do: what is refused beside it is refused for what the row says. */
let good: Minted;
/** Runs out while the other rows are sent. */
let shortLived: Minted;
beforeAll(async () => {
  world = await makeWorld();
  good = await mintFor(world.a.admin, world.a.agent);
  shortLived = await mintFor(world.a.admin, world.a.agent, { expiresInSeconds: 1 });
});
afterAll(async () => {
  await world.broker.stop();
  removeFolder(world.broker.data);
});

const sent = (body: unknown): Promise<Answer> =>
  exchange(world.broker.url, {
    method: "POST",
    path: "/v1/enrolments",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const key = makeKey();
/** The redemption as it should be, with these members in place of the true ones. */
const lying = (lie: (token: string) => object) => () =>
  askEnrolment(world.broker, good.token, key, { ...lie(good.token) });
const proving = (more: object, by: Key = key) =>
  lying((token) => ({ proof: enrolmentProof(world.broker, token, by, { ...more }) }));
const headed = (header: object) =>
  lying((token) => ({
    proof: compact(header, { aud: world.broker.url, tokenDigest: sha256(token) }, key.privateKey),
  }));
const keyed = (publicKey: unknown) => lying(() => ({ publicKey }));
const redeeming =
  (token: () => string | Promise<string>, by: () => Key = makeKey) =>
  async () =>
    askEnrolment(world.broker, await token(), by());

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
      proof: enrolmentProof(world.broker, token, key, { tokenDigest: token.slice(0, 43) }),
    })),
    ...invalid,
  ],
  ["another audience", proving({ aud: "https://other.example" }), ...invalid],
  [
    "an audience that is a list",
    lying((token) => ({ proof: enrolmentProof(world.broker, token, key, { aud: [world.broker.url] }) })),
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
    lying((token) => ({ proof: tampered(enrolmentProof(world.broker, token, key)) })),
    ...invalid,
  ],
  [
    "the proof of another token",
    lying(() => ({ proof: enrolmentProof(world.broker, shortLived.token, key) })),
    ...invalid,
  ],
  ["a proof of HTTP", lying(() => ({ proof: world.a.admin.proof("POST", "/v1/enrolments") })), ...invalid],
  ["a client assertion", lying(() => ({ proof: world.a.admin.assertion() })), ...invalid],
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
      () => world.a.admin.key,
    ),
    409,
    "key.taken",
  ],
  [
    "a key of another organisation",
    redeeming(
      () => good.token,
      () => world.b.instance.key,
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
  ["another organisation", lying(() => ({ organisation: world.b.id })), ...malformed],
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
      exchange(world.broker.url, {
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

refuses("a redemption whose proof has", proofs, () => world);
refuses("a redemption whose key is", keys, () => world);
refuses("a redemption with", bodies, () => world);
refuses("a token that", tokens, () => world);

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
refuses("a token to be minted with", minted, () => world);

const codeFor = async (token: string, by: Key = makeKey()): Promise<string> => {
  const answer = await askEnrolment(world.broker, token, by);
  return codeOf(answer) ?? String(answer.status);
};

describe("a token", () => {
  test("works for one key, and for that one again and again [ID-23]", async () => {
    const { token } = await mintFor(world.a.admin, world.a.agent);
    const mine = makeKey();
    const first = await askEnrolment(world.broker, token, mine);
    expect(first.status).toBe(201);
    expect((await askEnrolment(world.broker, token, mine)).text).toBe(first.text);
    expect(await codeFor(token)).toBe("enrolment.used");
  });

  test("of one use makes one principal, however many ask at once", async () => {
    const { token } = await mintFor(world.a.admin, world.a.agent);
    const codes = await Promise.all(Array.from({ length: 24 }, () => codeFor(token)));
    expect(codes.sort()).toEqual(["201", ...Array(23).fill("enrolment.used")].sort());
  });

  test("of three uses makes three, however many ask at once", async () => {
    const { token } = await mintFor(world.a.admin, world.a.agent, { uses: 3 });
    const codes = await Promise.all(Array.from({ length: 12 }, () => codeFor(token)));
    expect(codes.filter((code) => code === "201")).toHaveLength(3);
  });

  test("that was redeemed by many at once with one key makes one principal", async () => {
    const { token } = await mintFor(world.a.admin, world.a.agent, { uses: 3 });
    const mine = makeKey();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => askEnrolment(world.broker, token, mine)),
    );
    expect(new Set(answers.map((answer) => jsonOf(answer).principalId)).size).toBe(1);
  });

  test("that was voided is void", async () => {
    const { id, token } = await mintFor(world.a.admin, world.a.agent);
    await world.a.admin.done("POST", `/v1/enrolment-tokens/${id}/void`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("ends with its time", async () => {
    await expect.poll(() => codeFor(shortLived.token), { timeout: 3_000 }).toBe("enrolment.expired");
  });

  test.each(["suspend", "revoke"])(
    "falls when an admin's authority falls by %s, and does not come back [ID-7]",
    async (verb) => {
      const fallen = await makeOperator(world.a.admin, `fallen-by-${verb}`, "admin");
      const { token } = await mintFor(fallen, world.a.agent);
      await world.a.admin.done("POST", `/v1/operators/${fallen.id}/${verb}`);
      expect(await codeFor(token)).toBe("enrolment.invalid");
      if (verb === "suspend") await world.a.admin.done("POST", `/v1/operators/${fallen.id}/resume`);
      expect(await codeFor(token)).toBe("enrolment.invalid");
    },
  );

  test("falls when an admin becomes an auditor", async () => {
    const demoted = await makeOperator(world.a.admin, "demoted", "admin");
    const { token } = await mintFor(demoted, world.a.agent);
    await changeRole(demoted, { role: "auditor" });
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("falls when its enroller is no longer named for the agent", async () => {
    const other = await makeAgent(world.a.admin, "other-agent");
    const enroller = await makeOperator(world.a.admin, "narrowed", "enroller", [world.a.agent, other]);
    const { token } = await mintFor(enroller, world.a.agent);
    await changeRole(enroller, { role: "enroller", agents: [other] });
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test.each(["suspend", "revoke"])("falls when what it is for falls by %s", async (verb) => {
    const agent = await makeAgent(world.a.admin, `agent-to-${verb}`);
    const { token } = await mintFor(world.a.admin, agent);
    await world.a.admin.done("POST", `/v1/agents/${agent}/${verb}`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
    if (verb === "suspend") await world.a.admin.done("POST", `/v1/agents/${agent}/resume`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("of an invited operator falls with the invitation", async () => {
    const { operator, token } = await inviteOperator(world.a.admin, "never-came", "admin");
    await world.a.admin.done("POST", `/v1/operators/${operator.id}/revoke`);
    expect(await codeFor(token.token)).toBe("enrolment.invalid");
  });

  test("waits while its organisation is suspended, and falls with it", async () => {
    const gamma = await makeOrganisation(world.platform, "gamma");
    const agent = await makeAgent(gamma.admin, "waiting");
    const { token } = await mintFor(gamma.admin, agent);
    await world.platform.done("POST", `/v1/organisations/${gamma.id}/suspend`);
    expect(await codeFor(token)).toBe("identity.suspended");
    await world.platform.done("POST", `/v1/organisations/${gamma.id}/revoke`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("of the first platform operator has been used, and the file says nothing else", async () => {
    expect(await codeFor(world.broker.platformToken())).toBe("enrolment.used");
  });
});

async function changeRole(operator: Principal, change: object): Promise<void> {
  const path = `/v1/operators/${operator.id}`;
  const { headers } = await world.a.admin.get(path);
  await world.a.admin.done("PATCH", path, change, { "if-match": headers.etag ?? "" });
}

describe("a refused redemption", () => {
  const told = async (reader: Principal): Promise<number> => {
    const facts = await readFacts(reader);
    const refused = facts.filter(({ kind }) => kind === "request.refused");
    return refused.filter(({ content }) => content?.data.code === "enrolment.used").length;
  };
  const toldTo = ({ platform, a, b }: World) => Promise.all([platform, a.admin, b.admin].map(told));

  test("is a fact of the organisation whose token it was, and of no other [REC-6]", async () => {
    const { token } = await mintFor(world.b.admin, world.b.agent);
    await enrol(world.broker, token);
    const [platform = 0, a = 0, b = 0] = await toldTo(world);
    expect(await codeFor(token)).toBe("enrolment.used");
    expect(await toldTo(world)).toEqual([platform, a, b + 1]);
  });

  test("tells of a secret in no fact and in no line of the log", async () => {
    for (const reader of [world.platform, world.a.admin, world.b.admin]) {
      expect(JSON.stringify(await readFacts(reader))).not.toContain("parley_enrol_");
    }
    expect(world.broker.said()).not.toContain("parley_enrol_");
  });
});
