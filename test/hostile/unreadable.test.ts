/** Requests that are hardly HTTP: answered once and shortly, or not at all, and the broker goes on. */
import { describe, expect, test } from "vitest";
import { answerOf, exchangeBytes } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";

const opened = openWorld();
const world = () => opened.world;

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
  ["no Host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
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
      const back = await exchangeBytes(world().broker.url, Buffer.from(text, "latin1"));
      if (status === 0) expect(back).toBe("");
      else expect(answerOf(back).status).toBe(status);
      expect((await world().b.instance.get("/v1/whoami")).status).toBe(200);
    },
  );
});
