import type Database from "better-sqlite3";
import { beforeEach, describe, expect, test } from "vitest";
import { changeWriter } from "./change-rows.js";
import { factWriter } from "./fact-rows.js";
import { ledgerLookups, stateWriter } from "./ledger-lookups.js";
import { decisionLookups } from "./lookups.js";
import { recordPages } from "./pages.js";
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

describe("as a store grows", () => {
  test("no answer walks a table", () => {
    const statements = [decisionLookups, recordPages, ledgerLookups].flatMap(statementsOf);
    expect(statements.length).toBeGreaterThan(40);
    expect(plansWith(statements, /^SCAN/)).toEqual([
      // All there are, counted by the smallest index: only when an organisation is created.
      expect.stringMatching(/^SCAN organisations USING COVERING INDEX.*count/),
      // The ids that were asked for.
      expect.stringMatching(/^SCAN json_each VIRTUAL TABLE/),
      // All that are open, and nothing else, are in that index.
      expect.stringMatching(/^SCAN connections USING INDEX connections_open/),
      expect.stringMatching(/^SCAN json_each VIRTUAL TABLE/),
    ]);
  });

  test("no page is sorted, but for the few agents of an enroller", () => {
    const statements = [recordPages, ledgerLookups].flatMap(statementsOf);
    expect(plansWith(statements, /TEMP B-TREE/)).toEqual([
      expect.stringMatching(/ORDER BY: SELECT .* FROM "agents" .*json_each/),
      // As many as shared streams changed within a second.
      expect.stringMatching(/ORDER BY: SELECT .* FROM "log_pending"/),
    ]);
  });

  test("no change walks a table", () => {
    const statements = [changeWriter, factWriter, stateWriter].flatMap(statementsOf);
    expect(statements.length).toBeGreaterThan(50);
    expect(plansWith(statements, /SCAN|TEMP B-TREE/)).toEqual([]);
  });

  test("every page is bounded by what it is asked for", () => {
    for (const text of statementsOf(recordPages).filter((statement) => statement.includes("ORDER BY"))) {
      expect(oneLine(text)).toMatch(/LIMIT \?$/);
    }
  });
});
