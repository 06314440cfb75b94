/** What is asked about contracts, offers and sessions, put together: each lookup is one statement. */
import type Database from "better-sqlite3";
import type { EngagementLookups } from "../../governance/engagement-lookups.js";
import type { Answering } from "../answering.js";
import type { EngagementPages } from "../engagement-pages.js";
import { catalogPages } from "./catalog.js";
import { advertisementLookups, contractLookups, contractPages } from "./contract-lookups.js";
import { sessionLookups } from "./session-lookups.js";
import { sessionPages } from "./session-pages.js";

export const engagementLookups = (db: Database.Database): Answering<keyof EngagementLookups> => ({
  ...contractLookups(db),
  ...advertisementLookups(db),
  ...sessionLookups(db),
});

export const engagementPages = (db: Database.Database): Answering<keyof EngagementPages> => ({
  ...contractPages(db),
  ...catalogPages(db),
  ...sessionPages(db),
});
