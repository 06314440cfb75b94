/** `GET /v1/connect`: puts the socket's parts together and hangs them into the HTTP server. */
import fastifyWebsocket from "@fastify/websocket";
import { limits as allLimits } from "@parley/protocol";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { Clock } from "../../clock.js";
import type { Wires } from "../../outbox/wire.js";
import type { Relay } from "../../relay.js";
import { sendProblem } from "../http/problem.js";
import type { AnswerParts } from "./call-answers.js";
import type { ConversationLimits } from "./conversation-parts.js";
import { Departures } from "./departures.js";
import { Entrance, type EntranceLimits } from "./entrance.js";
import type { Admit } from "./hello.js";
import { OnTheWay } from "./on-the-way.js";
import { Rounds } from "./rounds.js";
import { connectPath, isProperUpgrade } from "./upgrade.js";
import { type WebSocketLimits, webSocketOptions, withOurCodes } from "./web-socket.js";

export type SocketLimits = ConversationLimits & EntranceLimits & WebSocketLimits;

export interface SocketParts extends AnswerParts {
  readonly relay: Relay;
  readonly admit: Admit;
  readonly connections: Wires;
  readonly clock: Clock;
  readonly log: Pick<FastifyBaseLogger, "error">;
  readonly limits?: SocketLimits;
  readonly onTheWay?: OnTheWay;
}

export interface Sockets {
  /** Sockets that have not shown who they are. */
  readonly unauthenticated: number;
  /** Resolves when the line has heard of every connection that has ended: then the ledger may be closed. */
  settled(): Promise<void>;
}

export async function registerSocket(app: FastifyInstance, parts: SocketParts): Promise<Sockets> {
  const { connections: wires, limits = allLimits, onTheWay = new OnTheWay(), ...shared } = parts;
  const { relay, clock, log } = shared;
  const departures = new Departures(relay, log, (agent) => wires.departed(agent));
  const rounds = new Rounds(clock);
  const entrance = new Entrance({ ...shared, wires, departures, onTheWay, limits }, rounds, limits);
  await takeUpgrades(app, limits);
  refuseOtherUpgrades(app);
  app.route({
    method: "GET",
    url: connectPath,
    schema: { hide: true },
    handler: (_request, reply) => sendProblem(reply, { code: "connection.protocol" }),
    wsHandler: (socket, { raw }) => entrance.accept(socket, raw.socket),
  });
  rounds.start(() => departures.tellAgain());
  app.addHook("onClose", async () => rounds.stop());
  return {
    get unauthenticated() {
      return entrance.unauthenticated.count;
    },
    settled: () => departures.settled(),
  };
}

async function takeUpgrades(app: FastifyInstance, limits: WebSocketLimits): Promise<void> {
  await app.register(fastifyWebsocket, { options: webSocketOptions(limits) });
  const { options } = app.websocketServer;
  if (options.WebSocket === undefined) throw new TypeError("the WebSocket library names no class of its own");
  options.WebSocket = withOurCodes(options.WebSocket);
}

/** The plugin would accept an upgrade of any route, only to close it. */
function refuseOtherUpgrades(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    if (request.ws && !isProperUpgrade(request.raw))
      await sendProblem(reply, { code: "connection.protocol" });
  });
}
