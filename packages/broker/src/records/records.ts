/** Everything that can be looked back at, over one store: what admission is handed in place of the store itself. */
import type { Caller } from "../governance/command.js";
import type { Instance } from "../governance/entities.js";
import type { Store } from "../ledger/store.js";
import {
  describeOwn,
  listAdvertisements,
  showAdvertisement,
  showOwnAdvertisement,
} from "./advertisements.js";
import { type BundleFrom, readBundle } from "./bundles.js";
import { digestCatalog, type Finding, searchCatalog } from "./catalog.js";
import { listContracts, listVersions, nameContract, reportContract, showContract } from "./contracts.js";
import { checkpointOf, listChain, prove, showCheckpoint, showReceipt } from "./evidence.js";
import { explainEngagement } from "./explain.js";
import { followFacts, listAlerts, listFacts, mayFollow } from "./facts.js";
import {
  knowsKey,
  knowsToken,
  listAgents,
  listInstances,
  listOperators,
  listOrganisations,
  listTokens,
  nameOrganisation,
  presenceOf,
  showAgent,
  showInstance,
  showOperator,
  showOrganisation,
  speaker,
} from "./identities.js";
import {
  listInvitations,
  listWorkgroupInvitations,
  showInvitation,
  showWorkgroupInvitation,
} from "./invitations.js";
import { Pasts } from "./past.js";
import { type Reaching, readReach } from "./reach.js";
import { listReaders } from "./readers.js";
import { Searches } from "./searches.js";
import { chainHead, listSessions, showSession } from "./sessions.js";
import { readTranscript } from "./transcripts.js";
import { listMembers, listSelectors, listWorkgroups, showWorkgroup } from "./workgroups.js";

const recordsOf = (store: Store, finding: Finding, reaching: Reaching) => ({
  speaker: (caller: Caller) => speaker(store, caller),
  knowsKey: (thumbprint: string) => knowsKey(store, thumbprint),
  knowsToken: (digest: string) => knowsToken(store, digest),
  presenceOf: (instance: Instance) => presenceOf(store, instance),
  nameOrganisation: bound(store, nameOrganisation),
  listOrganisations: bound(store, listOrganisations),
  showOrganisation: bound(store, showOrganisation),
  listOperators: bound(store, listOperators),
  showOperator: bound(store, showOperator),
  listAgents: bound(store, listAgents),
  showAgent: bound(store, showAgent),
  listInstances: bound(store, listInstances),
  showInstance: bound(store, showInstance),
  listTokens: bound(store, listTokens),
  listAlerts: bound(store, listAlerts),
  listFacts: bound(store, listFacts),
  showCheckpoint: bound(store, showCheckpoint),
  checkpointOf: bound(store, checkpointOf),
  prove: bound(store, prove),
  showReceipt: bound(store, showReceipt),
  listChain: bound(store, listChain),
  readBundle: (of: Omit<BundleFrom, "store">, ...asked: Bundled) => readBundle({ store, ...of }, ...asked),
  followFacts: bound(store, followFacts),
  mayFollow: bound(store, mayFollow),
  /** Calls back after a commit; may be lost, may be late. */
  watch: (wake: () => void) => store.watch(wake),

  listWorkgroups: bound(store, listWorkgroups),
  showWorkgroup: bound(store, showWorkgroup),
  listMembers: bound(store, listMembers),
  listSelectors: bound(store, listSelectors),
  listInvitations: bound(store, listInvitations),
  showInvitation: bound(store, showInvitation),
  listWorkgroupInvitations: bound(store, listWorkgroupInvitations),
  showWorkgroupInvitation: bound(store, showWorkgroupInvitation),

  listContracts: bound(store, listContracts),
  showContract: bound(store, showContract),
  nameContract: bound(store, nameContract),
  listVersions: bound(store, listVersions),
  reportContract: bound(store, reportContract),
  listAdvertisements: bound(store, listAdvertisements),
  showOwnAdvertisement: bound(store, showOwnAdvertisement),
  showAdvertisement: bound(store, showAdvertisement),
  describeOwn: bound(store, describeOwn),
  searchCatalog: bound(finding, searchCatalog),
  digestCatalog: bound(finding, digestCatalog),
  explainEngagement: bound(store, explainEngagement),
  readReach: bound(reaching, readReach),
  listReaders: bound(reaching, listReaders),
  listSessions: bound(store, listSessions),
  showSession: bound(store, showSession),
  readTranscript: bound(store, readTranscript),
  chainHead: bound(store, chainHead),
});
type Bundled = Parameters<typeof readBundle> extends [unknown, ...infer Asked] ? Asked : never;
export type Records = ReturnType<typeof recordsOf>;

/** `empty` opens a store with nothing in it: for rows as they were. */
export const openRecords = (store: Store, empty: () => Store): Records =>
  recordsOf(store, { store, searches: new Searches() }, { store, pasts: new Pasts(store, empty) });

const bound =
  <S, A extends readonly unknown[], R>(from: S, look: (from: S, ...args: A) => R) =>
  (...args: A): R =>
    look(from, ...args);
