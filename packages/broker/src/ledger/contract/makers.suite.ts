/** Rows that the contract of a store is tried with: one maker for each table. */
import type { StoreRows, StoreTable } from "../tables.js";
import * as engagements from "./engagement-rows.suite.js";
import * as envelopes from "./envelope-rows.suite.js";
import * as evidence from "./evidence-rows.suite.js";
import type { Maker } from "./rows.suite.js";
import * as identities from "./rows.suite.js";
import * as workgroups from "./workgroup-rows.suite.js";

export const makers: { readonly [T in StoreTable]: Maker<StoreRows[T]> } = {
  organisations: identities.organisation,
  operators: identities.operator,
  agents: identities.agent,
  instances: identities.instance,
  principalKeys: identities.principalKey,
  enrolmentTokens: identities.enrolmentToken,
  priors: identities.prior,
  alerts: identities.alert,
  workgroups: workgroups.workgroup,
  participations: workgroups.participation,
  invitations: workgroups.invitation,
  consents: workgroups.consent,
  namedMembers: workgroups.namedMember,
  selectors: workgroups.selector,
  memberships: workgroups.membership,
  contracts: engagements.contract,
  contractVersions: engagements.contractVersion,
  advertisements: engagements.advertisement,
  offers: engagements.offer,
  offeredCapabilities: engagements.offeredCapability,
  sessions: engagements.session,
  sides: engagements.side,
  holders: envelopes.holder,
  tallies: envelopes.tally,
  segments: envelopes.segment,
  strays: envelopes.stray,
  sweeps: engagements.sweep,
  mentions: identities.mention,
  seen: identities.seen,
  connections: identities.connection,
  refusalCounts: identities.refusalCount,
  deadlines: identities.deadline,
  handled: envelopes.handled,
  waiting: envelopes.waiting,
  drains: envelopes.drain,
  payloads: envelopes.payloads,
  probes: identities.probe,
  checkpoints: evidence.checkpoint,
  receiptDues: evidence.receiptDue,
  receipts: evidence.receipt,
  receiptProofs: evidence.receiptProof,
  streams: identities.streamHead,
  readers: identities.reader,
  logs: identities.logHead,
  logLeaves: identities.logLeaf,
  logNodes: evidence.logNode,
  logPending: identities.pendingHead,
};
