/** What the author of an agent, and whoever speaks to a broker's REST, imports. It loads in Node and in a browser alike. */

/** What the broker shows, as its types: their schemas are protocol's. */
export type {
  AdvertisementView,
  CatalogItemView,
  ContractVersionView,
  ContractView,
  EnvelopeHeader,
  EnvelopeId,
  FactView,
  InvitationView,
  LeftToSend,
  MemberView,
  Missing,
  ReceiptView,
  RefusalCode,
  Retry,
  SessionEnding,
  SessionId,
  SessionState,
  SessionView,
  SideName,
  Terms,
  TermsRequest,
  WorkgroupView,
} from "@parley/protocol";
export { enrolmentOf } from "./access-token.js";
export type { Advertised, ContractVersion, NamedTerms } from "./advertising.js";
export { Agent, type AgentEvents, type AgentOptions } from "./agent.js";
export { type AgentState, describeLoss, type Loss } from "./agent-state.js";
export type { Question } from "./asking.js";
export {
  charterDigestOf,
  consentTo,
  organisationOf,
  type Proposed,
  type ShownTerms,
  type Signer,
  shownTermsDigest,
  signAcceptance,
  signAdvertisement,
  signConsent,
  signContract,
  signProposal,
  termsDigestOf,
} from "./binding-statements.js";
export { brokerAddress, discoverIssuer } from "./broker-address.js";
export {
  type Ask,
  type AskFor,
  BrokerClient,
  type BrokerClientOptions,
  type Listen,
} from "./broker-client.js";
export type { CallOptions } from "./calls.js";
export { Catalog, type CatalogChange, type CatalogFilter, type Offer } from "./catalog.js";
export { type Clock, machineClock } from "./clock.js";
export type { SessionEvents } from "./course.js";
export type { ComeBack, Ending } from "./ending.js";
export type { Engagement } from "./engaging.js";
export { type EnrolOptions, enrol } from "./enrol.js";
export { RecordDiffers } from "./envelopes/chain.js";
export { Envelope, type Sender } from "./envelopes/envelope.js";
export {
  defineMessages,
  type InputOf,
  MessageMisfit,
  type MessageSchema,
  type MessageSchemas,
  type Messages,
  type MisfitIssue,
  type OutputOf,
  type Parser,
  type StandardSchema,
} from "./envelopes/messages.js";
export { EnvelopesMissing } from "./envelopes/missing.js";
export type { SendOptions } from "./envelopes/outgoing.js";
export { type RequestOptions, RequestTimedOut } from "./envelopes/requests.js";
export type { SentEnvelope } from "./envelopes/sending.js";
export {
  type AnyMessage,
  type Message,
  type TypedRequestOptions,
  TypedSession,
} from "./envelopes/typed-session.js";
export { type Answer, type Call, Exchange, type ExchangeOptions, type Method } from "./exchange.js";
export { NotAsShown, ParleyFault } from "./fault.js";
export { fileIdentity } from "./file-identity.js";
export type { Health } from "./health.js";
export type { Enrolment, Identity, IdentityKey, StatementHeader } from "./identity.js";
export { keyIsDue } from "./key-replacement.js";
export { memoryIdentity } from "./memory-identity.js";
export { type Receipt, ReceiptDiffers } from "./receipts/receipt.js";
export { fileReceipts, memoryReceipts, type ReceiptStore } from "./receipts/receipt-store.js";
export { Receipts } from "./receipts/receipts.js";
export { isRefused, type KnownOrNewCode, ParleyRefusal } from "./refusal.js";
export type { ServerEvent } from "./server-events.js";
export type { Decision, ServeOptions, SessionHandler } from "./serving.js";
export { type Counterpart, Session } from "./session.js";
export { type SessionClosed, SessionCut, SessionEnded } from "./session-ended.js";
export { shownProposalDigest } from "./shown-proposal.js";
export type { OpenSocket, Socket, SocketHandlers } from "./socket.js";
