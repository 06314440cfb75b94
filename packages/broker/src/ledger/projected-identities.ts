/** The rows of identities as their facts change them. Everything needed stands in the fact: nothing is read here. */
import { isId, type Standing } from "@parley/protocol";
import type { DerivedChange } from "../governance/change.js";
import type { Taken } from "../governance/entities.js";
import type { FactData } from "../governance/fact.js";

export type Changes = readonly DerivedChange[];

/** What was given back has no generation of its own: only taking away raises it. */
interface Stands {
  readonly generation?: number;
  readonly version: number;
}

const standing = (to: Standing, { generation, version }: Stands) => ({
  standing: to,
  version,
  ...(generation === undefined ? {} : { generation }),
});

/** What relied on it until now is void from now on. Expiring takes nothing, and gives nothing back that was taken before. */
const taken = (to: Standing, at: number) => (to === "suspended" || to === "revoked" ? { takenAt: at } : {});

/** Facts of before there was such a time do not say it: nothing had been taken. */
export const neverTaken = <Row extends Taken>(row: Row): Row => ({ ...row, takenAt: row.takenAt ?? 0 });

export function organisationStands(
  to: Standing,
  data: FactData["organisation.suspended" | "organisation.resumed" | "organisation.revoked"],
  at: number,
): Changes {
  const set = { ...standing(to, data), ...taken(to, at) };
  return [{ do: "patch", table: "organisations", key: { id: data.organisation }, set }];
}

export function operatorStands(
  to: Standing,
  data: FactData["operator.suspended" | "operator.resumed" | "operator.revoked"],
): Changes {
  const era = "era" in data ? { era: data.era } : {};
  return [
    { do: "patch", table: "operators", key: { id: data.operator }, set: { ...standing(to, data), ...era } },
  ];
}

export function operatorChanged({
  operator,
  role,
  agents,
  generation,
  version,
}: FactData["operator.changed"]): Changes {
  return [
    { do: "patch", table: "operators", key: { id: operator }, set: { role, agents, generation, version } },
  ];
}

export function operatorEnrolled(data: FactData["operator.enrolled"]): Changes {
  const { operator, version, thumbprint, enrolledAt, key, token } = data;
  return [
    { do: "patch", table: "operators", key: { id: operator }, set: { version, thumbprint, enrolledAt } },
    { do: "put", table: "principalKeys", row: key },
    redeemed(token),
  ];
}

const redeemed = ({ id, usesLeft }: FactData["instance.enrolled"]["token"]): DerivedChange => ({
  do: "patch",
  table: "enrolmentTokens",
  key: { id },
  set: { usesLeft },
});

export function agentChanged({ agent, tags, owner, version }: FactData["agent.changed"]): Changes {
  return [{ do: "patch", table: "agents", key: { id: agent }, set: { tags, owner, version } }];
}

export function agentStands(
  to: Standing,
  data: FactData["agent.suspended" | "agent.resumed" | "agent.revoked"],
  at: number,
): Changes {
  const set = { ...standing(to, data), ...taken(to, at) };
  return [{ do: "patch", table: "agents", key: { id: data.agent }, set }];
}

export function instanceEnrolled({ instance, key, token }: FactData["instance.enrolled"]): Changes {
  return [
    { do: "put", table: "instances", row: neverTaken(instance) },
    { do: "put", table: "principalKeys", row: key },
    redeemed(token),
  ];
}

export function instanceStands(
  to: Standing,
  data: FactData["instance.suspended" | "instance.resumed" | "instance.revoked" | "instance.expired"],
  at: number,
): Changes {
  const generation = "generation" in data ? { generation: data.generation } : {};
  const era = "era" in data ? { era: data.era } : {};
  return [
    {
      do: "patch",
      table: "instances",
      key: { id: data.instance },
      set: { standing: to, ...generation, ...era, ...taken(to, at) },
    },
  ];
}

/** A thumbprint belongs to one principal for ever, so the old key's row stays. */
export function keyReplaced({ principal, old, key }: FactData["key.replaced"], at: number): Changes {
  const { thumbprint } = key;
  return [
    { do: "put", table: "principalKeys", row: key },
    {
      do: "patch",
      table: "principalKeys",
      key: { thumbprint: old },
      set: { state: "replaced", replacedAt: at },
    },
    isId("operator", principal)
      ? { do: "patch", table: "operators", key: { id: principal }, set: { thumbprint } }
      : { do: "patch", table: "instances", key: { id: principal }, set: { thumbprint } },
  ];
}
