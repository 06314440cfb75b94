/** Every no over HTTP is sent from here, so that hidden and absent cannot come to differ by a header. */
import { type Problem, problemOf, type Refusal, refusals } from "@parley/protocol";
import type { FastifyReply } from "fastify";

/** What OAuth clients look for beside the problem's own members (RFC 6749 §5.2, RFC 9449 §8). */
const oauthErrors: Partial<Record<Refusal["code"], string>> = {
  "access.missing": "invalid_request",
  "access.invalid": "invalid_token",
  "access.proof": "invalid_dpop_proof",
  "access.replayed": "invalid_dpop_proof",
  "access.nonce": "use_dpop_nonce",
  "assertion.invalid": "invalid_client",
  "grant.unsupported": "unsupported_grant_type",
  "identity.suspended": "invalid_client",
  "identity.revoked": "invalid_client",
  "identity.expired": "invalid_client",
  "key.replaced": "invalid_client",
};

export function sendProblem(reply: FastifyReply, refusal: Refusal, issues?: Problem["issues"]): FastifyReply {
  const problem = problemOf(refusal);
  const error = oauthErrors[refusal.code];
  const body = {
    ...problem,
    ...(issues && { issues }),
    ...(error && { error, error_description: problem.title }),
  };
  if (problem.status === 401) reply.header("www-authenticate", challengeOf(error));
  if (refusal.retryAfterMs !== undefined)
    reply.header("retry-after", Math.ceil(refusal.retryAfterMs / 1_000));
  else if (refusals[refusal.code].status === 503) reply.header("retry-after", 1);
  // A serializer of its own: a problem is the same whatever the route's schemas say.
  return reply
    .code(problem.status)
    .header("content-type", "application/problem+json")
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}

const challengeOf = (error: string | undefined): string =>
  error === undefined || error === "invalid_request"
    ? 'DPoP algs="EdDSA Ed25519"'
    : `DPoP error="${error}", algs="EdDSA Ed25519"`;
