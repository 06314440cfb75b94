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

  // Workgroups, and who is in them.
  workgroupsPerOrganisation: 1_000,
  /** In, and invited: filled by the owner's own invitations. */
  organisationsPerWorkgroup: 64,
  openInvitationsPerOrganisation: 50,
  /** That it has made, whatever became of them. */
  invitationsPerDay: 200,
  invitationSeconds: 7 * 86_400,
  /** Of one organisation in one workgroup. */
  membersPerWorkgroup: 1_000,
  selectorsPerOrganisation: 100,

  // Contracts and advertisements.
  contractsPerOrganisation: 1_000,
  versionsPerContract: 1_000,
  messageTypesPerContract: 64,
  requiredWorkgroupsPerContract: 8,
  observeSecondsMax: 30 * 86_400,
  advertisementsPerAgent: 100,
  capabilitiesPerAdvertisement: 32,
  workgroupsPerAdvertisement: 32,
  schemaBytesMax: 32 * 1024,
  metadataPerCapability: 32,
  /** Different ones that a search looks at: of names first, then of descriptions. */
  wordsPerAdvertisement: 256,

  // Sessions.
  openSessionsPerAgent: 1_000,
  openProposalsPerAgent: 64,
  /** Of one consumer organisation to one provider agent. */
  openProposalsPerPair: 32,
  sessionsClosedPerSweep: 8,
  /** Whose provider has gone and that its siblings are to be told of: beyond, they find them by looking. */
  sessionsLostMax: 65_536,
  /** How long one instance alone is offered a session before the next one hears of it. */
  offerSeconds: 2,

  // Words and tags.
  nameLengthMax: 63,
  displayNameLengthMax: 128,
  ownerLengthMax: 256,
  purposeLengthMax: 256,
  rulesLengthMax: 2_048,
  introductionLengthMax: 256,
  descriptionLengthMax: 1_024,
  detailLengthMax: 256,
  capabilityLengthMax: 128,
  metadataValueLengthMax: 256,
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
  statementLengthMax: 4_096,
  nonceSeconds: 60,
  proofsRememberedMax: 1_000_000,

  // Lease and keys.
  leaseSeconds: 30 * 86_400,
  ephemeralSeconds: 3_600,
  replacedKeyGraceSeconds: 600,
  keyReplacementsPerDay: 100,

  // REST.
  searchLengthMax: 128,
  searchWordsMax: 8,
  pageDefault: 50,
  pageMax: 200,
  /** A page that would be longer has fewer items, one at least, and goes on from its cursor. */
  pageBytesMax: 1024 * 1024,
  searchesWaitingPerPrincipal: 64,
  searchesWaitingMax: 4_096,
  factStreamsPerPrincipal: 4,
  /** Of answers that were given and are not read: beyond, a connection is closed, and of all the one that is longest behind. */
  unreadBytesPerConnectionMax: 4 * 1024 * 1024,
  unreadBytesMax: 64 * 1024 * 1024,
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
  callsWaitingPerConnection: 64,
  watchesPerConnection: 16,
  servedCapabilitiesPerConnection: 64,
  joinedSessionsPerConnection: 256,

  // Envelopes.
  headerBytesMax: 8 * 1024,
  headerValueLengthMax: 256,
  /** Of one side, beyond what the other has handled. */
  envelopesUnhandledMax: 256,
  bytesUnhandledMax: 4 * 1024 * 1024,
  /** That wait for one agent from one organisation, over all their sessions. */
  bytesUnhandledPerPair: 16 * 1024 * 1024,
  /** That wait to be handled, in the whole broker: beyond, nobody sends. */
  waitingBytesMax: 4 * 1024 * 1024 * 1024,
  /** Of one connection, while its last are on their way to the disk: beyond, it is not read. */
  envelopesWaitingPerConnection: 1_024,
  bytesWaitingPerConnection: 4 * 1024 * 1024,
  /** Of envelopes on their way to connections: beyond, whoever has some on its way waits. */
  deliveredBytesPerConnection: 256 * 1024,
  deliveredBytesMax: 128 * 1024 * 1024,
  /** Decided together. */
  envelopesPerCommand: 256,
  /** How long who received may take what was sent before a gentle end. */
  drainSeconds: 86_400,
  envelopesPerSegment: 256,
  bytesPerSegment: 1024 * 1024,

  // The record.
  refusalsRecordedPerMinute: 10,
  refusalTargetLengthMax: 256,
  /** Of one organisation and of the workgroups it was in: read to say what an agent of it reached at a past moment. */
  pastFactsMax: 50_000,

  // The line.
  commandsPerBatch: 64,
  commandsWaitingMax: 4_096,
} as const;

export type Limit = keyof typeof limits;
