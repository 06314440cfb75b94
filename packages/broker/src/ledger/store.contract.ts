/** The contract of a store, one row for every promise, held over every adapter. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe } from "vitest";
import { describeCatalog } from "./contract/catalog.suite.js";
import { describeChanges } from "./contract/changes.suite.js";
import { describeDerived } from "./contract/derived.suite.js";
import { describeEnvelopePages } from "./contract/envelope-pages.suite.js";
import { describeEvidence } from "./contract/evidence.suite.js";
import { describeFactPages } from "./contract/fact-pages.suite.js";
import { describeLeftSessions } from "./contract/left-sessions.suite.js";
import { describeLogPages } from "./contract/log-pages.suite.js";
import { describeLookups } from "./contract/lookups.suite.js";
import type { Adapter } from "./contract/opened.suite.js";
import { describePages } from "./contract/pages.suite.js";
import { describeRemembered } from "./contract/remembered.suite.js";
import { describeScripts } from "./contract/scripts.suite.js";
import { describeSessionPages } from "./contract/session-pages.suite.js";
import { describeSpoken } from "./contract/spoken.suite.js";
import { describeTransactions } from "./contract/transactions.suite.js";
import { describeUndated } from "./contract/undated.suite.js";
import { describeWorkgroupPages } from "./contract/workgroup-pages.suite.js";
import { openMemoryStore } from "./memory/store.js";
import { openSqliteStore } from "./sqlite/store.js";
import type { Store } from "./store.js";

const folders = new Map<Store, string>();

function openIn(folder: string): Store {
  const store = openSqliteStore({ folder });
  folders.set(store, folder);
  return store;
}

const memory: Adapter = { open: openMemoryStore };
const sqlite: Adapter = {
  open: () => openIn(mkdtempSync(join(tmpdir(), "parley-contract-"))),
  reopen: async (store) => {
    const folder = folders.get(store);
    if (folder === undefined) throw new TypeError("this store was not opened here");
    await store.close();
    return openIn(folder);
  },
};

afterEach(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

function describeStore(name: string, adapter: Adapter): void {
  describe(`the ${name} store`, () => {
    describeTransactions(adapter);
    describeChanges(adapter);
    describeLookups(adapter);
    describePages(adapter);
    describeWorkgroupPages(adapter);
    describeCatalog(adapter);
    describeSessionPages(adapter);
    describeLeftSessions(adapter);
    describeSpoken(adapter);
    describeRemembered(adapter);
    describeEnvelopePages(adapter);
    describeFactPages(adapter);
    describeLogPages(adapter);
    describeDerived(adapter);
    describeUndated(adapter);
    describeEvidence(adapter);
  });
}

describeStore("memory", memory);
describeStore("sqlite", sqlite);
describeScripts({ memory, sqlite });
