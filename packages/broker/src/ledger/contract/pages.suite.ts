/** Promises about lists: complete and in one order at every page size, under insertion too; nothing of anybody else. */
import { expect, test } from "vitest";
import type { Agent, Alert, EnrolmentToken, Operator, Organisation } from "../../governance/entities.js";
import type { InstanceRow } from "../store.js";
import { at, describeLists, type Paged, paged, sorted, times } from "./lists.suite.js";
import { type Adapter, ask, commit, opened, put } from "./opened.suite.js";
import * as rows from "./rows.suite.js";
import {
  agent,
  agt,
  alert,
  enrolmentToken,
  ins,
  instance,
  operator,
  org,
  organisation,
} from "./rows.suite.js";

const lists: Readonly<Record<string, Paged<object>>> = {
  organisationsPage: paged<Organisation>({
    next: (store, last, limit) => ask(store, "organisationsPage", { after: last?.name ?? null, limit }),
    write: (store, ns) => commit(store, { changes: put("organisations", ...ns.map((n) => organisation(n))) }),
    expected: (ns) => sorted(ns).map((n) => organisation(n)),
  }),
  operatorsPage: paged<Operator>({
    next: (store, last, limit) =>
      ask(store, "operatorsPage", {
        organisation: org(1),
        after: at(
          last,
          (o) => o.createdAt,
          (o) => o.id,
        ),
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "operators",
          ...ns.flatMap((n) => [
            operator(n, { createdAt: times(n) }),
            operator(n + 50, { organisation: org(2) }),
          ]),
        ),
      }),
    expected: (ns) => sorted(ns).map((n) => operator(n, { createdAt: times(n) })),
  }),
  "operatorsPage of the platform": paged<Operator>({
    next: (store, last, limit) =>
      ask(store, "operatorsPage", {
        organisation: null,
        after: at(
          last,
          (o) => o.createdAt,
          (o) => o.id,
        ),
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "operators",
          ...ns.flatMap((n) => [operator(n, { organisation: null }), operator(n + 50)]),
        ),
      }),
    expected: (ns) => sorted(ns).map((n) => operator(n, { organisation: null })),
  }),
  agentsPage: paged<Agent>({
    next: (store, last, limit) =>
      ask(store, "agentsPage", { organisation: org(1), ids: null, after: last?.name ?? null, limit }),
    write: (store, ns) =>
      commit(store, {
        changes: put("agents", ...ns.flatMap((n) => [agent(n), agent(n + 50, { organisation: org(2) })])),
      }),
    expected: (ns) => sorted(ns).map((n) => agent(n)),
  }),
  "agentsPage of some ids": paged<Agent>({
    next: (store, last, limit) => {
      const ids = [9, 7, 5, 3, 3, 1, 53].map(agt);
      return ask(store, "agentsPage", { organisation: org(1), ids, after: last?.name ?? null, limit });
    },
    write: (store, ns) =>
      commit(store, {
        changes: put("agents", ...ns.flatMap((n) => [agent(n), agent(n + 50, { organisation: org(2) })])),
      }),
    expected: (ns) =>
      sorted(ns)
        .filter((n) => n % 2 === 1)
        .map((n) => agent(n)),
  }),
  instancesPage: paged<InstanceRow>({
    next: (store, last, limit) =>
      ask(store, "instancesPage", {
        organisation: org(1),
        agent: agt(1),
        after: at(
          last,
          (row) => row.instance.enrolledAt,
          (row) => row.instance.id,
        ),
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "instances",
          ...ns.flatMap((n) => [
            instance(n, { enrolledAt: times(n) }),
            instance(n + 50, { agent: agt(2) }),
            instance(n + 100, { organisation: org(2) }),
          ]),
        ),
      }),
    expected: (ns) =>
      sorted(ns).map((n) => ({
        instance: instance(n, { enrolledAt: times(n) }),
        seenAt: times(n),
        connectedSince: null,
      })),
  }),
  tokensPage: paged<EnrolmentToken>({
    next: (store, last, limit) =>
      ask(store, "tokensPage", {
        organisation: org(1),
        for: agt(1),
        after: at(
          last,
          (token) => token.mintedAt,
          (token) => token.id,
        ),
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "enrolmentTokens",
          ...ns.flatMap((n) => [
            enrolmentToken(n, { mintedAt: times(n) }),
            enrolmentToken(n + 50, { for: agt(2) }),
            enrolmentToken(n + 100, { organisation: org(2) }),
          ]),
        ),
      }),
    expected: (ns) => sorted(ns).map((n) => enrolmentToken(n, { mintedAt: times(n) })),
  }),
  alertsPage: paged<Alert>({
    next: (store, last, limit) =>
      ask(store, "alertsPage", {
        organisation: org(1),
        before: at(
          last,
          (a) => a.raisedAt,
          (a) => a.id,
        ),
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "alerts",
          ...ns.flatMap((n) => [alert(n, { raisedAt: times(n) }), alert(n + 50, { organisation: null })]),
        ),
      }),
    expected: (ns) =>
      sorted(ns)
        .reverse()
        .map((n) => alert(n, { raisedAt: times(n) })),
  }),
};

export function describePages(adapter: Adapter): void {
  describeLists(adapter, lists);
  describeOrder(adapter);
  describeInstances(adapter);
}

function describeOrder(adapter: Adapter): void {
  test("names are in the order of their bytes, not of a language and not of UTF-16", async () => {
    const store = opened(adapter);
    const names = ["Z", "a", "a-b", "a0", "z", "é", "\uff5e", "😀"];
    await commit(store, {
      changes: put("organisations", ...[...names].reverse().map((name, n) => organisation(n, { name }))),
    });
    const page = await ask(store, "organisationsPage", { after: null, limit: 20 });
    expect(page.map(({ name }) => name)).toEqual(names);
    const rest = await ask(store, "organisationsPage", { after: "\uff5e", limit: 20 });
    expect(rest.map(({ name }) => name)).toEqual(["😀"]);
  });
}

function describeInstances(adapter: Adapter): void {
  const changes = [
    ...put("instances", instance(1), instance(2), instance(3), instance(4, { organisation: org(2) })),
    ...put("seen", rows.seen(1), rows.seen(2), rows.seen(4)),
    ...put("connections", rows.connection(1), rows.connection(2, { state: "closed" }), rows.connection(4)),
  ];
  const expected = [
    { instance: instance(1), seenAt: rows.seen(1).seenAt, connectedSince: rows.connection(1).changedAt },
    { instance: instance(2), seenAt: rows.seen(2).seenAt, connectedSince: null },
    { instance: instance(3), seenAt: instance(3).enrolledAt, connectedSince: null },
  ];

  test("instances are told with when they were seen and since when they are connected", async () => {
    const store = opened(adapter);
    await commit(store, { changes });
    const by = { organisation: org(1), agent: agt(1), after: null, limit: 5 };
    expect(await ask(store, "instancesPage", by)).toEqual(expected);
    for (const row of expected) {
      expect(await ask(store, "instanceRow", { organisation: org(1), id: row.instance.id })).toEqual(row);
    }
  });

  test("an instance of another organisation is not there", async () => {
    const store = opened(adapter);
    await commit(store, { changes });
    expect(await ask(store, "instanceRow", { organisation: org(1), id: ins(4) })).toBeUndefined();
    expect(await ask(store, "instanceRow", { organisation: org(1), id: ins(5) })).toBeUndefined();
  });
}
