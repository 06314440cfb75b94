/**
 * `Expect`: a client that waits with its body is asked for it once it is known who asks [API-8]. Any other expectation
 * is not met, and no reason for another answer than everybody gets.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

export function takeExpectations(app: FastifyInstance): void {
  const asAnyOther = (request: IncomingMessage, response: ServerResponse) =>
    app.server.emit("request", request, response);
  app.server.on("checkContinue", asAnyOther);
  app.server.on("checkExpectation", asAnyOther);
  app.addHook("preParsing", async (request, reply) => {
    if (!request.is404 && /^100-continue$/i.test(request.headers.expect ?? "")) reply.raw.writeContinue();
  });
}
