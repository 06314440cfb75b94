/** The record and the alerts, for those who look back at their own organisation (the platform: at the broker itself). */
import { alertSchema, factSchema, pageQuery } from "@parley/protocol";
import { z } from "zod";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import { viewAlert, viewFact } from "../../present/identities.js";
import type { Look } from "../look.js";
import type { Route } from "../route.js";
import { noParams } from "../schemas.js";

const factsQuery = pageQuery.extend({
  kind: z
    .string()
    .regex(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/, "expected a kind of fact, like agent.created")
    .max(64)
    .optional(),
  /** One's own where none is named; what the caller does not read has no facts. */
  stream: z.string().min(1).max(64).optional(),
});

export function recordRoutes(records: Records, look: Look): readonly Route[] {
  const facts = look.page({
    path: "/v1/audit/facts",
    name: "listFacts",
    tag: "record",
    summary: "Read the facts of one's own stream, or of a shared one that one reads, in order",
    allowed: "admin, auditor; platform the broker's own",
    params: noParams,
    query: factsQuery,
    item: factSchema,
    list: (principal, paging: Paging<number>, { query }) =>
      records.listFacts(principal, paging, { kind: query.kind ?? null, stream: query.stream ?? null }),
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
    list: (principal, paging: Paging<After>) => records.listAlerts(principal, paging),
    view: viewAlert,
  });

  return [facts, alerts];
}
