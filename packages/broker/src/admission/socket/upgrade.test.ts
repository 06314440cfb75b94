import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { isProperUpgrade } from "./upgrade.js";

type Headers = NodeJS.Dict<string[]>;

const proper: Headers = {
  host: ["broker.example"],
  upgrade: ["websocket"],
  connection: ["Upgrade"],
  "sec-websocket-version": ["13"],
  "sec-websocket-key": ["AAAAAAAAAAAAAAAAAAAAAA=="],
  "sec-websocket-protocol": ["parley.v1"],
};

const judge = (headers: Headers = {}, line: Partial<IncomingMessage> = {}): boolean => {
  const request = { method: "GET", url: "/v1/connect", httpVersion: "1.1", ...line };
  return isProperUpgrade({ ...request, headersDistinct: { ...proper, ...headers } } as IncomingMessage);
};

describe("an upgrade [SOC-1]", () => {
  test.each<[string, Headers]>([
    ["as it should be", {}],
    ["in the letters of another client", { upgrade: ["WebSocket"] }],
    ["with headers that mean nothing here", { origin: ["https://app.example"], "user-agent": ["x"] }],
    ["that offers compression, which is not taken", { "sec-websocket-extensions": ["permessage-deflate"] }],
  ])("%s is proper", (_title, headers) => {
    expect(judge(headers)).toBe(true);
  });

  test.each<[string, Headers]>([
    ["without a subprotocol", { "sec-websocket-protocol": undefined }],
    ["with another subprotocol", { "sec-websocket-protocol": ["parley.v2"] }],
    ["with a subprotocol that only begins like ours", { "sec-websocket-protocol": ["parley.v10"] }],
    ["with a subprotocol that a dot could stand for", { "sec-websocket-protocol": ["parleyxv1"] }],
    ["with ours among others", { "sec-websocket-protocol": ["parley.v1, chat"] }],
    ["with ours twice", { "sec-websocket-protocol": ["parley.v1", "parley.v1"] }],
    ["with a cookie", { cookie: ["a=b"] }],
    ["with an empty cookie", { cookie: [""] }],
    ["with a body", { "content-length": ["2"] }],
    ["with a body in chunks", { "transfer-encoding": ["chunked"] }],
    ["of an older version", { "sec-websocket-version": ["8"] }],
    ["without a version", { "sec-websocket-version": undefined }],
    ["without a key", { "sec-websocket-key": undefined }],
    ["with two keys", { "sec-websocket-key": ["AAAAAAAAAAAAAAAAAAAAAA==", "BAAAAAAAAAAAAAAAAAAAAA=="] }],
    ["with a key that is too short", { "sec-websocket-key": ["AAAA"] }],
    ["with a key of other letters", { "sec-websocket-key": ["AAAAAAAAAAAAAAAAAAAAA-=="] }],
    ["to something else", { upgrade: ["h2c"] }],
    ["to a choice", { upgrade: ["websocket, h2c"] }],
  ])("%s is not", (_title, headers) => {
    expect(judge(headers)).toBe(false);
  });

  test.each([
    "/v1/connect?",
    "/v1/connect?token=x",
    "/v1/connect/",
    "/V1/connect",
    "http://broker.example/v1/connect",
  ])("of %s is not", (url) => {
    expect(judge({}, { url })).toBe(false);
  });

  test("of HTTP/1.0, or by another method, is not", () => {
    expect(judge({}, { httpVersion: "1.0" })).toBe(false);
    expect(judge({}, { method: "POST" })).toBe(false);
  });
});
