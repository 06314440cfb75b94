/** Facts, ids and times that tests make up: plausible, and the same for the same seed. */
import {
  type AgentId,
  type EnrolmentTokenId,
  encodeId,
  type Id,
  type IdKind,
  type InstanceId,
  type OperatorId,
  type OrganisationId,
} from "@parley/protocol";
import fc from "fast-check";
import type { EnrolmentToken, PrincipalKey } from "../../governance/entities.js";
import {
  type FactContent,
  type FactData,
  type FactKind,
  happened,
  type NewFact,
  platformStream,
  type StreamId,
  streamOf,
} from "../../governance/fact.js";
import { emptyStream, headOf, makeFact } from "../chain.js";
import { projectStored } from "../projection.js";
import type { StoredFact, StreamHead } from "../stored-fact.js";
import { keyColumns, type StoreTable } from "../tables.js";
import type { Timed } from "./harness.js";

/** The n-th id of a kind. */
export function idOf<K extends IdKind>(kind: K, n: number): Id<K> {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, n);
  return encodeId(kind, bytes);
}

export const thumbprintOf = (n: number): string => `thumbprint${n}`.padEnd(43, "A");

const told = (subject: string): Omit<FactContent, "data"> => ({
  actor: "broker",
  subject,
  cause: idOf("command", 1),
});

/** A fact about nothing, in any stream, made-up ones included. */
export const note = (stream: string, n = 0): NewFact =>
  happened(stream as StreamId, "clock.stepped", told(String(n)), { byMs: n });

/** The facts of these, one after the other, each at its time. */
export function chainOf(facts: readonly { readonly fact: NewFact; readonly at: number }[]): StoredFact[] {
  const heads = new Map<string, StreamHead>();
  return facts.map(({ fact, at }, index) => {
    const made = makeFact(fact, heads.get(fact.stream) ?? emptyStream(fact.stream), index + 1, at);
    heads.set(fact.stream, headOf(made));
    return made;
  });
}

export interface Cast {
  readonly organisation: OrganisationId;
  readonly operator: OperatorId;
  readonly agent: AgentId;
  readonly instance: InstanceId;
  readonly token: EnrolmentTokenId;
}

const castOf = (n: number): Cast => ({
  organisation: idOf("organisation", n % 3),
  operator: idOf("operator", n % 7),
  agent: idOf("agent", n % 5),
  instance: idOf("instance", n % 11),
  token: idOf("enrolmentToken", n % 13),
});

const keyOf = (principal: OperatorId | InstanceId, n: number, cast: Cast): PrincipalKey => ({
  thumbprint: thumbprintOf(n),
  principal,
  x: thumbprintOf(n + 1),
  state: "current",
  since: n,
  replacedAt: null,
  token: cast.token,
});

const tokenOf = (cast: Cast, n: number): EnrolmentToken => ({
  id: cast.token,
  digest: thumbprintOf(n),
  organisation: cast.organisation,
  for: n % 2 === 0 ? cast.operator : cast.agent,
  mintedBy: n % 3 === 0 ? null : cast.operator,
  minterGeneration: n % 4,
  targetGeneration: n % 5,
  era: 1,
  uses: 3,
  usesLeft: 3,
  ephemeral: n % 2 === 1,
  mintedAt: n,
  notBefore: n,
  expiresAt: n + 1_000,
  voidedAt: null,
});

type Made = { readonly [K in FactKind]: (n: number, cast: Cast) => FactData[K] };

