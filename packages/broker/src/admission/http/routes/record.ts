/** The record and the alerts, for those who look back at their own organisation (the platform: at the broker itself). */
import { alertSchema, factSchema, pageQuery } from "@parley/protocol";
import { z } from "zod";
import type { After, Store } from "../../../ledger/store.js";
import { listAlerts, listFacts, type Paging } from "../../../records/identities.js";
import type { Look } from "../look.js";
import { viewAlert, viewFact } from "../present.js";
import type { Route } from "../route.js";
import { noParams } from "../schemas.js";

const factsQuery = pageQuery.extend({
  kind: z
    .string()
    .regex(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/, "expected a kind of fact, like agent.created")
    .max(64)
    .optional(),
});

export function recordRoutes(store: Store, look: Look): readonly Route[] {
  const facts = look.page({
    path: "/v1/audit/facts",
    name: "listFacts",
    tag: "record",
    summary: "Read the facts of one's own stream, in order",
    allowed: "admin, auditor; platform the broker's own",
    params: noParams,
    query: factsQuery,
    item: factSchema,
    list: (principal, paging: Paging<number>, { query }) =>
      listFacts(store, principal, paging, query.kind ?? null),
    view: viewFact,
  });

  const alerts = look.page({
    path: "/v1/alerts",
    name: "listAlerts",
    tag: "record",
    summary: "List alerts, newest first",
    allowed: "admin, auditor; platform its own",
    params: noParams,
    query: pageQuery,
    item: alertSchema,
    list: (principal, paging: Paging<After>) => listAlerts(store, principal, paging),
    view: viewAlert,
  });

  return [facts, alerts];
}
