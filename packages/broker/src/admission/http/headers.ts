/** Headers as they were sent: where one is expected, two are none. */
import type { FastifyRequest } from "fastify";

export function oneHeader(request: FastifyRequest, name: string): string | undefined {
  const values = request.raw.headersDistinct[name];
  return values?.length === 1 ? values[0] : undefined;
}
