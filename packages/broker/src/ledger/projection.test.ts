import { describe, expect, test } from "vitest";
import type { DerivedChange } from "../governance/change.js";
import { type FactContent, type FactKind, happened, platformStream, streamOf } from "../governance/fact.js";
import { type ProjectedFact, project, projectStored } from "./projection.js";
import type { StoredFact } from "./stored-fact.js";
import { chainOf, factKinds, factOf, idOf, thumbprintOf } from "./testing/made-up.js";

const at = 5_000;
const organisation = idOf("organisation", 1);
const operator = idOf("operator", 1);
const agent = idOf("agent", 1);
const instance = idOf("instance", 1);
const token = idOf("enrolmentToken", 1);

const projected = (
  kind: FactKind,
  n = 1,
  content: Partial<FactContent> | null = {},
): readonly DerivedChange[] => {
  const fact = factOf(kind, n);
  return project({
    kind,
    at,
    stream: fact.stream,
    content: content && { ...fact.content, ...content },
  } as ProjectedFact);
};
const rowIn = (kind: FactKind, member: string): object =>
  Reflect.get(factOf(kind, 1).content.data, member) as object;

const patch = (table: string, key: object, set: object) => ({ do: "patch", table, key, set });
const put = (table: string, row: object) => ({ do: "put", table, row });
const silent: readonly FactKind[] = [
  "broker.started",
  "clock.stepped",
  "clock.recovered",
  "era.began",
  "broker-key.rotated",
  "connection.replaced",
  "request.refused",
  "requests.refused",
];

const table: Partial<Record<FactKind, readonly object[]>> = {
  "organisation.created": [put("organisations", rowIn("organisation.created", "organisation"))],
  "organisation.suspended": [
    patch("organisations", { id: organisation }, { standing: "suspended", generation: 1, version: 1 }),
  ],
  "organisation.resumed": [patch("organisations", { id: organisation }, { standing: "active", version: 1 })],
  "organisation.revoked": [
    patch("organisations", { id: organisation }, { standing: "revoked", generation: 1, version: 1 }),
  ],
  "operator.invited": [put("operators", rowIn("operator.invited", "operator"))],
  "operator.enrolled": [
    patch("operators", { id: operator }, { version: 2, thumbprint: thumbprintOf(1), enrolledAt: 1 }),
    put("principalKeys", rowIn("operator.enrolled", "key")),
    patch("enrolmentTokens", { id: token }, { usesLeft: 1 }),
  ],
  "operator.changed": [
    patch("operators", { id: operator }, { role: "auditor", agents: [], generation: 1, version: 1 }),
  ],
  "operator.suspended": [
    patch("operators", { id: operator }, { standing: "suspended", generation: 1, version: 1 }),
  ],
  "operator.resumed": [patch("operators", { id: operator }, { standing: "active", era: 2, version: 1 })],
  "operator.revoked": [
    patch("operators", { id: operator }, { standing: "revoked", generation: 1, version: 1 }),
  ],
  "agent.created": [put("agents", rowIn("agent.created", "agent"))],
  "agent.changed": [patch("agents", { id: agent }, { tags: { env: "t1" }, owner: "owner 1", version: 1 })],
  "agent.suspended": [patch("agents", { id: agent }, { standing: "suspended", generation: 1, version: 1 })],
  "agent.resumed": [patch("agents", { id: agent }, { standing: "active", version: 1 })],
  "agent.revoked": [patch("agents", { id: agent }, { standing: "revoked", generation: 1, version: 1 })],
  "enrolment-token.minted": [put("enrolmentTokens", rowIn("enrolment-token.minted", "token"))],
  "enrolment-token.voided": [patch("enrolmentTokens", { id: token }, { voidedAt: at })],
  "instance.enrolled": [
    put("instances", rowIn("instance.enrolled", "instance")),
    put("principalKeys", rowIn("instance.enrolled", "key")),
    patch("enrolmentTokens", { id: token }, { usesLeft: 1 }),
  ],
  "instance.suspended": [patch("instances", { id: instance }, { standing: "suspended", generation: 1 })],
  "instance.resumed": [patch("instances", { id: instance }, { standing: "active", era: 2 })],
  "instance.revoked": [patch("instances", { id: instance }, { standing: "revoked", generation: 1 })],
  "instance.expired": [patch("instances", { id: instance }, { standing: "expired", generation: 1 })],
  "key.replaced": [
    put("principalKeys", rowIn("key.replaced", "key")),
    patch("principalKeys", { thumbprint: thumbprintOf(0) }, { state: "replaced", replacedAt: at }),
    patch("instances", { id: instance }, { thumbprint: thumbprintOf(1) }),
  ],
  "alert.raised": [put("alerts", rowIn("alert.raised", "alert"))],
};

