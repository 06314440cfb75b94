/** REST in the hands of somebody who is somebody: bodies, queries, headers, paths and methods that nobody should send. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder } from "../fixtures/broker-process.js";
import { type Answer, answerOf, codeOf, exchangeBytes, type Headers, jsonOf } from "../fixtures/exchange.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import { makeKey } from "../fixtures/signing.js";
import { makeAgent, makeWorld, type World } from "../fixtures/world.js";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(async () => {
  await world.broker.stop();
  removeFolder(world.broker.data);
});

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
    ...malformed,
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

const listing = (query: string) => (at: World) => at.a.admin.get(`/v1/agents?${query}`);
const facts = (query: string) => (at: World) => at.a.admin.get(`/v1/audit/facts?${query}`);
/** A true cursor of the first page of facts, and what becomes of it elsewhere. */
const cursorOf = async (at: World): Promise<string> =>
  String(jsonOf(await at.a.admin.get("/v1/audit/facts?limit=1")).nextCursor);
const cursored = (use: (cursor: string, at: World) => Promise<Answer>) => async (at: World) =>
  use(await cursorOf(at), at);
const noCursor = [400, "cursor.invalid"] as const;

const queries: readonly Row[] = [
  ...[
    "0",
    "-1",
    "201",
    "1000",
    "1e2",
    "%2B5",
    "+5",
    "05",
    "5.0",
    "0x10",
    "٣",
    "",
    "%20 5".replace(" ", ""),
    "Infinity",
    "NaN",
    "null",
    "1%00",
  ].map(
    (limit): Row => [
      `limit=${limit}`,
      listing(
        `limit=${encodeURI(limit).replace("%2520", "%20").replace("%252B", "%2B").replace("%2500", "%00")}`,
      ),
      ...malformed,
    ],
  ),
  ["limit twice", listing("limit=1&limit=2"), ...malformed],
  ["limit as a list", listing("limit[]=1"), ...malformed],
  ["an unknown parameter", listing("sort=name"), ...malformed],
  ["a parameter that another list has", listing("kind=agent.created"), ...malformed],
  ["limit in capitals", listing("LIMIT=1"), ...malformed],
  ["__proto__", listing("__proto__=1"), ...malformed],
  ["a query where there is none", (at) => at.a.admin.get("/v1/whoami?a=1"), ...malformed],
  ["a kind with a wildcard", facts("kind=agent.*"), ...malformed],
  ["a kind with a quote", facts("kind=agent.created'--"), ...malformed],
  ["a kind of 65 letters", facts(`kind=${"a".repeat(60)}.abcd`), ...malformed],
  ["two kinds", facts("kind=agent.created&kind=agent.revoked"), ...malformed],
  ["an empty cursor", facts("cursor="), ...malformed],
  ["a cursor of 1,025 characters", facts(`cursor=${"a".repeat(1_025)}`), ...malformed],
  ["garbage as a cursor", facts("cursor=garbage"), ...noCursor],
  ["a cursor that is a position", facts("cursor=1"), ...noCursor],
  ["a cursor cut short", cursored((cursor, at) => facts(`cursor=${cursor.slice(0, -1)}`)(at)), ...noCursor],
  ["a cursor with a character more", cursored((cursor, at) => facts(`cursor=${cursor}A`)(at)), ...noCursor],
  [
    "a cursor with one character turned",
    cursored((cursor, at) => facts(`cursor=${turned(cursor)}`)(at)),
    ...noCursor,
  ],
  ["a cursor of another list", cursored((cursor, at) => listing(`cursor=${cursor}`)(at)), ...noCursor],
  [
    "a cursor of another filter",
    cursored((cursor, at) => facts(`kind=agent.created&cursor=${cursor}`)(at)),
    ...noCursor,
  ],
  [
    "a cursor of a colleague",
    cursored((cursor, at) => at.a.auditor.get(`/v1/audit/facts?cursor=${cursor}`)),
    ...noCursor,
  ],
  [
    "a cursor of another organisation",
    cursored((cursor, at) => at.b.admin.get(`/v1/audit/facts?cursor=${cursor}`)),
    ...noCursor,
  ],
];

const withKey = (key: string | string[]) => (at: World) =>
  at.a.admin.post("/v1/agents", { name: "new", owner: "x" }, { "idempotency-key": key });

const preconditions: readonly Row[] = [
  ["no If-Match", patching({ owner: "y" }, {}), 428, "precondition.required"],
  ...[
    '"v2"',
    "v1",
    '"1"',
    'W/"v1"',
    "*",
    '"v1", "v2"',
    '"v01"',
    '"v0"',
    '"v-1"',
    '"v1e0"',
    '"v9007199254740993"',
    '""',
  ].map(
    (tag): Row => [
      `If-Match ${tag}`,
      patching({ owner: "y" }, { "if-match": tag }),
      412,
      "precondition.failed",
    ],
  ),
  ["two If-Match", patching({ owner: "y" }, { "if-match": ['"v1"', '"v1"'] }), 412, "precondition.failed"],
  ["an empty Idempotency-Key", withKey(""), ...malformed],
  ["an Idempotency-Key of 129 characters", withKey("k".repeat(129)), ...malformed],
  ["an Idempotency-Key with a space", withKey("a b"), ...malformed],
  ["an Idempotency-Key that is no ASCII", withKey("\u00e9"), ...malformed],
  ["two Idempotency-Keys", withKey(["one", "two"]), ...malformed],
];

