/**
 * The one table of limits [LIM-1]. Each is enforced where its name is used, tested at the limit and one past it,
 * and answered only to who fills it.
 */
export const limits = {
  // What an organisation may have.
  agentsPerOrganisation: 10_000,
  operatorsPerOrganisation: 1_000,
  instancesPerAgent: 10_000,
  openEnrolmentTokensPerAgent: 1_000,
  openEnrolmentTokensPerOrganisation: 10_000,
  agentsPerEnroller: 1_000,
  organisations: 100_000,

  // Words and tags.
  nameLengthMax: 63,
  displayNameLengthMax: 128,
  ownerLengthMax: 256,
  tagsPerAgent: 32,
  tagKeyLengthMax: 63,
  tagValueLengthMax: 256,

  // Enrolment.
  enrolmentUsesMax: 100,
  enrolmentSecondsDefault: 3_600,
  enrolmentSecondsMax: 30 * 86_400,
  recoveryDelaySeconds: 72 * 3_600,
  recoveriesPerOrganisation: 10,
  recoverySecondsDefault: 7 * 86_400,

  // Access.
  accessTokenSeconds: 300,
  assertionSecondsMax: 60,
  proofSecondsMax: 120,
  tokenLengthMax: 4_096,
  nonceSeconds: 60,
  proofsRememberedMax: 1_000_000,

  // Lease and keys.
  leaseSeconds: 30 * 86_400,
  ephemeralSeconds: 3_600,
  replacedKeyGraceSeconds: 600,
  keyReplacementsPerDay: 100,

  // REST.
  pageDefault: 50,
  pageMax: 200,
  requestBodyBytesMax: 64 * 1024,
  requestSecondsMax: 10,
  idempotencyKeyLengthMax: 128,
  idempotencySeconds: 86_400,

  // Every connection of the listener, whatever it is for: below what a process may have open.
  connectionsMax: 16_384,

  // The socket.
  helloSecondsMax: 5,
  unauthenticatedConnectionsMax: 1_000,
  unauthenticatedConnectionsPerAddressMax: 256,
  framesPerMessageMax: 256,
  messageBytesMax: 4 * 1024 * 1024,
  bufferedBytesPerConnectionMax: 4 * 1024 * 1024,
  pingSeconds: 10,
  silenceSecondsMax: 30,
  closeSecondsMax: 0.5,

  // The record.
  refusalsRecordedPerMinute: 10,
  refusalTargetLengthMax: 256,

  // The line.
  commandsPerBatch: 64,
  commandsWaitingMax: 4_096,
} as const;

export type Limit = keyof typeof limits;
