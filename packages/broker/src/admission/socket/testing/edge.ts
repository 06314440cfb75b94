/** The socket's edge on loopback, with a line whose decisions are the test's, and a client that keeps what it hears. */
import type { AddressInfo } from "node:net";
import { decodeFrames, encodeJsonFrame, type FrameKind, limits, subprotocol } from "@parley/protocol";
import Fastify, { type FastifyInstance } from "fastify";
import { WebSocket } from "ws";
import { Connections } from "../../../outbox/connections.js";
import type { Relay } from "../../../relay.js";
import { openAdmit } from "../hello.js";
import { registerSocket, type SocketLimits, type Sockets } from "../register.js";
import { connectPath } from "../upgrade.js";
import { Decided } from "./decided.js";
import { HeardAsking, KeptRecords, openSeals } from "./looked.js";
import { issuer, type Speaker, Tokens } from "./speaker.js";
import { SteppedClock } from "./stepped-clock.js";

export interface Heard {
  readonly kind: FrameKind;
  readonly body: unknown;
}

/** What a client hears, in order; each wait is for the next thing, so nothing is timed. */
export class Client {
  readonly ws: WebSocket;
  readonly closed: Promise<{ code: number; says: string }>;
  readonly #heard: Heard[] = [];
  readonly #waiting: ((heard: Heard) => void)[] = [];

  constructor(port: number) {
    this.ws = new WebSocket(`ws://127.0.0.1:${port}${connectPath}`, subprotocol);
    this.closed = new Promise((resolve) => {
      this.ws.on("close", (code, says) => resolve({ code, says: says.toString() }));
    });
    this.ws.on("error", () => this.ws.terminate());
    this.ws.on("message", (data: Buffer) => this.#take(data));
  }

  next(): Promise<Heard> {
    const heard = this.#heard.shift();
    return heard ? Promise.resolve(heard) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  send(kind: FrameKind, body: unknown): void {
    this.ws.send(encodeJsonFrame(kind, body));
  }

  async challenge(): Promise<string> {
    const { body } = await this.next();
    return (body as { nonce: string }).nonce;
  }

  /** Says hello as it should be said, and answers with the nonce. */
  async hello(speaker: Speaker, token = speaker.token()): Promise<string> {
    const nonce = await this.challenge();
    this.send("hello", { token, proof: await speaker.proof({ token, nonce }) });
    return nonce;
  }

  #take(data: Buffer): void {
    const decoded = decodeFrames(data);
    if ("fault" in decoded) throw new TypeError(decoded.fault);
    for (const { kind, parts } of decoded.frames) {
      const heard = { kind, body: JSON.parse(Buffer.from(parts[0] ?? []).toString()) };
      const waiting = this.#waiting.shift();
      if (waiting) waiting(heard);
      else this.#heard.push(heard);
    }
  }
}

export class Edge {
  readonly clock = new SteppedClock();
  readonly tokens = new Tokens(() => this.clock.now());
  readonly decided = new Decided();
  readonly connections = new Connections();
  readonly faults: unknown[] = [];
  readonly app: FastifyInstance = Fastify();
  sockets: Sockets = { unauthenticated: 0, settled: () => Promise.resolve() };
  port = 0;

  static async open(over: Partial<SocketLimits> = {}, relay?: Relay): Promise<Edge> {
    const edge = new Edge();
    const { clock, connections, app, decided, tokens } = edge;
    const log = { error: (fault: unknown) => void edge.faults.push(fault) };
    const admit = openAdmit({ readAccessToken: tokens.read, issuer: () => issuer });
    const parts = {
      relay: relay ?? decided.relay,
      admit,
      connections,
      hearing: new HeardAsking(),
      records: new KeptRecords().records,
      keys: openSeals(),
      issuer: () => issuer,
      clock,
      log,
      limits: { ...limits, ...over },
    };
    edge.sockets = await registerSocket(app, parts);
    app.get("/elsewhere", async () => "here");
    await app.listen({ host: "127.0.0.1", port: 0 });
    edge.port = (app.server.address() as AddressInfo).port;
    return edge;
  }

  client(): Client {
    return new Client(this.port);
  }

  /** A client that has been welcomed. */
  async welcomed(
    speaker?: Speaker,
  ): Promise<{ client: Client; speaker: Speaker; nonce: string; welcome: Heard }> {
    const who = speaker ?? (await this.tokens.speaker());
    const client = this.client();
    const nonce = await client.hello(who);
    return { client, speaker: who, nonce, welcome: await client.next() };
  }

  /** When the line has been told of the end of a connection. */
  untilDeparted(): Promise<void> {
    return new Promise((resolve) => {
      this.decided.hold = async ({ kind }) => (kind === "connection.close" ? resolve() : undefined);
    });
  }

  async close(): Promise<void> {
    await this.connections.closeAll("goingAway");
    await this.sockets.settled();
    await this.app.close();
  }
}
