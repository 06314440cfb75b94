/** The upgrade of the socket: every header missing, wrong, doubled; every other way to say it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BareWire, challenged, type UpgradeLie, upgradeText } from "../fixtures/bare-wire.js";
import { removeFolder } from "../fixtures/broker-process.js";
import { type Answer, answerOf, codeOf, exchange, exchangeBytes } from "../fixtures/exchange.js";
import { answersPing, connectAs } from "../fixtures/raw-socket.js";
import { type Row, refuses } from "../fixtures/refusals.js";
import { makeWorld, type World } from "../fixtures/world.js";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(async () => {
  await world.broker.stop();
  removeFolder(world.broker.data);
});

const sending =
  (lie: UpgradeLie) =>
  async ({ broker }: World): Promise<Answer> =>
    answerOf(await exchangeBytes(broker.url, upgradeText(broker.url, lie)));
const having = (headers: UpgradeLie["headers"] & object) => sending({ headers });
const asking = (line: string) => sending({ line });

const improper = [400, "connection.protocol"] as const;
const unreadable = [400, "request.malformed"] as const;
const protocol = "sec-websocket-protocol";

refuses(
  "an upgrade with",
  [
    ["no subprotocol", having({ [protocol]: undefined }), ...improper],
    ["an empty subprotocol", having({ [protocol]: "" }), ...improper],
    ["another version of the subprotocol", having({ [protocol]: "parley.v2" }), ...improper],
    ["the subprotocol in capitals", having({ [protocol]: "PARLEY.V1" }), ...improper],
    ["a subprotocol that begins like ours", having({ [protocol]: "parley.v1.1" }), ...improper],
    ["ours among others", having({ [protocol]: "parley.v1, chat" }), ...improper],
    ["ours twice in one header", having({ [protocol]: "parley.v1, parley.v1" }), ...improper],
    ["ours in two headers", having({ [protocol]: ["parley.v1", "parley.v1"] }), ...improper],
    ["a cookie", having({ cookie: "session=1" }), ...improper],
    ["an empty cookie", having({ cookie: "" }), ...improper],
    ["a body", sending({ headers: { "content-length": "2" }, body: "{}" }), ...improper],
    ["an empty body", having({ "content-length": "0" }), ...improper],
    [
      "a body in chunks",
      sending({ headers: { "transfer-encoding": "chunked" }, body: "0\r\n\r\n" }),
      ...improper,
    ],
    ["version 8", having({ "sec-websocket-version": "8" }), ...improper],
    ["version 14", having({ "sec-websocket-version": "14" }), ...improper],
    ["no version", having({ "sec-websocket-version": undefined }), ...improper],
    ["two versions", having({ "sec-websocket-version": ["13", "13"] }), ...improper],
    ["no key", having({ "sec-websocket-key": undefined }), ...improper],
    ["a key that is too short", having({ "sec-websocket-key": "dGhl" }), ...improper],
    [
      "two keys",
      having({ "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ==", "ZGhlIHNhbXBsZSBub25jZQ=="] }),
      ...improper,
    ],
    ["another protocol to go to", having({ upgrade: "h2c" }), ...improper],
    ["a choice of protocols to go to", having({ upgrade: "websocket, h2c" }), ...improper],
  ],
  () => world,
);

refuses(
  "an upgrade of",
  [
    ["an address with a query", asking("GET /v1/connect?token=secret HTTP/1.1"), ...improper],
    ["an address with an empty query", asking("GET /v1/connect? HTTP/1.1"), ...improper],
    ["an address with a fragment", asking("GET /v1/connect#token HTTP/1.1"), ...improper],
    ["the address with a slash behind", asking("GET /v1/connect/ HTTP/1.1"), ...improper],
    ["the address in capitals", asking("GET /V1/CONNECT HTTP/1.1"), ...improper],
    ["the address with an encoded letter", asking("GET /v1/%63onnect HTTP/1.1"), ...improper],
    ["the address by a longer way", asking("GET /v1/x/../connect HTTP/1.1"), ...improper],
    ["the address with the host in it", asking("GET http://127.0.0.1/v1/connect HTTP/1.1"), ...improper],
    ["an address of REST", asking("GET /v1/whoami HTTP/1.1"), ...improper],
    ["a public address", asking("GET /healthz HTTP/1.1"), ...improper],
    ["an address that is not there", asking("GET /v1/nowhere HTTP/1.1"), ...improper],
    ["the address by POST", asking("POST /v1/connect HTTP/1.1"), ...improper],
    ["the address by OPTIONS", asking("OPTIONS /v1/connect HTTP/1.1"), ...improper],
    ["the address over HTTP/1.0", asking("GET /v1/connect HTTP/1.0"), ...improper],
  ] satisfies Row[],
  () => world,
);

refuses(
  "bytes that are hardly HTTP:",
  [
    ["no host", having({ host: undefined }), ...unreadable],
    ["a header with NUL in it", sending({ more: ["x-a: b\0c"] }), ...unreadable],
    ["a folded header", sending({ more: ["x-a: b", " c"] }), ...unreadable],
    ["a header without a name", sending({ more: [": b"] }), ...unreadable],
    ["a space before the colon", sending({ more: ["x-a : b"] }), ...unreadable],
    ["another version of HTTP", asking("GET /v1/connect HTTP/9.9"), ...unreadable],
    ["no HTTP at all", asking("hello"), ...unreadable],
    ["two lengths", sending({ more: ["content-length: 0", "content-length: 1"] }), ...unreadable],
    [
      "a length and chunks",
      sending({ more: ["content-length: 1", "transfer-encoding: chunked"], body: "0\r\n\r\n" }),
      ...unreadable,
    ],
    ["more headers than fit", sending({ more: [`x-a: ${"a".repeat(20_000)}`] }), ...unreadable],
  ],
  () => world,
);

describe("the address of the socket", () => {
  test.each(["GET", "HEAD", "POST", "PUT", "DELETE"])("is not for a plain %s", async (method) => {
    const answer = await exchange(world.broker.url, { method, path: "/v1/connect" });
    const expected = method === "GET" ? [400, "connection.protocol"] : [404, "not-found"];
    if (method !== "HEAD") expect([answer.status, codeOf(answer)]).toEqual(expected);
    else expect(answer.status).toBe(404);
  });
});

describe("an upgrade that is as it should be", () => {
  const accepted = async (lie: UpgradeLie): Promise<string> => {
    const wire = new BareWire(world.broker.url, upgradeText(world.broker.url, lie));
    const line = await wire.answered;
    wire.drop();
    return line;
  };

  test.each<[string, UpgradeLie]>([
    ["is accepted", {}],
    [
      "may come from a page of any origin, for nothing speaks for a browser",
      { headers: { origin: "https://evil.example" } },
    ],
    [
      "may offer compression, which is not taken",
      { headers: { "sec-websocket-extensions": "permessage-deflate" } },
    ],
    ["may say another host, which decides nothing", { headers: { host: "evil.example" } }],
    [
      "may say websocket as it likes",
      { headers: { upgrade: "WebSocket", connection: "keep-alive, Upgrade" } },
    ],
  ])("%s", async (_title, lie) => {
    expect(await accepted(lie)).toBe("HTTP/1.1 101 Switching Protocols");
  });

  test("and is followed by HTTP is ended as malformed", async () => {
    const { wire } = await challenged(world.broker.url);
    wire.write(Buffer.from("GET /v1/whoami HTTP/1.1\r\nhost: x\r\n\r\n"));
    expect(await wire.closed).toBe(4400);
  });

  test("and brings its first frame along in the same packet is ended as malformed", async () => {
    const early = Buffer.from([0x82, 0x82, 0, 0, 0, 0, 1, 6]).toString("latin1");
    const wire = new BareWire(world.broker.url, upgradeText(world.broker.url, { body: early }));
    expect(await wire.closed).toBe(4400);
  });
});

test("a neighbour who was connected all the while still is", async () => {
  const neighbour = await connectAs(world.b.instance);
  await sending({ headers: { cookie: "a=b" } })(world);
  const { wire } = await challenged(world.broker.url);
  wire.drop();
  expect(await answersPing(neighbour)).toBe(true);
  neighbour.socket.end();
});
