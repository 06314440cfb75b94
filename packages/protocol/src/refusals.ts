/**
 * Every no that Parley says, in one table: the code is API, the title is for people and never parsed [ERR-1].
 * A refusal is an expected answer; `retry` says whether the same request can succeed later.
 */
export type Retry = "never" | "later" | "reconnect";

interface RefusalRow {
  readonly status: number;
  readonly title: string;
  readonly retry: Retry;
}

const row = (status: number, title: string, retry: Retry = "never"): RefusalRow => ({ status, title, retry });

export const refusals = {
  // The request itself.
  "request.malformed": row(400, "The request is not what this route takes"),
  "request.body-too-large": row(413, "The body is larger than allowed"),
  "request.media-type": row(415, "The body must be application/json"),
  "request.timeout": row(408, "The request took too long to arrive", "later"),
  "cursor.invalid": row(400, "The cursor is not one that this list gave to you"),
  "cursor.era": row(410, "The cursor is of an earlier era of the record"),
  "idempotency.reused": row(422, "This Idempotency-Key was used with another request"),
  "precondition.required": row(428, "If-Match is required: read it first"),
  "precondition.failed": row(412, "It has changed since you read it"),
  "not-found": row(404, "There is nothing here for you"),

  // Who speaks.
  "access.missing": row(401, "An access token and a proof of its key are required"),
  "access.invalid": row(401, "The access token is not valid"),
  "access.proof": row(401, "The proof of possession is not valid"),
  "access.nonce": row(401, "The proof needs the broker's current nonce", "later"),
  "access.replayed": row(401, "This proof has been used before"),
  "assertion.invalid": row(401, "The client assertion is not valid"),
  "grant.unsupported": row(400, "This token endpoint grants client_credentials only"),
  "identity.suspended": row(401, "This identity is suspended", "later"),
  "identity.revoked": row(401, "This identity is revoked for ever"),
  "identity.expired": row(401, "This identity was not seen for longer than its lease"),
  "role.missing": row(403, "Your role does not allow this"),

  // Keys and enrolment.
  "key.invalid": row(400, "The key is not an Ed25519 public key"),
  "key.taken": row(409, "This key belongs to a principal already"),
  "key.replaced": row(401, "This key has been replaced by another"),
  "key.too-often": row(429, "The key has been replaced too often today", "later"),
  "enrolment.invalid": row(400, "The enrolment token or the proof is not valid"),
  "enrolment.expired": row(410, "The enrolment token has expired"),
  "enrolment.used": row(410, "The enrolment token has been used up"),
  "enrolment.not-yet": row(409, "The enrolment token does not work yet", "later"),

  // Things and their lives.
  "organisation.name-taken": row(409, "An organisation of this name exists"),
  "agent.name-taken": row(409, "An agent of this name exists"),
  "operator.last-admin": row(409, "The last admin in good standing cannot be taken away"),
  "organisation.suspended": row(409, "This organisation is suspended", "later"),
  "agent.suspended": row(409, "This agent is suspended", "later"),
  "standing.final": row(409, "What is revoked or expired stays so"),
  "limit.reached": row(409, "The limit is reached"),

  // Signed statements.
  "statement.invalid": row(400, "The signed statement is not valid, or says something else than the request"),

  // Workgroups.
  "workgroup.name-taken": row(409, "The owner has a workgroup of this name"),
  "workgroup.ambiguous": row(409, "Several workgroups have this name: say owner/name, or the id"),
  "workgroup.changed": row(409, "Who is in, or what is asked, is not what was shown: read it again"),
  "workgroup.dissolved": row(409, "This workgroup is dissolved"),
  "workgroup.owner-stays": row(409, "The owner cannot leave: it hands over or dissolves"),
  "workgroup.already-in": row(409, "This organisation is in the workgroup"),
  "workgroup.not-in": row(409, "This organisation is not in the workgroup"),
  "invitation.exists": row(409, "An invitation of this organisation is open"),
  "invitation.closed": row(409, "This invitation is not open any more"),
  "membership.right": row(403, "The agent's membership does not give this right"),

  // Contracts and advertisements.
  "contract.name-taken": row(409, "A contract of this name exists"),
  "contract.above-ceiling": row(409, "A term is above what this broker allows"),
  "contract.in-use": row(409, "An active advertisement uses this contract"),
  "contract.changed": row(409, "The advertisement names other terms now: read it again"),
  "contract.unmet": row(409, "The terms of admission are not met"),
  "advertisement.retracted": row(409, "The advertisement does not offer this any more"),

  // Sessions.
  "session.state": row(409, "The session's state does not allow this"),
  "session.not-held": row(409, "Another connection or instance holds this side of the session", "reconnect"),
  "session.own": row(409, "An agent does not engage its own advertisement"),
  "session.mailbox-full": row(429, "What was sent before waits to be acknowledged", "later"),
  "envelope.rate": row(429, "More envelopes in a minute than the contract allows", "later"),
  "envelope.id-reused": row(422, "This envelope id was used for other content"),
  "contract.violation": row(409, "The contract does not allow this envelope"),
  "proposal.reused": row(422, "This proposal id was used for another proposal"),

  // The socket.
  "connection.protocol": row(
    400,
    "The upgrade must ask for the subprotocol parley.v1, without query or cookie",
  ),
  "connection.replaced": row(409, "A newer connection of this instance has taken over", "reconnect"),

  // Load and faults.
  "broker.busy": row(503, "The broker is busy", "later"),
  "broker.storage-full": row(503, "The broker cannot store more", "later"),
  "broker.going-away": row(503, "The broker is going away", "reconnect"),
  "broker.fault": row(500, "The broker has failed", "later"),
} as const satisfies Record<string, RefusalRow>;

export type RefusalCode = keyof typeof refusals;
export const refusalCodes = Object.keys(refusals) as [RefusalCode, ...RefusalCode[]];
