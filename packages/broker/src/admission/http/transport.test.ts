import { PassThrough } from "node:stream";
import { limits } from "@parley/protocol";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { openNonces } from "../authenticate/nonce.js";
import { StandingClock } from "../testing/edge.js";
import { edgeOfThisTest, peopleOfThisTest } from "../testing/people.js";
import { makeApp } from "./app.js";

const host = "Host: x\r\nConnection: close\r\n";
const dressed = [
  "cache-control",
  "content-security-policy",
  "x-content-type-options",
  "referrer-policy",
  "dpop-nonce",
  "date",
];

interface Spoken {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The last answer in what came back. */
function read(text: string): Spoken {
  const [head = "", body = ""] = text.slice(text.lastIndexOf("HTTP/1.1 ")).split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(" ")[1]), headers: new Map(headers), body };
}

const codeOf = ({ body }: Spoken): string => (body === "" ? "" : JSON.parse(body).code);

/** Every answer, whatever was asked, has the same headers beside those that tell of its body and its connection. */
function expectDressed({ headers }: Spoken): void {
  expect([...headers.keys()].filter((name) => dressed.includes(name))).toEqual(dressed);
  expect(headers.get("date")).toBe("Mon, 05 Jan 2026 09:00:00 GMT");
  const others = [...headers.keys()].filter((name) => !dressed.includes(name));
  const allowed = ["content-type", "content-length", "connection", "keep-alive", "www-authenticate"];
  expect(others.filter((name) => !allowed.includes(name))).toEqual([]);
}

const form = "Content-Type: application/x-www-form-urlencoded\r\n";
const json = "Content-Type: application/json\r\n";

