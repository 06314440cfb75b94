/** Rows of identities, of working tables and of the ledger that the contract of a store is tried with: every column filled. */
import type {
  Agent,
  Alert,
  Connection,
  Deadline,
  EnrolmentToken,
  Instance,
  Mention,
  Operator,
  Organisation,
  PrincipalKey,
  Prior,
  Probe,
  RefusalCount,
  Seen,
} from "../../governance/entities.js";
import type { LogHead, LogLeaf, PendingHead, Reader } from "../store.js";
import type { StreamHead } from "../stored-fact.js";
import { idOf, thumbprintOf } from "../testing/made-up.js";

export type Maker<Row> = (n: number, over?: Partial<Row>) => Row;

export const org = (n: number) => idOf("organisation", n);
export const opr = (n: number) => idOf("operator", n);
export const agt = (n: number) => idOf("agent", n);
export const ins = (n: number) => idOf("instance", n);
export const etk = (n: number) => idOf("enrolmentToken", n);

const authority = { standing: "active", generation: 0 } as const;

export const organisation: Maker<Organisation> = (n, over) => ({
  id: org(n),
  name: `organisation-${n}`,
  displayName: `Organisation ${n}, größer 😀`,
  ...authority,
  takenAt: 0,
  createdAt: 1_000 + n,
  version: 1,
  ...over,
});

export const operator: Maker<Operator> = (n, over) => ({
  id: opr(n),
  organisation: org(1),
  name: `operator-${n}`,
  role: "admin",
  agents: [],
  ...authority,
  era: 1,
  thumbprint: thumbprintOf(n),
  enrolledAt: 2_000 + n,
  createdAt: 1_000 + n,
  version: 1,
  ...over,
});

export const agent: Maker<Agent> = (n, over) => ({
  id: agt(n),
  organisation: org(1),
  name: `agent-${n}`,
  tags: { env: "prod" },
  owner: "desk@example.org",
  ...authority,
  takenAt: 0,
  createdAt: 1_000 + n,
  version: 1,
  ...over,
});

export const instance: Maker<Instance> = (n, over) => ({
  id: ins(n),
  agent: agt(1),
  organisation: org(1),
  ...authority,
  takenAt: 0,
  era: 1,
  ephemeral: n % 2 === 1,
  thumbprint: thumbprintOf(n),
  enrolledAt: 3_000 + n,
  ...over,
});

export const principalKey: Maker<PrincipalKey> = (n, over) => ({
  thumbprint: thumbprintOf(n),
  principal: ins(1),
  x: thumbprintOf(n + 1_000),
  state: "current",
  since: 3_000 + n,
  replacedAt: null,
  token: null,
  ...over,
});

export const enrolmentToken: Maker<EnrolmentToken> = (n, over) => ({
  id: etk(n),
  digest: thumbprintOf(n),
  organisation: org(1),
  for: agt(1),
  mintedBy: opr(1),
  minterGeneration: 2,
  targetGeneration: 3,
  era: 1,
  uses: 5,
  usesLeft: 5,
  ephemeral: n % 2 === 1,
  mintedAt: 1_000 + n,
  notBefore: 1_000 + n,
  expiresAt: 10_000 + n,
  voidedAt: null,
  ...over,
});

export const prior: Maker<Prior> = (n, over) => ({
  principal: opr(1),
  organisation: org(1),
  key: `key ${n}`,
  digest: thumbprintOf(n),
  kind: "agent.created",
  subject: agt(n),
  at: 1_000 + n,
  ...over,
});

export const alert: Maker<Alert> = (n, over) => ({
  id: idOf("alert", n),
  organisation: org(1),
  kind: "replaced-key-used",
  subject: ins(1),
  detail: `“alert” ${n}`,
  raisedAt: 1_000 + n,
  ...over,
});

export const seen: Maker<Seen> = (n, over) => ({
  principal: ins(n),
  seenAt: 4_000 + n,
  connectedAt: null,
  ...over,
});

export const connection: Maker<Connection> = (n, over) => ({
  instance: ins(n),
  agent: agt(1),
  organisation: org(1),
  connection: idOf("connection", n),
  epoch: 1,
  state: "open",
  changedAt: 5_000 + n,
  goodbye: n % 2 === 0,
  ...over,
});

export const refusalCount: Maker<RefusalCount> = (n, over) => ({
  principal: opr(1),
  organisation: org(1),
  code: "role.missing",
  minute: n,
  count: n,
  ...over,
});

export const deadline: Maker<Deadline> = (n, over) => ({
  kind: "instance.expire",
  subject: ins(n),
  dueAt: 6_000 + n,
  ...over,
});

export const probe: Maker<Probe> = (n, over) => ({ name: "readiness", value: `value ${n}`, at: n, ...over });

export const streamHead: Maker<StreamHead> = (n, over) => ({
  stream: `org:${org(n)}`,
  position: n,
  hash: thumbprintOf(n),
  ...over,
});

export const reader: Maker<Reader> = (n, over) => ({
  stream: "workgroup:1",
  log: `org:${org(n)}`,
  from: n,
  until: n % 2 === 0 ? null : n + 5,
  order: n + 1,
  ...over,
});

export const mention: Maker<Mention> = (n, over) => ({
  ...{ thing: agt(n), stream: `org:${org(1)}`, position: n },
  ...over,
});

export const logHead: Maker<LogHead> = (n, over) => ({
  log: `org:${org(n)}`,
  size: n,
  frontier: [thumbprintOf(1), thumbprintOf(2)],
  root: thumbprintOf(n),
  shared: n % 3,
  ...over,
});

export const logLeaf: Maker<LogLeaf> = (n, over) => ({
  log: "platform",
  index: n,
  leaf: thumbprintOf(n),
  stream: "platform",
  position: n + 1,
  ...over,
});

export const pendingHead: Maker<PendingHead> = (n, over) => ({
  log: "platform",
  stream: `workgroup:${n}`,
  second: 100 + n,
  position: n,
  hash: thumbprintOf(n),
  ...over,
});
