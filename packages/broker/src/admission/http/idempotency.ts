/** `Idempotency-Key` [API-6]: the principal's own word for "this is the same request as before". */
import { hash } from "node:crypto";
import { canonicalJson, type Json, limits, type Refusal } from "@parley/protocol";
import type { FastifyRequest } from "fastify";
import type { Idempotency } from "../../governance/command.js";
import { oneHeader } from "./headers.js";

const pattern = new RegExp(`^[\\x21-\\x7e]{1,${limits.idempotencyKeyLengthMax}}$`);

export function idempotencyOf(
  request: FastifyRequest,
  path: string,
): { readonly idempotency?: Idempotency } | Refusal {
  if (request.headers["idempotency-key"] === undefined) return {};
  const key = oneHeader(request, "idempotency-key");
  if (key === undefined || !pattern.test(key)) return { code: "request.malformed", rule: "Idempotency-Key" };
  // The body as it was validated: plain JSON, with defaults in place.
  const whole = canonicalJson({ method: request.method, path, body: request.body as Json });
  return { idempotency: { key, digest: hash("sha256", whole, "base64url") } };
}
