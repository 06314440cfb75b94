import type Database from "better-sqlite3";
import { beforeEach, describe, expect, test } from "vitest";
import { catalogPages } from "./catalog.js";
import { changeWriter } from "./change-rows.js";
import { factWriter } from "./fact-rows.js";
import { ledgerLookups, stateWriter } from "./ledger-lookups.js";
import { logPages } from "./log-pages.js";
import { decisionLookups } from "./lookups.js";
import { recordPages } from "./pages.js";
import { sessionLookups } from "./session-lookups.js";
import { sessionPages } from "./session-pages.js";
import { leftBehind } from "./temporary.suite.js";

let raw: Database.Database;
beforeEach(() => {
  raw = leftBehind().raw;
});

/** All statements that something prepares. */
function statementsOf(prepareAll: (db: Database.Database) => unknown): string[] {
  const statements: string[] = [];
  const recording = {
    prepare: (text: string) => {
      statements.push(text);
      return raw.prepare(text);
    },
  };
  prepareAll(recording as unknown as Database.Database);
  return statements;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** What SQLite means to do for each statement, where it is something that we look for. */
function plansWith(statements: readonly string[], what: RegExp): string[] {
  return statements.flatMap((text) => {
    const plan = raw.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`);
    const bound = Array.from({ length: text.split("?").length - 1 }, () => null);
    const found = plan.all(...bound).filter(({ detail }) => what.test(detail));
    return found.map(({ detail }) => `${detail}: ${oneLine(text)}`);
  });
}

const lists = ["offers", "offer_words", "offered_capabilities"];

describe("as a store grows", () => {
  test("no answer walks a table", () => {
    const statements = [decisionLookups, recordPages, ledgerLookups].flatMap(statementsOf);
    expect(statements.length).toBeGreaterThan(40);
    // Ids that were asked for, what an offer or an agent lists itself, and the few rows that a statement has found.
    const few = /^SCAN (\w+ VIRTUAL TABLE|[hkt]:|CONSTANT ROW)/;
    expect(plansWith(statements, /^SCAN/).filter((plan) => !few.test(plan))).toEqual([
      // All there are, counted by the smallest index: only when an organisation is created.
      expect.stringMatching(/^SCAN organisations USING COVERING INDEX.*count/),
      // All that are open, and nothing else, are in that index.
      expect.stringMatching(/^SCAN connections USING INDEX connections_open/),
      // Sweeps that are under way, of whomever: to find the few of one organisation.
      expect.stringMatching(/^SCAN sweeps USING INDEX sweeps_begun: .* WHERE "organisation" = \?/),
      expect.stringMatching(/^SCAN m USING INDEX sides_open: SELECT 1 .* LIMIT 1$/),
      // Sweeps that are not ended.
      expect.stringMatching(/^SCAN sweeps USING INDEX sweeps_begun/),
      // What waits for its second to end: there is nothing else in it.
      expect.stringMatching(/^SCAN log_pending: SELECT DISTINCT "log"/),
      // All logs, once a second while there is news, and aside.
      expect.stringMatching(/^SCAN l: .* FROM "logs" AS l LEFT JOIN "checkpoints"/),
      // How many are open, by state: beside the line, for who runs the broker.
      expect.stringMatching(/^SCAN sides USING COVERING INDEX sides_open_consumer: SELECT total/),
    ]);
    expect(plansWith(statements, /AUTOMATIC/)).toEqual([]);
  });

  test("no page is sorted but what is bounded by other limits", () => {
    const statements = [recordPages, ledgerLookups].flatMap(statementsOf);
    const sorted = plansWith(statements, /TEMP B-TREE/).filter((plan) => !/json_group_array/.test(plan));
    expect([...new Set(sorted.map((plan) => plan.replace(/^.* (\S+ BY|DISTINCT): SELECT/, "$1:")))]).toEqual([
      // The agents of an enroller.
      expect.stringMatching(/^ORDER BY: .* FROM "agents" .*json_each/),
      // The workgroups of an agent: of as many as its organisation may be in.
      expect.stringMatching(/^ORDER BY: w\..* FROM "seats" AS s INDEXED BY "seats_active"/),
      // The first of what a seeker may engage, by what an index tells; and which of them fit.
      ...lists.map((list) =>
        expect.stringMatching(new RegExp(`^ORDER BY: l."name".* JOIN "${list}" AS l .* LIMIT \\?$`)),
      ),
      expect.stringMatching(/^ORDER BY: .* FROM json_each\(\?\) AS t\) AS k .* LIMIT \?\)/),
      // All of it, for the digest; one advertisement of it; the versions of one contract in it.
      ...lists.map((list) => expect.stringMatching(new RegExp(`^DISTINCT: .* JOIN "${list}" AS l `))),
      ...Array.from({ length: 8 }, () =>
        expect.stringMatching(/FROM "seats" AS s INDEXED BY "seats_active"/),
      ),
      // What one version would have refused, rule by rule: asked aside.
      expect.stringMatching(/^GROUP BY: .*"sessions_marked"/),
      expect.stringMatching(/FOR count\(DISTINCT\): .*"sessions_marked"/),
      // As many as shared streams changed within a second.
      expect.stringMatching(/^ORDER BY: .* FROM "log_pending"/),
    ]);
  });

  test("what is asked of an organisation's or an agent's workgroups does not go through dissolved ones", () => {
    const statements = [decisionLookups, recordPages].flatMap(statementsOf);
    // Rows of a workgroup are found by the workgroup; those in which an organisation is, by its seats.
    expect(plansWith(statements, /(members|memberships|participations|selectors)_\w+ \(\w+=\?\)/)).toEqual(
      [],
    );
    const seats = plansWith(statements, /seats/).map((plan) => plan.replace(/: SELECT.*$/, ""));
    expect([...new Set(seats)].toSorted()).toEqual([
      "SEARCH at USING COVERING INDEX seats_active (organisation=?)",
      // Where a search is of one workgroup.
      "SEARCH s USING COVERING INDEX seats_active (organisation=? AND workgroup>?)",
      "SEARCH s USING COVERING INDEX seats_active (organisation=?)",
      // A page of the list for an organisation, which looks back at dissolved ones too.
      "SEARCH s USING COVERING INDEX seats_created (organisation=? AND (created_at,workgroup)>(?,?))",
      // A page of the list for an agent.
      "SEARCH s USING INDEX seats_active (organisation=?)",
    ]);
  });

  test("a search meets the offers of the seeker's workgroups, and no other", () => {
    const searches = statementsOf(catalogPages).map((text) => plansWith([text], /^(SCAN|SEARCH) [ole] /));
    expect(searches.length).toBe(11);
    for (const plan of searches.flat().map((detail) => detail.replace(/: SELECT.*$/, "")))
      expect(plan).toMatch(/^SEARCH [ole] USING .*\(workgroup=\?/);
  });

  test("what a list of offers tells stands in its index: no row is read for what is not shown", () => {
    const walked = plansWith(statementsOf(catalogPages), /^SEARCH l /);
    expect(walked.length).toBe(6);
    for (const plan of walked) expect(plan).toMatch(/^SEARCH l USING (COVERING INDEX|PRIMARY KEY)/);
  });

  test("whoever has no part in a session meets no row of it", () => {
    const [plan = ""] = plansWith(
      statementsOf(sessionLookups).filter((text) => text.includes('sides_organisation"')),
      /^SEARCH sides /,
    );
    expect(plan).toMatch(/COVERING INDEX sides_organisation \(organisation=\? AND session=\?\)/);
  });

  test("a list of sessions goes to its side and state at once, and reads no row to find its places", () => {
    const places = statementsOf(sessionPages).filter((text) => /SELECT m\."opened_at"/.test(text));
    const reached = plansWith(places, /^(SCAN|SEARCH) /).map((plan) => plan.replace(/: SELECT.*$/, ""));
    const to = "side=? AND state=? AND (opened_at,session)<(?,?)";
    expect(reached).toEqual([
      `SEARCH m USING COVERING INDEX sides_listed (organisation=? AND ${to})`,
      `SEARCH m USING COVERING INDEX sides_agent_listed (organisation=? AND agent=? AND ${to})`,
    ]);
    expect(plansWith(places, /TEMP B-TREE/)).toEqual([]);
  });

  test("what was sent stands in one index: looking back costs it no other", () => {
    const indexes = raw
      .prepare<[], { sql: string }>(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'facts'",
      )
      .all();
    expect(indexes.map(({ sql }) => oneLine(sql)).toSorted()).toEqual([
      expect.stringMatching(/^CREATE INDEX .facts_stream_kind. .* WHERE "kind" <> 'session.sent'$/),
      expect.stringMatching(/^CREATE UNIQUE INDEX .facts_stream_position. /),
    ]);
  });

  test("looking back goes to its stream, and there to its place", () => {
    const reached = plansWith(statementsOf(logPages), /^(SCAN|SEARCH) (f|m|l|r|facts|readers|streams) /);
    const plans = reached.map((plan) => plan.replace(/: SELECT.*$/, "").replace("COVERING ", ""));
    expect([...new Set(plans)].toSorted()).toEqual([
      "SEARCH f USING INDEX facts_stream_kind (stream=? AND kind=? AND position>? AND position<?)",
      "SEARCH f USING INDEX facts_stream_position (stream=? AND position=?)",
      "SEARCH f USING INDEX facts_stream_position (stream=? AND position>? AND position<?)",
      "SEARCH facts USING INDEX facts_stream_position (stream=? AND position=?)",
      "SEARCH l USING PRIMARY KEY (log=? AND index=?)",
      "SEARCH l USING PRIMARY KEY (log=? AND index>?)",
      "SEARCH m USING INDEX sides_agent_listed (organisation=? AND agent=?)",
      "SEARCH m USING INDEX sides_contract (organisation=? AND contract=?)",
      "SEARCH m USING INDEX sides_counterpart (organisation=? AND counterpart=?)",
      "SEARCH m USING INDEX sides_organisation (organisation=? AND session=?)",
      "SEARCH m USING INDEX sides_organisation (organisation=?)",
      "SEARCH m USING INDEX sides_workgroup (organisation=? AND workgroup=?)",
      "SEARCH m USING PRIMARY KEY (thing=? AND stream=? AND position>? AND position<?)",
      "SEARCH r USING PRIMARY KEY (stream=? AND log=?)",
      "SEARCH readers USING INDEX readers_workgroups (log=? AND stream>? AND stream<?)",
      "SEARCH streams USING PRIMARY KEY (stream=?)",
    ]);
  });

  test("no change walks a table", () => {
    const statements = [changeWriter, factWriter, stateWriter].flatMap(statementsOf);
    expect(statements.length).toBeGreaterThan(50);
    expect(plansWith(statements, /SCAN|TEMP B-TREE/)).toEqual([]);
  });

  test("every page is bounded by what it is asked for", () => {
    const statements = statementsOf(recordPages).map(oneLine);
    // Bounded by what they are about: the workgroups that one is in, the versions of one contract.
    const others = /FROM \(SELECT DISTINCT|^SELECT s\."workgroup" FROM/;
    for (const text of statements.filter(
      (statement) => statement.includes("ORDER BY") && !others.test(statement),
    )) {
      if (!/WHERE [iw]\."id" = \?|"invitations_shown" /.test(text)) expect(text).toMatch(/LIMIT \?/);
    }
  });
});
