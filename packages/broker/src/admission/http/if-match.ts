/** `If-Match` [API-7]: a change names the version that it was made from. */
import type { Refusal } from "@parley/protocol";
import type { FastifyRequest } from "fastify";

export function expectedVersion(request: FastifyRequest): number | Refusal {
  const header = request.headers["if-match"];
  if (header === undefined) return { code: "precondition.required" };
  const match = /^"v([1-9][0-9]{0,14})"$/.exec(header);
  return match ? Number(match[1]) : { code: "precondition.failed" };
}

/** [API-11] For what is put as a whole: with `If-Match` only that version is replaced, without it any. */
export const expectedVersionIfAny = (request: FastifyRequest): number | null | Refusal =>
  request.headers["if-match"] === undefined ? null : expectedVersion(request);
