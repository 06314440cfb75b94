/** Bodies from somebody who is somebody: JSON of many readings, fields that are not theirs to set, names that deceive. */
import { describe, expect, test } from "vitest";
import { codeOf, type Headers, jsonOf } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import type { World } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

const malformed = [400, "request.malformed"] as const;
const notFound = [404, "not-found"] as const;

const creating = (body: string | object) => (at: World) =>
  at.a.admin.post("/v1/agents", typeof body === "string" ? body : { name: "new", owner: "x", ...body });
const spelled = (member: string) => creating(`{"name":"new","owner":"x",${member}}`);
const bytes =
  (...parts: (string | number)[]) =>
  (at: World) =>
    at.a.admin.post(
      "/v1/agents",
      Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part)))),
    );

const json: readonly Row[] = [
  ["a key twice", spelled('"owner":"y"'), ...malformed],
  ["a key twice in two spellings", spelled('"\\u006fwner":"y"'), ...malformed],
  ["__proto__", spelled('"__proto__":{"standing":"active"}'), ...malformed],
  ["__proto__ in another spelling", spelled('"\\u005f\\u005fproto__":{}'), ...malformed],
  ["constructor", spelled('"constructor":{"prototype":{"a":1}}'), ...malformed],
  ["__proto__ among the tags", spelled('"tags":{"__proto__":"x"}'), ...malformed],
  ["depth 17", spelled(`"tags":${"[".repeat(17)}${"]".repeat(17)}`), ...malformed],
  ["depth 20,000", creating(`${"[".repeat(20_000)}${"]".repeat(20_000)}`), ...malformed],
  [
    "5,000 keys",
    spelled(`"tags":{${Array.from({ length: 5_000 }, (_, at) => `"${at}":"x"`).join(",")}}`),
    ...malformed,
  ],
  ["a lone surrogate", spelled('"tags":{"a":"\\ud800"}'), ...malformed],
  ["a lone surrogate in a key", spelled('"tags":{"\\udc00":"a"}'), ...malformed],
  ["NUL", spelled('"tags":{"a":"b\\u0000c"}'), ...malformed],
  ["a byte that is no UTF-8", bytes('{"name":"new","owner":"', 0xff, '"}'), ...malformed],
  ["an overlong form", bytes('{"name":"new","owner":"', 0xc0, 0xaf, '"}'), ...malformed],
  ["a byte order mark", creating('\ufeff{"name":"new","owner":"x"}'), ...malformed],
  ["a trailing comma", creating('{"name":"new","owner":"x",}'), ...malformed],
  ["a comment", creating('{"name":"new","owner":"x"}//'), ...malformed],
  ["two values", creating('{"name":"new","owner":"x"}{}'), ...malformed],
  ["NaN", spelled('"tags":NaN'), ...malformed],
  ["a list", creating("[]"), ...malformed],
  ["null", creating("null"), ...malformed],
  ["a number", creating("1e400"), ...malformed],
  ["nothing", creating(""), ...malformed],
  ["half of it", creating('{"name":"ne'), ...malformed],
  ["64 KiB and a byte", creating({ owner: "x".repeat(65_536) }), 413, "request.body-too-large"],
  [
    "text",
    (at) => at.a.admin.post("/v1/agents", "{}", { "content-type": "text/plain" }),
    415,
    "request.media-type",
  ],
  [
    "a form",
    (at) => at.a.admin.post("/v1/agents", "name=a", { "content-type": "application/x-www-form-urlencoded" }),
    415,
    "request.media-type",
  ],
  [
    "JSON of another name",
    (at) => at.a.admin.post("/v1/agents", "{}", { "content-type": "application/json-patch+json" }),
    415,
    "request.media-type",
  ],
  [
    "no content type",
    (at) => at.a.admin.post("/v1/agents", "{}", { "content-type": [] }),
    415,
    "request.media-type",
  ],
  [
    "a content that says it is compressed",
    (at) => at.a.admin.post("/v1/agents", "\u001f\u008b", { "content-encoding": "gzip" }),
    415,
    "request.media-type",
  ],
];

const patching =
  (body: object, headers: Headers = { "if-match": '"v1"' }) =>
  (at: World) =>
    at.a.admin.ask("PATCH", `/v1/agents/${at.a.agent}`, body, headers);
const patchingOperator = (body: object) => (at: World) =>
  at.a.admin.ask("PATCH", `/v1/operators/${at.a.auditor.id}`, body, { "if-match": '"v1"' });
const inviting = (more: object) => (at: World) =>
  at.a.admin.post("/v1/operators", { name: "somebody", role: "auditor", ...more });
const founding = (more: object) => (at: World) =>
  at.platform.post("/v1/organisations", { name: "delta", ...more });

