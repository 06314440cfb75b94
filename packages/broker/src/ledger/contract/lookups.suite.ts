/** Promises about what decisions ask: each lookup finds exactly what it names, and of another organisation nothing. */
import { describe, expect, test } from "vitest";
import type { LookupName, Lookups } from "../../governance/question.js";
import { engagementLookupRows } from "./engagement-lookup-rows.suite.js";
import { admins, instances, type LookupRow, type LookupTable, lookupRows } from "./lookup-rows.suite.js";
import { membershipLookupRows } from "./membership-lookup-rows.suite.js";
import { type Adapter, askBoth, commit, opened } from "./opened.suite.js";
import { agent, agt, org } from "./rows.suite.js";
import { workgroupLookupRows } from "./workgroup-lookup-rows.suite.js";

const lookupTable: LookupTable<Lookups> = {
  ...lookupRows,
  ...workgroupLookupRows,
  ...membershipLookupRows,
  ...engagementLookupRows,
};

export function describeLookups(adapter: Adapter): void {
  describe.each(Object.keys(lookupTable) as LookupName[])("the lookup %s", (name) => {
    test.each(lookupTable[name] as readonly LookupRow<LookupName>[])(
      "finds %s",
      async (_what, changes, by, found) => {
        const store = opened(adapter);
        await commit(store, { changes });
        expect(await askBoth(store, name, by as never)).toEqual({ read: found, within: found });
      },
    );
  });

  test("adminCount counts those of the current era", async () => {
    const store = opened(adapter);
    await commit(store, { changes: admins, state: { ordinal: 0, running: "A".repeat(43), at: 1, era: 2 } });
    const by = { organisation: org(1) };
    expect(await askBoth(store, "adminCount", by)).toEqual({ read: 1, within: 1 });
  });

  test("one question has one answer for each of its names", async () => {
    const store = opened(adapter);
    await commit(store, { changes: instances });
    const answers = await store.read({
      here: { find: "agent", by: { organisation: org(1), id: agt(1) } },
      there: { find: "agent", by: { organisation: org(1), id: agt(2) } },
      count: { find: "agentCount", by: { organisation: org(1) } },
    });
    expect(answers).toEqual({ here: agent(1), there: undefined, count: 2 });
  });
}
