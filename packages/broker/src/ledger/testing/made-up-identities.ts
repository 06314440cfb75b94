/** Facts of identities and of the broker that tests make up. */
import type { InstanceId, OperatorId } from "@parley/protocol";
import type { EngagementFacts } from "../../governance/engagement-facts.js";
import type { EnrolmentToken, PrincipalKey } from "../../governance/entities.js";
import type { FactData, FactKind } from "../../governance/fact.js";
import type { WorkgroupFacts } from "../../governance/workgroup/workgroup-facts.js";
import { type Cast, idOf, thumbprintOf } from "./cast.js";

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

type IdentityKind = Exclude<FactKind, keyof WorkgroupFacts | keyof EngagementFacts>;

export const madeOfIdentities: { readonly [K in IdentityKind]: (n: number, cast: Cast) => FactData[K] } = {
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
      takenAt: 0,
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
      takenAt: 0,
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
      takenAt: 0,
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
