/** What goes wrong before or beside the rules: malformed input, and faults of ours, which say nothing of the inside. */
import type { Socket } from "node:net";
import { type Problem, problemOf, type Refusal, type RefusalCode } from "@parley/protocol";
import type { FastifyError, FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { sendProblem } from "./problem.js";

const codeOfStatus: Readonly<Record<number, RefusalCode>> = {
  404: "not-found",
  408: "request.timeout",
  413: "request.body-too-large",
  415: "request.media-type",
  503: "broker.going-away",
};

export function answerFaults(app: FastifyInstance, log: Logger): void {
  // [API-4] One 404 for what does not exist and for what is hidden.
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: "not-found" }));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error))
      return sendProblem(reply, { code: "request.malformed" }, issuesOf(error));
    if ("retry" in error && "what" in error) return sendProblem(reply, faultOf(error));
    const status = error.statusCode ?? 500;
    const code = codeOfStatus[status] ?? (status < 500 ? "request.malformed" : "broker.fault");
    if (code === "broker.fault")
      log.error({ err: error, route: request.routeOptions.url, request: request.id }, "a request failed");
    return sendProblem(reply, { code });
  });
  app.server.on("clientError", answerUnreadable);
}

/** The world failed: full is said, anything else ends the process elsewhere. */
const faultOf = (error: { readonly what?: unknown }): Refusal =>
  error.what === "full" ? { code: "broker.storage-full" } : { code: "broker.going-away" };

function issuesOf(error: FastifyError): Problem["issues"] {
  const context = error.validationContext ?? "";
  return error.validation?.slice(0, 16).map((issue) => ({
    path: `${context}${issue.instancePath}`.slice(0, 128),
    expected: (issue.message ?? "something else").slice(0, 256),
  }));
}

/** Not HTTP at all, or too slow: the parser has given up, and there is no request to answer. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code: RefusalCode =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "request.timeout" : "request.malformed";
  const problem = problemOf({ code });
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.status === 408 ? "Request Timeout" : "Bad Request"}`,
    "content-type: application/problem+json",
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