const assignment: readonly Row[] = [
  ["the id of an agent", creating({ id: "agt_00000000000000000000000000" }), ...malformed],
  [
    "the organisation of an agent",
    creating({ organisation: "org_00000000000000000000000000" }),
    ...malformed,
  ],
  ["the standing of an agent", creating({ standing: "active" }), ...malformed],
  ["the generation of an agent", creating({ generation: 7 }), ...malformed],
  ["the version of an agent", creating({ version: 7 }), ...malformed],
  ["when an agent was made", creating({ createdAt: "2020-01-01T00:00:00.000Z" }), ...malformed],
  ["the name of an agent, later", patching({ name: "other" }), ...malformed],
  ["the standing of an agent, later", patching({ standing: "revoked" }), ...malformed],
  [
    "the organisation of an agent, later",
    patching({ organisation: "org_00000000000000000000000000" }),
    ...malformed,
  ],
  ["nothing of an agent", patching({}), ...malformed],
  ["the id of an operator", inviting({ id: "opr_00000000000000000000000000" }), ...malformed],
  ["the key of an operator", inviting({ keyThumbprint: "A".repeat(43) }), ...malformed],
  ["when an operator came", inviting({ enrolledAt: "2020-01-01T00:00:00.000Z" }), ...malformed],
  [
    "the organisation of an operator",
    inviting({ organisation: "org_00000000000000000000000000" }),
    ...malformed,
  ],
  ["a role that there is not", inviting({ role: "root" }), ...malformed],
  ["two roles", inviting({ role: ["admin", "auditor"] }), ...malformed],
  ["agents of an auditor", (at) => inviting({ agents: [at.a.agent] })(at), ...malformed],
  ["no agents of an enroller", inviting({ role: "enroller" }), ...malformed],
  [
    "agents of another organisation",
    (at) => inviting({ role: "enroller", agents: [at.b.agent] })(at),
    ...notFound,
  ],
  [
    "agents that there are not",
    inviting({ role: "enroller", agents: ["agt_7zzzzzzzzzzzzzzzzzzzzzzzzz"] }),
    ...notFound,
  ],
  [
    "agents that are operators",
    (at) => inviting({ role: "enroller", agents: [at.a.admin.id] })(at),
    ...malformed,
  ],
  ["the platform's role", inviting({ role: "platform" }), 403, "role.missing"],
  ["the platform's role, later", patchingOperator({ role: "platform" }), ...malformed],
  [
    "an admin of somebody else, by the platform",
    (at) => at.platform.post("/v1/operators", { name: "x", role: "admin" }),
    403,
    "role.missing",
  ],
  [
    "the standing of an operator, later",
    patchingOperator({ role: "auditor", standing: "active" }),
    ...malformed,
  ],
  ["the standing of an organisation", founding({ standing: "suspended" }), ...malformed],
  ["the id of an organisation", founding({ id: "org_00000000000000000000000000" }), ...malformed],
  ["an admin's key", founding({ adminKey: {} }), ...malformed],
  [
    "an action's body",
    (at) => at.a.admin.post(`/v1/agents/${at.a.agent}/suspend`, { organisation: at.b.id }),
    ...malformed,
  ],
  [
    "an action's body that is a list",
    (at) => at.a.admin.post(`/v1/agents/${at.a.agent}/suspend`, []),
    ...malformed,
  ],
];

const named = (name: string): Row => [JSON.stringify(name).slice(0, 40), creating({ name }), ...malformed];
const owned = (owner: string): Row => [JSON.stringify(owner).slice(0, 40), creating({ owner }), ...malformed];
const names: readonly Row[] = [
  ...[
    "",
    "a".repeat(64),
    "A",
    "-a",
    "a-",
    "a b",
    "a_b",
    "a.b",
    "a/b",
    "..",
    "a\n",
    "a\u0000",
    "\u0430",
    "\u00e9",
    "e\u0301",
    "\u202ea",
    "a\u200bb",
    "\u2024",
    "\uff41",
    "\ud83d\ude00",
  ].map(named),
];
const owners: readonly Row[] = [
  ...["", "x".repeat(257), "e\u0301", "a\u0000", "a\u0007", "a\u0085", "a\u2028b", "a\nb", "\u212b"].map(
    owned,
  ),
];
const tagged = (tags: object): Row => [JSON.stringify(tags).slice(0, 40), creating({ tags }), ...malformed];
const tags: readonly Row[] = [
  tagged({ "": "x" }),
  tagged({ Env: "x" }),
  tagged({ "a b": "x" }),
  tagged({ a: "" }),
  tagged({ a: 1 }),
  tagged({ a: null }),
  tagged({ a: ["x"] }),
  tagged({ a: "e\u0301" }),
  tagged({ ["k".repeat(64)]: "x" }),
  tagged({ a: "x".repeat(257) }),
  tagged(Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`k${at}`, "x"]))),
  tagged({ constructor: "x" }),
];

refuses("a body with", json, world);
refuses("a body that would set", assignment, world);
refuses("the name", names, world);
refuses("the owner", owners, world);
refuses("the tags", tags, world);

describe("what the rows differ from", () => {
  test("a name may have 63 characters, an owner 256, and tags what is plain text [NAM-1]", async () => {
    const asked = { name: "n".repeat(63), owner: "ö".repeat(256), tags: { "a/b.c-d": "\u4f60\u597d" } };
    expect(jsonOf(await world().a.admin.post("/v1/agents", asked))).toMatchObject(asked);
  });

  test("an issue names the place and what was expected [API-2]", async () => {
    const answer = await world().a.admin.post("/v1/agents", { name: "x", owner: "y", standing: "active" });
    expect(answer.text).toContain("standing");
    expect(jsonOf(answer).issues).toHaveLength(1);
  });

  test("nobody is told what a body lacks before they are somebody [API-8]", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await world().a.admin.exchange({ method: "POST", path: "/v1/agents", headers, body: "{" });
    expect([answer.status, codeOf(answer)]).toEqual([401, "access.missing"]);
  });
});
