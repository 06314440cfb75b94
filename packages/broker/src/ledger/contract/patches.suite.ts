/** For each table that can be patched, a patch of everything that may change in a row of it. */
import type { StoreRows, StoreTable } from "../tables.js";
import { lives } from "./engagement-rows.suite.js";
import { agt, org } from "./rows.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

/** What else a row of each table that can be patched may come to say. */
export const patches: { readonly [T in StoreTable]?: Partial<StoreRows[T]> } = {
  organisations: { standing: "suspended", generation: 3 },
  operators: { role: "enroller", agents: [agt(2), agt(3)], enrolledAt: null, thumbprint: null },
  agents: { tags: {}, owner: "" },
  instances: { ephemeral: false, era: 9 },
  principalKeys: { state: "replaced", replacedAt: 77 },
  enrolmentTokens: { usesLeft: 0, voidedAt: 99 },
  priors: { subject: "else" },
  alerts: { detail: "" },
  workgroups: { owner: org(9), state: "dissolved", takenAt: 88 },
  participations: { state: "left", takenAt: Number.MAX_SAFE_INTEGER },
  invitations: { shownAt: 77, introduction: "" },
  consents: { digest: "" },
  namedMembers: { offer: false, engage: true },
  selectors: { tags: {}, offer: true },
  memberships: { engage: false, engageTakenAt: 66 },
  contracts: { state: "deleted", latest: 3 },
  contractVersions: { statement: "" },
  advertisements: { state: "retracted", version: 9 },
  offers: { patterns: [], requires: [wkg(2), wkg(3)], words: "" },
  sessions: { life: lives.closed, purpose: null, wouldRefuse: [] },
  sides: {
    state: "closed",
    instance: null,
    boundAt: null,
    joinedAt: 55,
    joinsOnAcceptance: false,
    stated: {},
  },
  tallies: { n: 4, bytes: 5, violations: 2, lastId: null, lastAt: null },
  segments: { count: 1, sent: 1, firstId: null, lastId: null },
  strays: { n: 77 },
  sweeps: { within: wkg(9), organisation: null },
  seen: { connectedAt: 12, seenAt: Number.MAX_SAFE_INTEGER },
  connections: { state: "closed", changedAt: 13, goodbye: true },
  refusalCounts: { count: 2 },
  deadlines: { dueAt: 0 },
  handled: { n: 9, bytes: 9, handed: 9 },
  waiting: { bytes: 0 },
  drains: { until: 95_000 },
  payloads: { trimmed: 1, bytes: Buffer.from("rest") },
  probes: { value: "", at: 1 },
  checkpoints: { size: 99, note: "" },
  receiptDues: { closedAt: 0 },
  receipts: { statement: "" },
  receiptProofs: { leaf: 0, note: "" },
};
export const patched = Object.keys(patches) as (keyof typeof patches)[];