describe("whatever is spoken is answered with the same headers [ID-15] [ID-18] and a code [ERR-2]:", () => {
  test.each<[string, string, number, string]>([
    ["a route", `GET /healthz HTTP/1.1\r\n${host}\r\n`, 200, ""],
    ["an older HTTP", "GET /healthz HTTP/1.0\r\n\r\n", 200, ""],
    [
      "an absolute address, of whatever host",
      `GET http://evil.example/healthz HTTP/1.1\r\n${host}\r\n`,
      200,
      "",
    ],
    ["an unknown route", `GET /nothing HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["a route with a slash behind", `GET /healthz/ HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["a route with two slashes", `GET //healthz HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["a route in upper case", `GET /HEALTHZ HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["a route with a semicolon", `GET /healthz;a=1 HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["dots", `GET /v1/../healthz HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["OPTIONS", `OPTIONS /v1/agents HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["OPTIONS of everything", `OPTIONS * HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["TRACE", `TRACE /healthz HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["DELETE", `DELETE /v1/agents HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["a method that nobody has", `PROPFIND /healthz HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["POST of what is only read", `POST /healthz HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["an id longer than any", `GET /v1/agents/${"a".repeat(129)} HTTP/1.1\r\n${host}\r\n`, 404, "not-found"],
    ["a path that is no text", `GET /v1/agents/%E0%A4%A HTTP/1.1\r\n${host}\r\n`, 400, "request.malformed"],
    ["a path that ends in a percent", `GET /v1/agents/% HTTP/1.1\r\n${host}\r\n`, 400, "request.malformed"],
    ["a fragment", `GET /healthz#x HTTP/1.1\r\n${host}\r\n`, 400, "request.malformed"],
    [
      "a query that nobody takes [API-2]",
      `GET /healthz?a=1 HTTP/1.1\r\n${host}\r\n`,
      400,
      "request.malformed",
    ],
    ["__proto__ in the query", `GET /healthz?__proto__=1 HTTP/1.1\r\n${host}\r\n`, 400, "request.malformed"],
    ["no host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "request.malformed"],
    ["two hosts", `GET /healthz HTTP/1.1\r\nHost: y\r\n${host}\r\n`, 400, "request.malformed"],
    ["no HTTP at all", "GARBAGE\r\n\r\n", 400, "request.malformed"],
    ["a method in lower case", `get /healthz HTTP/1.1\r\n${host}\r\n`, 400, "request.malformed"],
    [
      "headers beyond measure",
      `GET /healthz HTTP/1.1\r\nA: ${"a".repeat(20_000)}\r\n${host}\r\n`,
      400,
      "request.malformed",
    ],
    [
      "two lengths",
      `GET /healthz HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n${host}\r\n`,
      400,
      "request.malformed",
    ],
    [
      "a length and chunks",
      `POST /v1/enrolments HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n${host}\r\n`,
      400,
      "request.malformed",
    ],
    ["an expectation that nobody meets", `GET /healthz HTTP/1.1\r\nExpect: tea\r\n${host}\r\n`, 200, ""],
    ["no access", `GET /v1/agents HTTP/1.1\r\n${host}\r\n`, 401, "access.missing"],
    ["an upgrade that is none", `GET /v1/connect HTTP/1.1\r\n${host}\r\n`, 400, "connection.protocol"],
    [
      "another media type",
      `POST /v1/enrolments HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n${host}\r\n{}`,
      415,
      "request.media-type",
    ],
    [
      "no media type",
      `POST /v1/enrolments HTTP/1.1\r\nContent-Length: 2\r\n${host}\r\n{}`,
      415,
      "request.media-type",
    ],
    [
      "a media type that only begins like ours",
      `POST /v1/enrolments HTTP/1.1\r\nContent-Type: application/jsonx\r\nContent-Length: 2\r\n${host}\r\n{}`,
      415,
      "request.media-type",
    ],
    [
      "a form where JSON belongs",
      `POST /v1/enrolments HTTP/1.1\r\n${form}Content-Length: 3\r\n${host}\r\na=b`,
      415,
      "request.media-type",
    ],
    [
      "JSON where a form belongs",
      `POST /oauth/token HTTP/1.1\r\n${json}Content-Length: 2\r\n${host}\r\n{}`,
      415,
      "request.media-type",
    ],
    [
      "a parameter twice",
      `POST /oauth/token HTTP/1.1\r\n${form}Content-Length: 7\r\n${host}\r\na=b&a=b`,
      400,
      "request.malformed",
    ],
    [
      "a body said to be too large",
      `POST /v1/enrolments HTTP/1.1\r\n${json}Content-Length: 65537\r\n${host}\r\n`,
      413,
      "request.body-too-large",
    ],
  ])("%s", async (_title, bytes, status, code) => {
    const edge = await edgeOfThisTest();
    const answer = read(await edge.speak(bytes));
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status, code: code || undefined });
    if (code !== "") expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expectDressed(answer);
  });

  test("HEAD, without a body", async () => {
    const edge = await edgeOfThisTest();
    const answer = read(await edge.speak(`HEAD /healthz HTTP/1.1\r\n${host}\r\n`));
    expect(answer).toMatchObject({ status: 404, body: "" });
    expectDressed(answer);
  });
});

/** An app that nobody listens for, and the end of a connection that can be looked at. */
async function slowOfThisTest() {
  const app = makeApp({
    relay: () => Promise.reject(new Error("nothing comes so far")),
    clock: new StandingClock(),
    nonces: openNonces(),
    authenticate: async () => ({ code: "access.missing" }),
    log: pino({ level: "silent" }),
  });
  onTestFinished(() => app.close());
  const socket = new PassThrough();
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { app, socket, written: () => Buffer.concat(chunks).toString() };
}

test("a tunnel is not opened, and not answered", async () => {
  const edge = await edgeOfThisTest();
  expect(await edge.speak(`CONNECT example.com:443 HTTP/1.1\r\n${host}\r\n`)).toBe("");
});

test("what came too slowly is told so, and what has gone is not spoken to [requestSecondsMax]", async () => {
  const { app, socket, written } = await slowOfThisTest();
  expect(app.server.requestTimeout).toBe(limits.requestSecondsMax * 1_000);
  expect(app.server).toMatchObject({ headersTimeout: limits.requestSecondsMax * 1_000 });
  app.server.emit("clientError", Object.assign(new Error(), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), socket);
  const answer = read(written());
  expect(answer.status).toBe(408);
  expect(codeOf(answer)).toBe("request.timeout");
  expectDressed(answer);
  const gone = await slowOfThisTest();
  gone.app.server.emit("clientError", Object.assign(new Error(), { code: "ECONNRESET" }), gone.socket);
  expect(gone.written()).toBe("");
  expect(gone.socket.destroyed).toBe(true);
});

describe("a client that waits with its body [API-8]", () => {
  const waits = (access: string) =>
    `POST /v1/agents HTTP/1.1\r\nHost: x\r\n${json}Expect: 100-continue\r\nContent-Length: 2\r\n${access}\r\n`;

  test("is not asked for it as long as nobody knows who it is", async () => {
    const edge = await edgeOfThisTest();
    const text = await edge.speak(waits(""), /\}$/);
    expect(text).not.toContain("100 Continue");
    expect(read(text).status).toBe(401);
  });

  test("is asked for it once it is known", async () => {
    const { edge, acme } = await peopleOfThisTest();
    const { authorization, dpop } = await acme.admin.access("POST", "/v1/agents");
    const text = await edge.speak(
      waits(`Authorization: ${authorization}\r\nDPoP: ${dpop}\r\n`),
      /100 Continue/,
    );
    expect(text).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  });
});

test("a body that nobody listened to is not taken for the next request [API-8]", async () => {
  const edge = await edgeOfThisTest();
  const smuggled = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
  const first = `POST /v1/agents HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`;
  const text = await edge.speak(`${first}GET /healthz HTTP/1.1\r\n${host}\r\n`);
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401", "HTTP/1.1 200"]);
  expect(read(text).body).toBe('{"status":"ok"}');
});
