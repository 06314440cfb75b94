/** What the author of an agent, and whoever speaks to a broker's REST, imports. It loads in Node and in a browser alike. */
export { enrolmentOf } from "./access-token.js";
export { Agent, type AgentOptions } from "./agent.js";
export { type AgentState, describeLoss, type Loss } from "./agent-state.js";
export { brokerAddress, discoverIssuer } from "./broker-address.js";
export { type Ask, type AskFor, BrokerClient, type BrokerClientOptions } from "./broker-client.js";
export { type Clock, machineClock } from "./clock.js";
export type { ComeBack, Ending } from "./ending.js";
export { type EnrolOptions, enrol } from "./enrol.js";
export { type Answer, type Call, Exchange, type ExchangeOptions, type Method } from "./exchange.js";
export { ParleyFault } from "./fault.js";
export { fileIdentity } from "./file-identity.js";
export type { Enrolment, Identity, IdentityKey, StatementHeader } from "./identity.js";
export { keyIsDue } from "./key-replacement.js";
export { memoryIdentity } from "./memory-identity.js";
export { isRefused, type KnownOrNewCode, ParleyRefusal } from "./refusal.js";
export type { OpenSocket, Socket, SocketHandlers } from "./socket.js";
