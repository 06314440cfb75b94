import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { organisationOfThisTest } from "../testing/people.js";

const path = "/v1/agents";
const json = { "content-type": "application/json" };

async function adminOfThisTest() {
  const { acme } = await organisationOfThisTest();
  return {
    post: (body: string | Buffer, headers: Readonly<Record<string, string>> = json) =>
      acme.admin.post(path, body, headers),
    listed: async () => (await acme.admin.get(path)).body.items,
  };
}

const agent = (more = "") => `{"name":"feed","owner":"o@example.com"${more}}`;
/** JSON of exactly this many bytes: white space is part of a body, too. */
const ofLength = (bytes: number): string => agent() + " ".repeat(bytes - agent().length);

describe("a body [API-2]", () => {
  test("is taken up to 64 KiB, and not a byte beyond, whether its length is said or not [requestBodyBytesMax]", async () => {
    const { post } = await adminOfThisTest();
    expect(limits.requestBodyBytesMax).toBe(65_536);
    expect(await post(ofLength(65_537))).toMatchObject({
      status: 413,
      body: { code: "request.body-too-large" },
    });
    const chunked = { ...json, "transfer-encoding": "chunked" };
    expect(await post(ofLength(65_537), chunked)).toMatchObject({ status: 413 });
    expect(await post(ofLength(65_536))).toMatchObject({ status: 201 });
  });

  test.each<[string, string | Buffer, string]>([
    ["a key twice", '{"name":"feed","name":"other","owner":"o@example.com"}', "duplicate-key"],
    ["a key twice, in two spellings", agent(',"\\u006eame":"other"'), "duplicate-key"],
    ["__proto__", agent(',"__proto__":{"role":"admin"}'), "reserved-key"],
    ["a lone surrogate", agent(',"tags":{"a":"\\ud800"}'), "text"],
    ["NUL", agent(',"tags":{"a":"\\u0000"}'), "text"],
    ["a number that does not survive", agent(',"tags":{"a":1e400}'), "number"],
    ["bytes that are no UTF-8", Buffer.from(agent(',"tags":{"a":"\xff"}'), "latin1"), "utf-8"],
    ["a byte order mark", `\ufeff${agent()}`, "syntax"],
    ["something behind it", `${agent()}{}`, "syntax"],
    ["a comment", `${agent()}//`, "syntax"],
    ["depth", `${"[".repeat(17)}${"]".repeat(17)}`, "depth"],
    ["a body in another encoding", Buffer.from(agent(), "utf16le"), "syntax"],
  ])("with %s is not strict JSON, and makes nothing", async (_title, body, fault) => {
    const { post, listed } = await adminOfThisTest();
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { code: "request.malformed", detail: `the body is not strict JSON: ${fault}` },
    });
    expect(await listed()).toEqual([]);
  });

  test.each<[string, string, string, RegExp]>([
    ["a field that nobody takes", agent(',"role":"admin"'), "body/", /Unrecognized key: "role"/],
    ["two of them", agent(',"a":1,"b":2'), "body/", /"a", "b"/],
    ["constructor", agent(',"constructor":1'), "body/", /"constructor"/],
    ["the id of what it makes", agent(',"id":"agt_1"'), "body/", /"id"/],
    ["the organisation that it is of", agent(',"organisation":"org_1"'), "body/", /"organisation"/],
    ["no name", '{"owner":"o@example.com"}', "body/name", /string/],
    ["a name of another type", '{"name":1,"owner":"o@example.com"}', "body/name", /string/],
    ["a name in upper case [NAM-1]", '{"name":"Feed","owner":"o@example.com"}', "body/name", /lower-case/],
    ["control characters [NAM-1]", '{"name":"feed","owner":"a\\u0007"}', "body/owner", /control/],
    ["a tag of another type", agent(',"tags":{"a":1}'), "body/tags/a", /string/],
    ["a list in its place", "[]", "body/", /object/],
    ["null in its place", "null", "body/", /object/],
    ["text in its place", '"feed"', "body/", /object/],
    ["nothing in its place", "", "body/", /object/],
  ])("with %s is refused by name", async (_title, body, where, expected) => {
    const { post, listed } = await adminOfThisTest();
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { code: "request.malformed" } });
    const issues = answer.body.issues as { path: string; expected: string }[];
    const issue = issues.find((one) => one.path === where && expected.test(one.expected));
    expect(issue, answer.text).toBeDefined();
    expect(await listed()).toEqual([]);
  });

  test("with a thousand things wrong is told of the first sixteen", async () => {
    const { post } = await adminOfThisTest();
    const tags = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`t${index}`, index]));
    const answer = await post(JSON.stringify({ name: "feed", owner: "o", tags }));
    expect(answer.body.issues).toHaveLength(16);
  });

  test.each([
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/json-patch+json", 415],
    ["application/problem+json", 415],
    ["", 415],
    ["application/json", 201],
    ["application/json; charset=utf-8", 201],
    ["Application/JSON", 201],
  ])("of type %j is answered %i", async (type, status) => {
    const { post } = await adminOfThisTest();
    expect(await post(agent(), { "content-type": type })).toMatchObject({ status });
  });

  test("that is packed is not unpacked", async () => {
    const { post } = await adminOfThisTest();
    expect(await post(agent(), { ...json, "content-encoding": "gzip" })).toMatchObject({ status: 415 });
  });
});

test("an action takes no body, an empty one or null, and nothing in it [API-2]", async () => {
  const { acme } = await organisationOfThisTest();
  const made = await acme.admin.post(path, agent(), json);
  const suspend = (body?: string) =>
    acme.admin.post(`${path}/${made.body.id}/suspend`, body, body === undefined ? {} : json);
  for (const body of [undefined, "", "{}", "null"])
    expect(await suspend(body)).toMatchObject({ status: 200 });
  for (const body of ['{"force":true}', "[]", "0", '""'])
    expect(await suspend(body)).toMatchObject({ status: 400 });
});
