import { describe, expect, test } from "vitest";
import type { DerivedChange } from "../governance/change.js";
import { type FactContent, type FactKind, happened, platformStream, streamOf } from "../governance/fact.js";
import { type ProjectedFact, project, projectStored } from "./projection.js";
import {
  agent,
  at,
  operator,
  organisation,
  patch,
  position,
  projections,
  put,
  rowIn,
  silent,
  token,
} from "./projections.suite.js";
import type { StoredFact } from "./stored-fact.js";
import { chainOf, factKinds, factOf, idOf, thumbprintOf } from "./testing/made-up.js";

const projected = (
  kind: FactKind,
  n = 1,
  content: Partial<FactContent> | null = {},
): readonly DerivedChange[] => {
  const fact = factOf(kind, n);
  return project({
    kind,
    at,
    position,
    stream: fact.stream,
    content: content && { ...fact.content, ...content },
  } as ProjectedFact);
};
describe("projecting", () => {
  test.each(factKinds.filter((kind) => !silent.includes(kind)))(
    "%s changes exactly the rows it tells of",
    (kind) => {
      expect(projected(kind)).toEqual(projections[kind]);
    },
  );

  test.each(silent)("%s changes no row", (kind) => {
    expect(projected(kind)).toEqual([]);
  });

  test("an acceptance that no instance made binds none", () => {
    const [, , provider] = projected("session.accepted", 2);
    expect(provider).toEqual(
      patch("sides", { session: idOf("session", 2), side: "provider" }, { state: "accepted" }),
    );
  });

  test("what leaves a workgroup altogether leaves the catalog there", () => {
    expect(projected("advertisement.retracted", 3)).toContainEqual({
      do: "drop",
      table: "offers",
      key: { workgroup: idOf("workgroup", 1), advertisement: idOf("advertisement", 1) },
    });
  });

  test.each([
    ["organisation.created", "organisation", "organisations"],
    ["agent.created", "agent", "agents"],
    ["instance.enrolled", "instance", "instances"],
  ] as const)("%s of before there was such a time: nothing had been taken", (kind, member, table) => {
    const { takenAt: _none, ...row } = rowIn(kind, member) as { takenAt: number };
    const data = { ...factOf(kind, 1).content.data, [member]: row } as FactContent["data"];
    expect(projected(kind, 1, { data })[0]).toEqual(put(table, { ...row, takenAt: 0 }));
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
      ...[idOf("command", 1), agent].map((thing) =>
        put("mentions", { thing, stream: streamOf(organisation), position: 1 }),
      ),
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
