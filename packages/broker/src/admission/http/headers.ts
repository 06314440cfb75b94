/** Headers as they were sent: where one is expected, two are none. */
import type { FastifyRequest } from "fastify";

export const headersNamed = (request: FastifyRequest, name: string): readonly string[] =>
  request.raw.headersDistinct[name] ?? [];

export function oneHeader(request: FastifyRequest, name: string): string | undefined {
  const values = headersNamed(request, name);
  return values.length === 1 ? values[0] : undefined;
}
