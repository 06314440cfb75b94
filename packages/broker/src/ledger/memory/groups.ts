/** By what rows in memory are asked for together: without these a growing table would be walked for each answer. */
import type { StoreRows, StoreTable } from "../tables.js";

/** A row for which it is undefined is in no group. */
type Grouping<Row> = (row: Row) => unknown;
type Groupings = { readonly [T in StoreTable]?: Readonly<Record<string, Grouping<StoreRows[T]>>> };

type Side = StoreRows["sides"];
const open =
  (of: Grouping<Side>): Grouping<Side> =>
  (side) =>
    side.state === "closed" ? undefined : of(side);

export const groupings = {
  operators: { organisation: (row) => row.organisation },
  agents: { organisation: (row) => row.organisation },
  instances: { agent: (row) => row.agent },
  principalKeys: { principal: (row) => row.principal },
  enrolmentTokens: { organisation: (row) => row.organisation },
  alerts: { organisation: (row) => row.organisation },
  workgroups: { owner: (row) => row.owner },
  participations: { workgroup: (row) => row.workgroup, organisation: (row) => row.organisation },
  invitations: {
    workgroup: (row) => row.workgroup,
    inviter: (row) => row.inviter,
    invitee: (row) => row.invitee,
  },
  consents: { invitation: (row) => row.invitation },
  namedMembers: { workgroup: (row) => row.workgroup, agent: (row) => row.agent },
  selectors: { organisation: (row) => row.organisation },
  memberships: {
    workgroup: (row) => row.workgroup,
    agent: (row) => row.agent,
    organisation: (row) => row.organisation,
  },
  contracts: { organisation: (row) => row.organisation },
  contractVersions: { contract: (row) => row.contract },
  advertisements: { agent: (row) => row.agent, contract: (row) => row.content.contract.id },
  offers: {
    workgroup: (row) => row.workgroup,
    advertisement: (row) => row.advertisement,
    contract: (row) => row.contract,
  },
  offeredCapabilities: { advertisement: (row) => row.advertisement },
  sessions: { contract: (row) => row.contract },
  sides: {
    agent: (row) => row.agent,
    organisation: (row) => row.organisation,
    openAgent: open((row) => row.agent),
    openInstance: open((row) => row.instance),
    openOrganisation: open((row) => row.organisation),
    openWorkgroup: open((row) => row.workgroup),
    openAdvertisement: open((row) => row.advertisement),
    open: open(() => "open"),
  },
  segments: { ofSide: ({ session, side }) => `${session} ${side}` },
  payloads: { ofSide: ({ session, side }) => `${session} ${side}` },
  drains: { agent: (row) => row.agent },
  connections: { agent: (row) => row.agent },
  readers: { stream: (row) => row.stream, log: (row) => row.log },
  logLeaves: { log: (row) => row.log },
  logNodes: { log: (row) => row.log },
  logPending: { log: (row) => row.log },
} as const satisfies Groupings;

export type GroupName<T extends StoreTable> = T extends keyof typeof groupings
  ? keyof (typeof groupings)[T] & string
  : never;
