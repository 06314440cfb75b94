/** The record and the alerts, for those who look back at their own organisation (the platform: at the broker itself). */
import { alertSchema, type FactsAsked, factSchema, factsQuery, pageQuery } from "@parley/protocol";
import type { FactFilter, LogPlace } from "../../../records/facts.js";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import { viewAlert, viewFact } from "../../present/identities.js";
import type { Look } from "../look.js";
import type { Route } from "../route.js";
import { noParams } from "../schemas.js";

const timeOf = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

export const filterOf = (query: FactsAsked): FactFilter => ({
  stream: query.stream ?? null,
  kind: query.kind ?? null,
  decision: query.decision ?? null,
  from: timeOf(query.from),
  to: timeOf(query.to),
  actor: query.actor ?? null,
  agent: query.agent ?? null,
  instance: query.instance ?? null,
  workgroup: query.workgroup ?? null,
  session: query.session ?? null,
  contract: query.contract ?? null,
  correlation: query.correlation ?? null,
});

export function recordRoutes(records: Records, look: Look): readonly Route[] {
  const facts = look.page({
    path: "/v1/audit/facts",
    name: "listFacts",
    tag: "record",
    summary: "Read the facts that one's organisation reads, in the order of its log, by what is looked for",
    allowed: "admin, auditor; platform the broker's own",
    params: noParams,
    query: factsQuery,
    item: factSchema,
    list: (principal, paging: Paging<LogPlace>, { query }) =>
      records.listFacts(principal, paging, filterOf(query)),
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