const showing = (path: string) => (at: World) => at.a.admin.get(path);
const ids: readonly Row[] = [
  ["a slash at the end", showing("/v1/agents/"), ...notFound],
  ["two slashes", showing("/v1//agents"), ...notFound],
  ["two slashes at the beginning", showing("//v1/agents"), ...notFound],
  ["capitals", showing("/V1/agents"), ...notFound],
  ["capitals at the end", showing("/v1/Agents"), ...notFound],
  ["a dot", showing("/v1/./agents"), ...notFound],
  ["two dots", showing("/v1/audit/../agents"), ...notFound],
  ["encoded dots", showing("/v1/audit/%2e%2e/agents"), ...notFound],
  ["an encoded slash", (at) => at.a.admin.get(`/v1/agents%2f${at.a.agent}`), ...notFound],
  [
    "an encoded slash within the id",
    (at) => at.a.admin.get(`/v1/agents/x%2f..%2f${at.a.agent}`),
    ...notFound,
  ],
  ["a semicolon", showing("/v1/agents;a=b"), ...notFound],
  ["a back slash", showing("/v1\\agents"), ...notFound],
  ["a suffix", showing("/v1/agents.json"), ...notFound],
  ["an id in capitals", (at) => at.a.admin.get(`/v1/agents/${at.a.agent.toUpperCase()}`), ...notFound],
  ["an id with a space at its end", (at) => at.a.admin.get(`/v1/agents/${at.a.agent}%20`), ...notFound],
  ["an id with NUL at its end", (at) => at.a.admin.get(`/v1/agents/${at.a.agent}%00`), ...notFound],
  ["an id with a wildcard", showing("/v1/agents/agt_%25"), ...notFound],
  ["an id with a quote", showing("/v1/agents/x'%20OR%20'1'='1"), ...notFound],
  ["an id of another kind", (at) => at.a.admin.get(`/v1/agents/${at.a.admin.id}`), ...notFound],
  [
    "an id of an operator where tokens of agents are",
    (at) => at.a.admin.get(`/v1/agents/${at.a.auditor.id}/enrolment-tokens`),
    ...notFound,
  ],
  [
    "an id of an agent where tokens of operators are",
    (at) => at.a.admin.get(`/v1/operators/${at.a.agent}/enrolment-tokens`),
    ...notFound,
  ],
  ["an id of 65 characters", showing(`/v1/agents/${"a".repeat(65)}`), ...notFound],
  ["an id of 2,000 characters", showing(`/v1/agents/${"a".repeat(2_000)}`), ...notFound],
  ["a broken percent sign", showing("/v1/agents/%zz"), ...malformed],
  ["half of a character", showing("/v1/agents/%c3"), ...malformed],
];

const asking =
  (method: string, path = "/v1/agents") =>
  (at: World) =>
    at.a.admin.ask(method, path);
