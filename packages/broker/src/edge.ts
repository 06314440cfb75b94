/** The edge of the broker: HTTP and the socket on one listener, and everything by which a caller is known. */
import type { AddressInfo, Socket } from "node:net";
import { limits, makeId, type RefusalCode } from "@parley/protocol";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { openAccessTokens } from "./admission/authenticate/access-token.js";
import { openNonces } from "./admission/authenticate/nonce.js";
import { openProofs } from "./admission/authenticate/proof.js";
import { addRoute, type Edge, makeApp } from "./admission/http/app.js";
import { openAuthenticate } from "./admission/http/authenticate.js";
import type { OpenApi } from "./admission/http/docs-page.js";
import { EventStreams } from "./admission/http/event-stream.js";
import { addOpenApi, describeApi, routesOf } from "./admission/http/openapi.js";
import { allRoutes } from "./admission/http/routes.js";
import { asTyped } from "./admission/parse/text.js";
import { openAdmit } from "./admission/socket/hello.js";
import { registerSocket } from "./admission/socket/register.js";
import type { TrustedClock } from "./clock.js";
import type { Address, Config } from "./config.js";
import { Counted } from "./counted.js";
import type { Caller } from "./governance/command.js";
import type { BrokerKeys } from "./keys.js";
import type { Store } from "./ledger/store.js";
import type { Connections } from "./outbox/connections.js";
import type { Hearing } from "./outbox/wire.js";
import { openRecords } from "./records/records.js";
import type { Relay } from "./relay.js";
import { pass } from "./turn.js";

export interface OpenEdge {
  /** Known as soon as anybody can ask: before whoever has called `listen` hears of it. */
  readonly port: number;
  /** Opens the door, and tells the port. */
  listen(address: Address): Promise<number>;
  /** The OpenAPI document of its routes. */
  describe(): Promise<OpenApi>;
  /** Takes nothing new, answers what is in flight, and waits until the line has heard of every lost connection. */
  close(): Promise<void>;
}

/** Whoever has not finished sending by then is not waited for: the whole end takes ten seconds at most. */
const patienceMs = 5_000;
const courtesyMs = 200;

export interface EdgeNeeds {
  readonly config: Config;
  readonly relay: Relay;
  readonly store: Store;
  /** Opens one with nothing in it, for rows as they were. */
  readonly emptyStore: () => Store;
  readonly keys: BrokerKeys;
  readonly clock: TrustedClock;
  readonly connections: Connections;
  readonly hearing: Hearing;
  /** Nobody looks at what is counted where it is absent. */
  readonly counted?: Counted;
  readonly log: Logger;
  readonly issuer: () => string;
}

export async function openEdge(needs: EdgeNeeds): Promise<OpenEdge> {
  const { config, relay, store, emptyStore, keys, clock, connections, hearing, log, issuer } = needs;
  const { counted = new Counted() } = needs;
  const nonces = openNonces();
  const proofs = openProofs(nonces, issuer);
  const tokens = openAccessTokens(keys, issuer);
  const misused = recordedMisuse(relay);
  const authenticate = openAuthenticate(tokens, proofs, (caller, code, { method, url }) =>
    misused(caller, code, method, url),
  );
  const seen = counted.authentication("http", authenticate);
  const edge: Edge = { relay, clock, nonces, authenticate: seen, log, ...tlsOf(config) };
  const app = makeApp(edge);
  countRequests(app, counted);
  const spiffe = spiffeOf(config, issuer);
  const records = openRecords(store, emptyStore);
  const streams = new EventStreams();
  const known = { relay, records, keys, clock, nonces, proofs, tokens, spiffe, streams, issuer };
  const routes = allRoutes(known);
  routesOf.set(app, routes);
  await addOpenApi(app, issuer);
  const admit = openAdmit({
    issuer,
    readAccessToken: (token, now) => tokens.read(token, now),
    misused: (caller) =>
      void misused(caller, "access.proof", "hello", "/v1/connect").catch((err: unknown) =>
        log.error({ err }, "a refusal is not recorded"),
      ),
  });
  const sockets = await registerSocket(app, {
    relay,
    admit: { hello: counted.authentication("socket", admit.hello) },
    onTheWay: counted.onTheWay,
    connections,
    hearing,
    records,
    keys,
    issuer,
    clock,
    log,
    limits: limitsOf(config),
  });
  app.after(() => {
    for (const route of routes) addRoute(app, route, edge);
  });
  const door = openDoor(app, streams, () => sockets.settled());
  const describe = async () => {
    await app.ready();
    return describeApi(app, issuer());
  };
  return Object.assign(door, { describe });
}

const recordedMisuse =
  (relay: Relay) =>
  async (caller: Caller, code: RefusalCode, what: string, typed: string): Promise<void> => {
    const about = { caller, code, what, target: asTyped(typed) };
    await relay({ kind: "refusal.record", id: makeId("command"), ...about });
  };

/** What belongs to no route has one name: paths are the caller's. */
function countRequests(app: FastifyInstance, { requests, requestSeconds }: Counted): void {
  app.addHook("onResponse", async ({ routeOptions }, reply) => {
    requests.add(routeOptions.config.route?.name ?? "other", String(reply.statusCode));
    requestSeconds.observe(reply.elapsedTime / 1_000);
  });
}

/** Opens, and closes so that whoever is inside is answered. */
function openDoor(
  app: FastifyInstance,
  streams: EventStreams,
  settled: () => Promise<void>,
): Omit<OpenEdge, "describe"> {
  // Asked for by every proof, also while the listener is closed already: so it is remembered.
  let port: number | undefined;
  const portNow = (): number => {
    port ??= (app.server.address() as AddressInfo).port;
    return port;
  };
  let leaving = false;
  const open = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  app.addHook("onSend", async (_request, reply) => {
    if (leaving) reply.header("connection", "close");
  });
  return {
    get port() {
      return portNow();
    },
    async listen(address) {
      await app.listen(address);
      return portNow();
    },
    async close() {
      leaving = true;
      streams.end();
      // What was on its way when the end was asked for is answered, and told not to use its connection again.
      await pass(courtesyMs);
      const force = setTimeout(() => {
        app.server.closeAllConnections();
        // One that was half closed, or upgraded to nothing, is no connection of the server's any more, and open.
        for (const socket of open) socket.destroy();
      }, patienceMs).unref();
      await app.close();
      clearTimeout(force);
      await settled();
    },
  };
}

/** Behind a proxy everybody comes from its address: then only the bound for all of them means anything. */
const limitsOf = ({ behindProxy }: Config) =>
  behindProxy
    ? { ...limits, unauthenticatedConnectionsPerAddressMax: limits.unauthenticatedConnectionsMax }
    : limits;

function tlsOf({ tlsCert: cert, tlsKey: key }: Config): Pick<Edge, "tls"> {
  return cert !== undefined && key !== undefined ? { tls: { cert, key } } : {};
}

/** The issuer is known only once the port is, so the name that follows from it is asked for each time. */
const spiffeOf = (config: Config, issuer: () => string) => ({
  get trustDomain() {
    return config.trustDomain ?? new URL(issuer()).hostname.replace(/[^a-z0-9.-]/g, "-");
  },
});
