/** The management listener, on loopback unless told otherwise: readiness and metrics, for those who run the broker. */
import type { AddressInfo } from "node:net";
import Fastify, { LogController } from "fastify";
import type { Address } from "./config.js";
import { contentTypes, dialectOf } from "./exposition.js";
import type { Metrics } from "./metrics.js";
import type { OpenReadiness } from "./readiness.js";

export interface Management {
  readonly port: number;
  close(): Promise<void>;
}

export async function openManagement(
  address: Address,
  readiness: Pick<OpenReadiness, "now">,
  metrics: Metrics,
): Promise<Management> {
  const app = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
  });
  app.get("/readyz", async (_request, reply) => {
    const { ready, why } = readiness.now();
    return reply
      .code(ready ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ ready, why });
  });
  app.get("/metrics", async (request, reply) => {
    const dialect = dialectOf(request.headers.accept);
    return reply
      .header("content-type", contentTypes[dialect])
      .header("vary", "accept")
      .send(await metrics.text(dialect));
  });
  await app.listen(address);
  const { port } = app.server.address() as AddressInfo;
  return { port, close: async () => void (await app.close()) };
}