const methods: readonly Row[] = [
  ...["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "SEARCH"].map(
    (method): Row => [method, asking(method), ...notFound],
  ),
  ["GET of an action", (at) => at.a.admin.get(`/v1/agents/${at.a.agent}/revoke`), ...notFound],
  ["POST of a thing", (at) => at.a.admin.post(`/v1/agents/${at.a.agent}`, {}), ...notFound],
  ["DELETE of a fact", (at) => at.a.admin.ask("DELETE", "/v1/audit/facts"), ...notFound],
  [
    "a method in a header",
    (at) => at.a.admin.ask("PUT", "/v1/agents", {}, { "x-http-method-override": "POST" }),
    ...notFound,
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

refuses("a body with", json, () => world);
refuses("a body that would set", assignment, () => world);
refuses("a query with", queries, () => world);
refuses("a change or a creation with", preconditions, () => world);
refuses("a path with", ids, () => world);
refuses("the method", methods, () => world);
refuses("the name", names, () => world);
refuses("the owner", owners, () => world);
refuses("the tags", tags, () => world);

const requestLines = [
  ["an address in place of a path", "GET http://evil.example/v1/whoami HTTP/1.1", 401],
  ["an authority in place of a path", "CONNECT 127.0.0.1:1 HTTP/1.1", 0],
  ["a star in place of a path", "OPTIONS * HTTP/1.1", 404],
  ["NUL in the path", "GET /v1/who\u0000ami HTTP/1.1", 400],
  ["a tab in the path", "GET /v1/who\tami HTTP/1.1", 400],
  ["a method that there is not", "FROBNICATE / HTTP/1.1", 400],
  ["HTTP 0.9", "GET /", 404],
  ["HTTP 3.0", "GET / HTTP/3.0", 400],
  ["a path of 20,000 characters", `GET /${"a".repeat(20_000)} HTTP/1.1`, 400],
  ["a HEAD of what can be read", "HEAD /healthz HTTP/1.1", 404],
] as const;

const framings = [
  ["no Host", "GET /healthz HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400],
  [
    "two lengths",
    "POST /v1/enrolments HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    400,
  ],
  [
    "a length and chunks",
    "POST /v1/enrolments HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["a length below zero", "POST /v1/enrolments HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400],
  [
    "a chunk that is no number",
    "POST /v1/enrolments HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    400,
  ],
  ["a folded header", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400],
  ["a space before the colon", "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["lines that end in one character", "GET /healthz HTTP/1.1\nHost: a\n\n", 400],
  ["headers of 20 KiB", `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 400],
  ["the beginning of TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400],
] as const;

describe("a request that is hardly HTTP", () => {
  const host = "Host: x\r\nConnection: close\r\n\r\n";
  const rows = [
    ...requestLines.map(([name, line, status]) => [name, `${line}\r\n${host}`, status] as const),
    ...framings,
  ];

  test.each(rows)(
    "with %s is answered once and shortly, and the broker goes on",
    async (_name, text, status) => {
      const back = await exchangeBytes(world.broker.url, Buffer.from(text, "latin1"));
      if (status === 0) expect(back).toBe("");
      else expect(answerOf(back).status).toBe(status);
      expect((await world.b.instance.get("/v1/whoami")).status).toBe(200);
    },
  );
});

describe("what the rows differ from", () => {
  test.each([1, 200])("a list takes limit=%d [API-5]", async (limit) => {
    expect((await world.a.admin.get(`/v1/agents?limit=${limit}`)).status).toBe(200);
  });

  test("a name may have 63 characters, an owner 256, and tags what is plain text [NAM-1]", async () => {
    const asked = { name: "n".repeat(63), owner: "ö".repeat(256), tags: { "a/b.c-d": "\u4f60\u597d" } };
    expect(jsonOf(await world.a.admin.post("/v1/agents", asked))).toMatchObject(asked);
  });

  test("the same Idempotency-Key with the same request is the same thing, whoever else has used the key [API-6]", async () => {
    const key = { "idempotency-key": "k".repeat(128) };
    const body = { name: "once", owner: "x" };
    const first = await world.a.admin.post("/v1/agents", body, key);
    const again = await world.a.admin.post("/v1/agents", { owner: "x", name: "once" }, key);
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    expect(codeOf(await world.a.admin.post("/v1/agents", { ...body, owner: "y" }, key))).toBe(
      "idempotency.reused",
    );
    const other = await world.b.admin.post("/v1/agents", body, key);
    expect([other.status, jsonOf(other).id === jsonOf(first).id]).toEqual([201, false]);
  });

  test("an Idempotency-Key on another path is another request", async () => {
    const agent = await makeAgent(world.a.admin, "for-tokens");
    const key = { "idempotency-key": "shared" };
    const minted = await world.a.admin.post(`/v1/agents/${agent}/enrolment-tokens`, {}, key);
    const again = await world.a.admin.post(`/v1/agents/${agent}/enrolment-tokens`, {}, key);
    expect(jsonOf(again)).toEqual({ ...jsonOf(minted), token: null });
    const elsewhere = await world.a.admin.post(`/v1/agents/${world.a.agent}/enrolment-tokens`, {}, key);
    expect(codeOf(elsewhere)).toBe("idempotency.reused");
  });

  test("a change with the ETag of what was read succeeds once [API-7]", async () => {
    const path = `/v1/agents/${await makeAgent(world.a.admin, "changed")}`;
    const { etag = "" } = (await world.a.admin.get(path)).headers;
    const change = () => world.a.admin.ask("PATCH", path, { owner: "z" }, { "if-match": etag });
    expect([(await change()).status, codeOf(await change())]).toEqual([200, "precondition.failed"]);
  });

  test("an issue names the place and what was expected [API-2]", async () => {
    const answer = await world.a.admin.post("/v1/agents", { name: "x", owner: "y", standing: "active" });
    expect(answer.text).toContain("standing");
    expect(jsonOf(answer).issues).toHaveLength(1);
  });

  test("nobody is told what a body lacks before they are somebody [API-8]", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await world.a.admin.exchange({ method: "POST", path: "/v1/agents", headers, body: "{" });
    expect([answer.status, codeOf(answer)]).toEqual([401, "access.missing"]);
  });

  test("a key is replaced by proofs of both keys, and by nothing less [ID-10]", async () => {
    const answer = await world.b.auditor.post("/v1/key", {
      publicKey: makeKey().jwk,
      oldProof: "x",
      newProof: "y",
    });
    expect(codeOf(answer)).toBe("key.invalid");
  });
});

function turned(cursor: string): string {
  const at = Math.floor(cursor.length / 2);
  return cursor.slice(0, at) + (cursor.charAt(at) === "A" ? "B" : "A") + cursor.slice(at + 1);
}
