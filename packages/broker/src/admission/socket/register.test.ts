import { connect, type Socket } from "node:net";
import { closeCodes, encodeJsonFrame, limits } from "@parley/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, Edge } from "./testing/edge.js";
import { settled } from "./testing/stage.js";

let edge: Edge;
const open = async (...args: Parameters<typeof Edge.open>): Promise<Edge> => {
  edge = await Edge.open(...args);
  return edge;
};
afterEach(() => edge.close());

const ending = (reason: keyof typeof closeCodes) => ({
  code: closeCodes[reason].code,
  says: closeCodes[reason].says,
});

/** Sends bytes as they are, and answers with all that comes back until the other end closes. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });

const upgrade = (path: string, ...headers: string[]): string =>
  [
    `GET ${path} HTTP/1.1`,
    "host: x",
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
    "",
    "",
  ].join("\r\n");

describe("the address of the socket [SOC-1]", () => {
  test("answers a plain request with the problem of an upgrade that is not one", async () => {
    const { port } = await open();
    const response = await fetch(`http://127.0.0.1:${port}/v1/connect`);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 400, code: "connection.protocol" });
  });

  test.each([
    ["without the subprotocol", upgrade("/v1/connect")],
    ["with a query", upgrade("/v1/connect?token=x", "sec-websocket-protocol: parley.v1")],
    ["with a cookie", upgrade("/v1/connect", "sec-websocket-protocol: parley.v1", "cookie: a=b")],
    ["of another address", upgrade("/elsewhere", "sec-websocket-protocol: parley.v1")],
    ["of an address that is not there", upgrade("/nowhere", "sec-websocket-protocol: parley.v1")],
  ])("does not take an upgrade %s", async (_title, request) => {
    const { port } = await open();
    const answer = await raw(port, request);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain('"code":"connection.protocol"');
    expect(edge.sockets.unauthenticated).toBe(0);
  });

  test("names the subprotocol, and takes no extension", async () => {
    await open();
    const client = edge.client();
    await client.challenge();
    expect([client.ws.protocol, client.ws.extensions]).toEqual(["parley.v1", ""]);
  });
});

describe("a socket", () => {
  test("is challenged first, and welcomed after its hello [SOC-3]", async () => {
    const { decided, tokens, connections } = await open();
    const speaker = await tokens.speaker();
    const client = edge.client();
    await client.hello(speaker);
    expect(edge.sockets.unauthenticated).toBe(1);
    const { kind, body } = await client.next();
    expect(kind).toBe("welcome");
    expect(body).toMatchObject({ principal: speaker.principal, ...decided.home, epoch: 1, era: 1 });
    expect([connections.count, edge.sockets.unauthenticated]).toEqual([1, 0]);
  });

  test("says goodbye with 1000, and the line is told before all is settled", async () => {
    const { decided } = await open();
    decided.hold = () => settled();
    const { client, speaker } = await edge.welcomed();
    client.ws.close(1000);
    expect((await client.closed).code).toBe(1000);
    await edge.close();
    expect(decided.asked.at(-1)).toMatchObject({
      kind: "connection.close",
      instance: speaker.principal,
      epoch: 1,
      goodbye: true,
    });
  });

  test.each([
    ["is lost", (ws: { terminate(): void }) => ws.terminate()],
    ["closes with another code", (ws: { close(code: number): void }) => ws.close(4000)],
  ])("that %s has said no goodbye [SES-23]", async (_, leave) => {
    const { decided } = await open();
    const { client } = await edge.welcomed();
    leave(client.ws);
    await edge.close();
    expect(decided.asked.at(-1)).toMatchObject({ kind: "connection.close", goodbye: false });
  });

  test.each(["revoked", "suspended", "replaced"] as const)(
    "that does not read is gone within a second of being cut as %s, and can still read why [SOC-10]",
    async (reason) => {
      const { decided, connections } = await open();
      const { client } = await edge.welcomed();
      client.ws.pause();
      const cut = await connections.cut([{ scope: "agent", id: decided.home.agent, reason }]);
      expect(cut).toEqual({ sockets: 1, surviving: [] });
      client.ws.resume();
      expect(await client.closed).toEqual(ending(reason));
    },
  );

  test("of somebody without authority is not waited for [SOC-10]", async () => {
    // So long that the test would fail of it.
    const { decided, connections } = await open({ closeSecondsMax: 60 });
    const { client } = await edge.welcomed();
    client.ws.pause();
    const cut = await connections.cut([{ scope: "agent", id: decided.home.agent, reason: "revoked" }]);
    expect(cut).toEqual({ sockets: 1, surviving: [] });
    client.ws.resume();
    expect(await client.closed).toEqual(ending("revoked"));
  });

  test("that lets everything lie until too much waits is ended by force [SOC-8]", {
    timeout: 30_000,
  }, async () => {
    await open({ bufferedBytesPerConnectionMax: 1_024 });
    const { client } = await edge.welcomed();
    client.ws.pause();
    const pings = Buffer.concat(
      Array.from({ length: limits.framesPerMessageMax }, () => encodeJsonFrame("ping", {})),
    );
    // The machine's own buffers take the first megabytes.
    const flood = setInterval(() => {
      for (let at = 0; at < 20; at++) client.ws.send(pings);
    }, 0);
    await edge.untilDeparted();
    clearInterval(flood);
    client.ws.resume();
    // What it was told waits behind what it did not read.
    expect((await client.closed).code).toBe(1006);
  });

  const wrongs: [string, (client: Client) => void, keyof typeof closeCodes][] = [
    ["a message of text", (client) => client.ws.send("hello"), "malformed"],
    ["a frame as text", (client) => client.ws.send("\u0001\u0006\0\0\0\u0002{}"), "malformed"],
    ["an empty message", (client) => client.ws.send(new Uint8Array()), "malformed"],
    ["bytes that are no frame", (client) => client.ws.send(Buffer.from("hello")), "malformed"],
    [
      "a message past the limit",
      (client) => client.ws.send(Buffer.alloc(limits.messageBytesMax + 1)),
      "tooLarge",
    ],
  ];
  test.each(wrongs)("is ended by %s with a code of ours [SOC-9]", async (_title, send, reason) => {
    await open();
    const { client } = await edge.welcomed();
    send(client);
    expect(await client.closed).toEqual(ending(reason));
    expect(edge.decided.kinds().filter((kind) => kind !== "connection.close")).toEqual(["connection.open"]);
  });

  test("may send a message of the limit [FRM-4]", async () => {
    await open();
    const { client } = await edge.welcomed();
    const bytes = limits.messageBytesMax / limits.framesPerMessageMax;
    const ping = encodeJsonFrame("ping", {});
    const padded = Buffer.concat([
      ping.subarray(0, -1),
      Buffer.alloc(bytes - ping.length, " "),
      Buffer.from("}"),
    ]);
    padded.writeUInt32BE(bytes - 6, 2);
    client.ws.send(Buffer.concat(Array.from({ length: limits.framesPerMessageMax }, () => padded)));
    for (let at = 0; at < limits.framesPerMessageMax; at++) expect((await client.next()).kind).toBe("pong");
  });

  test("may not send more before its hello than a hello has [SOC-11]", async () => {
    await open();
    const stream = new Promise<Socket>((resolve) => edge.app.server.once("connection", resolve));
    const client = edge.client();
    await client.challenge();
    client.ws.send(Buffer.alloc(limits.messageBytesMax));
    expect(await client.closed).toEqual(ending("tooLarge"));
    // The rest was not even taken from the machine's own buffers.
    expect((await stream).bytesRead).toBeLessThan(512 * 1024);
  });

  test.each([
    [4999, "enough"],
    [1009, ""],
  ])("closed by the client with %i is answered with that", async (code, says) => {
    await open();
    const { client } = await edge.welcomed();
    client.ws.close(code, says);
    expect(await client.closed).toEqual({ code, says });
  });
});

describe("too many unauthenticated sockets [SOC-2]", () => {
  test("are accepted and told so at once; one that is welcomed makes room", async () => {
    await open({ unauthenticatedConnectionsPerAddressMax: 2 });
    const waiting = [edge.client(), edge.client()];
    const [nonce = ""] = await Promise.all(waiting.map((client) => client.challenge()));
    const third = edge.client();
    expect(await third.closed).toEqual(ending("tooMany"));
    const speaker = await edge.tokens.speaker();
    const token = speaker.token();
    waiting[0]?.send("hello", { token, proof: await speaker.proof({ token, nonce }) });
    expect((await waiting[0]?.next())?.kind).toBe("welcome");
    const fourth = edge.client();
    expect(await fourth.challenge()).not.toBe("");
  });

  test("are dropped without a word while as many are being told", async () => {
    await open({ unauthenticatedConnectionsMax: 1, unauthenticatedConnectionsPerAddressMax: 1 });
    await edge.client().challenge();
    const [told, dropped] = [edge.client(), edge.client()];
    const codes = await Promise.all([told.closed, dropped.closed]);
    expect(codes.map(({ code }) => code).sort()).toEqual([1006, 4429]);
    expect(await edge.client().closed).toEqual(ending("tooMany"));
  });
});

describe("the broker goes away [SOC-12]", () => {
  test("and says so to everybody, and to whoever still comes", async () => {
    const { connections } = await open();
    const { client } = await edge.welcomed();
    const waiting = edge.client();
    await waiting.challenge();
    expect(await connections.closeAll("goingAway")).toEqual({ sockets: 2, surviving: [] });
    const late = edge.client();
    for (const one of [client, waiting, late]) {
      expect(await one.next()).toEqual({ kind: "goingAway", body: { retryAfterMs: 1_000 } });
      expect(await one.closed).toEqual(ending("goingAway"));
    }
  });
});

describe("once a second", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  const pass = (seconds: number) => {
    for (let at = 0; at < seconds; at++) {
      edge.clock.step(1_000);
      vi.advanceTimersByTime(1_000);
    }
  };

  test("every connection is looked at, and a ping of the WebSocket has counted as heard [SOC-8]", async () => {
    await open();
    const { client } = await edge.welcomed();
    const pinged = () => {
      const answered = new Promise((resolve) => client.ws.once("pong", () => resolve("answered")));
      client.ws.ping();
      return Promise.race([answered, client.closed]);
    };
    pass(29);
    expect(await pinged()).toBe("answered");
    pass(29);
    expect(await pinged()).toBe("answered");
    pass(30);
    expect(await client.closed).toEqual(ending("silent"));
  });

  test("the line is told again of ends that it turned away", async () => {
    const { decided } = await open();
    const { client } = await edge.welcomed();
    decided.refuse("connection.close", { code: "broker.busy" });
    client.ws.terminate();
    await edge.untilDeparted();
    await edge.sockets.settled();
    pass(1);
    await edge.sockets.settled();
    expect(decided.kinds()).toEqual(["connection.open", "connection.close", "connection.close"]);
  });

  test("nothing happens any more when the edge is closed", async () => {
    await open();
    expect(vi.getTimerCount()).toBe(1);
    await edge.app.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
