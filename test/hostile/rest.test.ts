/** REST in the hands of somebody who is somebody: queries, cursors, preconditions, paths and methods. */
import { describe, expect, test } from "vitest";
import { type Answer, codeOf, type Headers, jsonOf } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import { makeKey } from "../fixtures/signing.js";
import { makeAgent, type World } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

const malformed = [400, "request.malformed"] as const;
const notFound = [404, "not-found"] as const;

const patching =
  (body: object, headers: Headers = { "if-match": '"v1"' }) =>
  (at: World) =>
    at.a.admin.ask("PATCH", `/v1/agents/${at.a.agent}`, body, headers);
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
  ["a kind with a wildcard within it", facts("kind=agent.cre*"), ...malformed],
  ["a wildcard for every kind", facts("kind=*"), ...malformed],
  ["a time without a zone", facts("from=2026-01-05T09:00:00"), ...malformed],
  ["a decision that nobody makes", facts("decision=maybe"), ...malformed],
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

refuses("a query with", queries, world);
refuses("a change or a creation with", preconditions, world);
refuses("a path with", ids, world);
refuses("the method", methods, world);

describe("what the rows differ from", () => {
  test.each([1, 200])("a list takes limit=%d [API-5]", async (limit) => {
    expect((await world().a.admin.get(`/v1/agents?limit=${limit}`)).status).toBe(200);
  });

  test("the same Idempotency-Key with the same request is the same thing, whoever else has used the key [API-6]", async () => {
    const key = { "idempotency-key": "k".repeat(128) };
    const body = { name: "once", owner: "x" };
    const first = await world().a.admin.post("/v1/agents", body, key);
    const again = await world().a.admin.post("/v1/agents", { owner: "x", name: "once" }, key);
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    expect(codeOf(await world().a.admin.post("/v1/agents", { ...body, owner: "y" }, key))).toBe(
      "idempotency.reused",
    );
    const other = await world().b.admin.post("/v1/agents", body, key);
    expect([other.status, jsonOf(other).id === jsonOf(first).id]).toEqual([201, false]);
  });

  test("an Idempotency-Key on another path is another request", async () => {
    const agent = await makeAgent(world().a.admin, "for-tokens");
    const key = { "idempotency-key": "shared" };
    const minted = await world().a.admin.post(`/v1/agents/${agent}/enrolment-tokens`, {}, key);
    const again = await world().a.admin.post(`/v1/agents/${agent}/enrolment-tokens`, {}, key);
    expect(jsonOf(again)).toEqual({ ...jsonOf(minted), token: null });
    const elsewhere = await world().a.admin.post(`/v1/agents/${world().a.agent}/enrolment-tokens`, {}, key);
    expect(codeOf(elsewhere)).toBe("idempotency.reused");
  });

  test("a change with the ETag of what was read succeeds once [API-7]", async () => {
    const path = `/v1/agents/${await makeAgent(world().a.admin, "changed")}`;
    const { etag = "" } = (await world().a.admin.get(path)).headers;
    const change = () => world().a.admin.ask("PATCH", path, { owner: "z" }, { "if-match": etag });
    expect([(await change()).status, codeOf(await change())]).toEqual([200, "precondition.failed"]);
  });

  test("a key is replaced by proofs of both keys, and by nothing less [ID-10]", async () => {
    const answer = await world().b.auditor.post("/v1/key", {
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
