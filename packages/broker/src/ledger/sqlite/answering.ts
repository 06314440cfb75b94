/** All that a store answers, over one connection: each statement is prepared once. */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import { ledgerLookups } from "./ledger-lookups.js";
import { decisionLookups } from "./lookups.js";
import { recordPages } from "./pages.js";

export const answeringFrom = (db: Database.Database): Answering => ({
  ...decisionLookups(db),
  ...recordPages(db),
  ...ledgerLookups(db),
});
