/**
 * The HTTP edge: the settings that the defaults do not give, one place for every no, and the table of routes, each
 * behind who asks and what it takes. What passes here is well-formed; what is allowed is decided down the line.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { limits, makeId, type Refusal, type RefusalCode } from "@parley/protocol";
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { createSerializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Clock } from "../../clock.js";
import type { Relay } from "../../relay.js";
import type { Nonces } from "../authenticate/nonce.js";
import { asTyped } from "../parse/text.js";
import { answerFaults, answerUnreadable, codeOfFramework } from "../present/faults.js";
import type { Authenticate } from "./authenticate.js";
import { openDress } from "./dress.js";
import { answerWithEvents } from "./event-stream.js";
import { takeExpectations } from "./expectations.js";
import { headersNamed } from "./headers.js";
import { idempotencyOf } from "./idempotency.js";
import { takeStrictBodies } from "./parse-body.js";
import { silenceMs, whileAnswering } from "./patience.js";
import { sendProblem } from "./problem.js";
import { type Authenticated, type Carried, isRefusal, type Route } from "./route.js";
import { boundUnread } from "./unread.js";

declare module "fastify" {
  interface FastifyContextConfig {
    readonly route?: Route;
  }
}

export interface Edge {
  readonly relay: Relay;
  readonly clock: Clock;
  readonly nonces: Nonces;
  readonly authenticate: Authenticate;
  readonly log: Logger;
  readonly tls?: { readonly cert: string; readonly key: string };
}

const seconds = limits.requestSecondsMax * 1_000;

export function makeApp({ tls, log, clock, nonces }: Edge): FastifyInstance {
  const dress = openDress(clock, nonces);
  const parsing = {
    headersTimeout: seconds,
    requestTimeout: seconds,
    connectionsCheckingInterval: 1_000,
    // Who sends no Host, or two, is answered by us, like everybody else.
    requireHostHeader: false,
  };
  const secure = tls && {
    cert: readFileSync(tls.cert),
    key: readFileSync(tls.key),
    minVersion: "TLSv1.2" as const,
    handshakeTimeout: 5_000,
  };
  const app = Fastify({
    ...(secure ? { https: { ...parsing, ...secure } } : { http: parsing }),
    bodyLimit: limits.requestBodyBytesMax,
    requestTimeout: seconds,
    // Whoever neither sends nor reads for so long is gone; sockets that were upgraded have a liveness of their own.
    connectionTimeout: silenceMs,
    maxRequestsPerSocket: 256,
    keepAliveTimeout: 5_000,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    trustProxy: false,
    requestIdHeader: false,
    genReqId: () => randomBytes(12).toString("base64url"),
    onProtoPoisoning: "error",
    onConstructorPoisoning: "error",
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, dress),
    // Before there is a route, and so before any hook.
    frameworkErrors: (error, _request, reply) =>
      void sendProblem(reply.headers(dress()) as FastifyReply, { code: codeOfFramework(error) }),
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: {
      // A workgroup as `owner/name`, with room to spare; what is longer is no address of anything.
      maxParamLength: 2 * limits.nameLengthMax + 2,
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
    },
  }) as unknown as FastifyInstance;
  app.server.maxConnections = limits.connectionsMax;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(createSerializerCompiler({}));
  takeStrictBodies(app);
  app.addHook("onRequest", async (_request, reply) => void reply.headers(dress()));
  app.addHook("onRequest", refuseOtherHosts);
  boundUnread(app);
  takeExpectations(app);
  answerFaults(app, log);
  return app;
}

/** Which host is named decides nothing; but a request that names two can be read in two ways (RFC 9112 §3.2). */
async function refuseOtherHosts(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { length } = headersNamed(request, "host");
  const fits = length === 1 || (length === 0 && request.raw.httpVersion === "1.0");
  if (!fits) await sendProblem(reply, { code: "request.malformed", rule: "Host" });
}

const noone: Authenticated = {
  caller: { principal: "" as Authenticated["caller"]["principal"], generation: "" },
  thumbprint: "",
  expiresAt: 0,
};

export function addRoute(app: FastifyInstance, route: Route, edge: Edge): void {
  const speakers = new WeakMap<FastifyRequest, Authenticated>();
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ":$1"),
    config: { route },
    schema: schemaOf(route),
    // [API-8] Before the body: who is nobody is not listened to.
    onRequest: async (request, reply) => {
      if (route.access !== "principal") return;
      const by = await edge.authenticate(request, edge.clock.now());
      if (isRefusal(by)) return sendProblem(reply, by);
      speakers.set(request, by);
    },
    handler: (request, reply) => run(route, edge, speakers.get(request) ?? noone, request, reply),
  });
}

const schemaOf = (route: Route) => ({
  params: route.params,
  querystring: route.query,
  ...(route.method === "GET" ? {} : { body: route.body }),
  ...(route.form && { consumes: ["application/x-www-form-urlencoded"] }),
  response: route.answers,
  operationId: route.name,
  summary: route.summary,
  tags: [route.tag],
  description: `For: ${route.allowed}.`,
});

async function run(
  route: Route,
  edge: Edge,
  by: Authenticated,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const [path = ""] = request.url.split("?");
  const idempotency = route.creates ? idempotencyOf(request, path) : {};
  if (isRefusal(idempotency)) return sendProblem(reply, idempotency);
  const { params, query, body } = request;
  const carried = { id: makeId("command"), caller: by.caller, target: asTyped(path) };
  const now = edge.clock.now();
  const asked = { params, query, body, request, now, by, carried, idempotency };
  const answered = await whileAnswering(request.raw.socket, async () => route.handle(asked));
  if (isRefusal(answered)) {
    await recordOurs(route, edge.relay, carried, answered);
    return sendProblem(reply, answered);
  }
  if (answered.events) return answerWithEvents(reply, answered.events.seat, answered.events.tell);
  if (answered.headers) reply.headers(answered.headers);
  return reply.code(answered.status).send(answered.body);
}

/** What a handler refuses before the line has heard of it. What is only malformed is nobody's refusal. */
const refusedBefore: ReadonlySet<RefusalCode> = new Set(["key.invalid", "precondition.required"]);

/** [REC-6] What the line refuses it has recorded itself; a look that was refused is recorded here. */
async function recordOurs(route: Route, relay: Relay, carried: Carried, { code }: Refusal) {
  if (route.access !== "principal") return;
  const isOurs = route.method === "GET" ? code !== "cursor.invalid" : refusedBefore.has(code);
  if (isOurs)
    await relay({ kind: "refusal.record", ...carried, code, what: `${route.method} ${route.path}` });
}