/** One of every kind of fact: a new kind does not compile until it stands here. */
const made: Made = {
  "broker.started": (n) => ({ era: 1, version: `0.${n}` }),
  "clock.stepped": (n) => ({ byMs: n }),
  "clock.recovered": (n) => ({ wall: n, ledger: n + 1 }),
  "era.began": (n) => ({ era: 2 + (n % 5) }),
  "broker-key.rotated": (n) => ({ use: "access", kid: `kid${n}` }),
  "organisation.created": (n, { organisation }) => ({
    organisation: {
      id: organisation,
      name: organisation.slice(4).toLowerCase(),
      displayName: `Organisation ${n}`,
      standing: "active",
      generation: 0,
      createdAt: n,
      version: 1,
    },
  }),
  "organisation.suspended": (n, { organisation }) => ({ organisation, generation: n, version: n }),
  "organisation.resumed": (n, { organisation }) => ({ organisation, version: n }),
  "organisation.revoked": (n, { organisation }) => ({ organisation, generation: n, version: n }),
  "operator.invited": (n, { operator, organisation, agent }) => ({
    operator: {
      id: operator,
      organisation,
      name: operator.slice(4),
      role: "enroller",
      agents: [agent],
      standing: "active",
      generation: 0,
      era: 1,
      thumbprint: null,
      enrolledAt: null,
      createdAt: n,
      version: 1,
    },
  }),
  "operator.enrolled": (n, cast) => ({
    operator: cast.operator,
    version: 2,
    thumbprint: thumbprintOf(n),
    enrolledAt: n,
    key: keyOf(cast.operator, n, cast),
    token: { id: cast.token, usesLeft: n % 3 },
  }),
  "operator.changed": (n, { operator }) => ({
    operator,
    role: "auditor",
    agents: [],
    generation: n,
    version: n,
  }),
  "operator.suspended": (n, { operator }) => ({ operator, generation: n, version: n }),
  "operator.resumed": (n, { operator }) => ({ operator, era: 2, version: n }),
  "operator.revoked": (n, { operator }) => ({ operator, generation: n, version: n }),
  "agent.created": (n, { agent, organisation }) => ({
    agent: {
      id: agent,
      organisation,
      name: agent.slice(4),
      tags: { env: "prod" },
      owner: "somebody",
      standing: "active",
      generation: 0,
      createdAt: n,
      version: 1,
    },
  }),
  "agent.changed": (n, { agent }) => ({ agent, tags: { env: `t${n}` }, owner: `owner ${n}`, version: n }),
  "agent.suspended": (n, { agent }) => ({ agent, generation: n, version: n }),
  "agent.resumed": (n, { agent }) => ({ agent, version: n }),
  "agent.revoked": (n, { agent }) => ({ agent, generation: n, version: n }),
  "enrolment-token.minted": (n, cast) => ({ token: tokenOf(cast, n) }),
  "enrolment-token.voided": (_n, { token }) => ({ token }),
  "instance.enrolled": (n, cast) => ({
    instance: {
      id: cast.instance,
      agent: cast.agent,
      organisation: cast.organisation,
      era: 1,
      ephemeral: n % 2 === 0,
      standing: "active",
      generation: 0,
      thumbprint: thumbprintOf(n),
      enrolledAt: n,
    },
    key: keyOf(cast.instance, n, cast),
    token: { id: cast.token, usesLeft: n % 3 },
  }),
  "instance.suspended": (n, { instance }) => ({ instance, generation: n, why: "operator" }),
  "instance.resumed": (_n, { instance }) => ({ instance, era: 2 }),
  "instance.revoked": (n, { instance }) => ({ instance, generation: n }),
  "instance.expired": (n, { instance }) => ({ instance, generation: n }),
  "key.replaced": (n, cast) => {
    const principal = n % 2 === 0 ? cast.operator : cast.instance;
    return { principal, old: thumbprintOf(n - 1), key: keyOf(principal, n, cast) };
  },
  "alert.raised": (n, { organisation, instance }) => ({
    alert: {
      id: idOf("alert", n),
      organisation,
      kind: "replaced-key-used",
      subject: instance,
      detail: `alert ${n}`,
      raisedAt: n,
    },
  }),
  "connection.replaced": (n, { instance }) => ({
    instance,
    older: idOf("connection", n),
    newer: idOf("connection", n + 1),
    epoch: n,
  }),
  "request.refused": (n) => ({ command: "agent.create", target: `t${n}`, code: "not-found", rule: null }),
  "requests.refused": (n) => ({ code: "role.missing", minute: n, count: n }),
};

export const factKinds = Object.keys(made) as FactKind[];

const platformKinds = /^(broker|clock|era|broker-key)\b/;

/** A fact of this kind as the n-th of a history would be. */
export function factOf(kind: FactKind, n: number): NewFact {
  const cast = castOf(n);
  const stream = platformKinds.test(kind) ? platformStream : streamOf(cast.organisation);
  const idempotency = n % 4 === 0 ? { idempotency: { key: `key${n % 9}`, digest: thumbprintOf(n) } } : {};
  const actor = n % 5 === 0 ? "broker" : cast.operator;
  return happened(stream, kind, { ...told(cast.operator), actor, ...idempotency }, made[kind](n, cast));
}

/** The rows that a history would have made so far, by table and key. */
function hasItsRows(rows: Set<string>, fact: StoredFact): boolean {
  const changes = projectStored(fact).map((change) => ({
    needs: change.do !== "put",
    key: JSON.stringify([
      change.table,
      change.do === "put" ? keyOfRow(change.table, change.row) : change.key,
    ]),
  }));
  if (changes.some(({ needs, key }) => needs && !rows.has(key))) return false;
  for (const { key } of changes) rows.add(key);
  return true;
}

const keyOfRow = (table: StoreTable, row: object): object =>
  Object.fromEntries(keyColumns(table).map((column) => [column, Reflect.get(row, column)]));

/** Histories in which everything that is told of was made before, with the time that passes before each fact. */
export const histories = (maxLength: number): fc.Arbitrary<readonly Timed[]> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom(...factKinds),
        n: fc.nat({ max: 12 }),
        passes: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 5_000 })),
      }),
      { maxLength, minLength: 1 },
    )
    .map((steps) => {
      let at = 1_000;
      const timed = steps.map(({ kind, n, passes }) => {
        at += passes;
        return { fact: factOf(kind, n), at };
      });
      const rows = new Set<string>();
      const stored = chainOf(timed);
      return timed.filter((_, index) => hasItsRows(rows, stored[index] as StoredFact));
    })
    .filter((history) => history.length > 0);
