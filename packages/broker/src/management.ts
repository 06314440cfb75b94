/** The management listener, on loopback unless told otherwise: readiness and metrics, for those who run the broker. */
import type { AddressInfo } from "node:net";
import Fastify, { LogController } from "fastify";
import type { Address } from "./config.js";
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
  app.get("/metrics", async (_request, reply) =>
    reply.header("content-type", metrics.contentType).send(await metrics.text()),
  );
  await app.listen(address);
  const { port } = app.server.address() as AddressInfo;
  return { port, close: async () => void (await app.close()) };
}
