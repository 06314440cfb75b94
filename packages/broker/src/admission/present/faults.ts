/** What goes wrong before or beside the rules: malformed input, and faults of ours, which say nothing of the inside. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Problem, problemOf, type Refusal, type RefusalCode } from "@parley/protocol";
import type { FastifyError, FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Dress } from "../http/dress.js";
import { BodyMalformed } from "../http/parse-body.js";
import { sendProblem } from "../http/problem.js";

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
    const fault = faultOf(error);
    if (fault) return sendProblem(reply, fault);
    if (error instanceof BodyMalformed && error.statusCode === 400)
      return sendProblem(reply, { code: "request.malformed", detail: error.message });
    const status = error.statusCode ?? 500;
    const code = codeOfStatus[status] ?? (status < 500 ? "request.malformed" : "broker.fault");
    if (code === "broker.fault")
      log.error({ err: error, route: request.routeOptions.url, request: request.id }, "a request failed");
    return sendProblem(reply, code === "broker.fault" ? { code, detail: `request ${request.id}` } : { code });
  });
}

/** The world failed: a full disk is said; after anything else the process ends, and the next one answers. */
export function faultOf(
  error: Error & { readonly what?: unknown; readonly retry?: unknown },
): Refusal | undefined {
  if (error.what === "full") return { code: "broker.storage-full" };
  return error.what !== undefined || error.retry === "reconnect" ? { code: "broker.going-away" } : undefined;
}

function issuesOf(error: FastifyError): Problem["issues"] {
  const context = error.validationContext ?? "";
  return error.validation?.slice(0, 16).map((issue) => ({
    path: `${context}${issue.instancePath}`.slice(0, 128),
    expected: (issue.message ?? "something else").slice(0, 256),
  }));
}

/** A path that cannot be read, or one with a part that is longer than any id: then it names nothing. */
export const codeOfFramework = ({ code }: { readonly code: string }): RefusalCode =>
  code === "FST_ERR_MAX_PARAM_LENGTH" ? "not-found" : "request.malformed";

/** Not HTTP at all, or too slow: the parser has given up, and there is no request to answer. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, dress: Dress): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code: RefusalCode =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "request.timeout" : "request.malformed";
  const problem = problemOf({ code });
  const body = JSON.stringify(problem);
  const headers = {
    ...dress(),
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