describe("projecting", () => {
  test.each(factKinds.filter((kind) => !silent.includes(kind)))(
    "%s changes exactly the rows it tells of",
    (kind) => {
      expect(projected(kind)).toEqual(table[kind]);
    },
  );

  test.each(silent)("%s changes no row", (kind) => {
    expect(projected(kind)).toEqual([]);
  });

  test("the replaced key of an operator changes the operator, not an instance", () => {
    expect(projected("key.replaced", 2)[2]).toEqual(
      patch("operators", { id: idOf("operator", 2) }, { thumbprint: thumbprintOf(2) }),
    );
  });

  test.each(factKinds)("%s without content changes nothing", (kind) => {
    expect(projected(kind, 1, null)).toEqual([]);
  });

  test.each(factKinds.filter((kind) => kind.startsWith("organisation.")))(
    "%s is projected from the organisation's own stream, not from the platform's",
    (kind) => {
      const { content } = factOf(kind, 1);
      expect(project({ kind, at, stream: platformStream, content } as ProjectedFact)).toEqual([]);
      expect(project({ kind, at, stream: streamOf(organisation), content } as ProjectedFact)).toHaveLength(1);
    },
  );

  test("a fact made under an Idempotency-Key is remembered by it, whatever its kind", () => {
    const idempotency = { key: "k", digest: "d" };
    expect(projected("request.refused", 1, { actor: operator, subject: "s", idempotency })).toEqual([
      put("priors", {
        principal: operator,
        organisation,
        key: "k",
        digest: "d",
        kind: "request.refused",
        subject: "s",
        at,
      }),
    ]);
    expect(projected("clock.stepped", 1, { actor: operator, subject: "s", idempotency })).toEqual([
      put("priors", {
        principal: operator,
        organisation: null,
        key: "k",
        digest: "d",
        kind: "clock.stepped",
        subject: "s",
        at,
      }),
    ]);
  });

  test("an Idempotency-Key belongs to a principal: one that the broker or a token would have is not remembered", () => {
    const idempotency = { key: "k", digest: "d" };
    expect(projected("broker.started", 1, { actor: "broker", idempotency })).toEqual([]);
    expect(projected("broker.started", 1, { actor: token, idempotency })).toEqual([]);
  });

  test("reads the text that is stored: what JSON does not keep cannot reach a row", () => {
    const tags = { env: "prod", gone: undefined } as unknown as Record<string, string>;
    const told = { actor: "broker", subject: agent, cause: idOf("command", 1) } as const;
    const fact = happened(streamOf(organisation), "agent.changed", told, {
      agent,
      tags,
      owner: "o",
      version: 2,
    });
    const [stored] = chainOf([{ fact, at }]);
    expect(projectStored(stored as StoredFact)).toStrictEqual([
      patch("agents", { id: agent }, { tags: { env: "prod" }, owner: "o", version: 2 }),
    ]);
  });

  test("a kind that nobody knows is a bug, not a silence", () => {
    const content = factOf("alert.raised", 1).content;
    const unknown = {
      kind: "agent.renamed",
      at,
      stream: platformStream,
      content,
    } as unknown as ProjectedFact;
    expect(() => project(unknown)).toThrow("agent.renamed");
  });
});
