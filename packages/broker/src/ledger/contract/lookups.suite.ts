/** Promises about what decisions ask: each lookup finds exactly what it names, and of another organisation nothing. */
import type { SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { FactData } from "../../governance/fact.js";
import type { LookupName, Lookups } from "../../governance/question.js";
import { chainOf, factOf, note } from "../testing/made-up.js";
import { engagementLookupRows } from "./engagement-lookup-rows.suite.js";
import { envelopeLookupRows } from "./envelope-lookup-rows.suite.js";
import { admins, instances, type LookupRow, type LookupTable, lookupRows } from "./lookup-rows.suite.js";
import { membershipLookupRows } from "./membership-lookup-rows.suite.js";
import { type Adapter, askBoth, commit, opened } from "./opened.suite.js";
import { agent, agt, org } from "./rows.suite.js";
import { workgroupLookupRows } from "./workgroup-lookup-rows.suite.js";

/** What segments say is found in their facts, and who speaks has a suite of its own. */
const lookupTable: LookupTable<Omit<Lookups, "sentAt" | "speaker" | "spokenIn">> = {
  ...lookupRows,
  ...workgroupLookupRows,
  ...membershipLookupRows,
  ...engagementLookupRows,
  ...envelopeLookupRows,
};

export function describeLookups(adapter: Adapter): void {
  describe.each(Object.keys(lookupTable) as (keyof typeof lookupTable)[])("the lookup %s", (name) => {
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
    await commit(store, {
      changes: admins,
      state: { ordinal: 0, running: "A".repeat(43), at: 1, era: 2, sealed: 0 },
    });
    const by = { organisation: org(1) };
    expect(await askBoth(store, "adminCount", by)).toEqual({ read: 1, within: 1 });
  });

  test("sentAt finds what a segment says, and nothing else that stands in the chain", async () => {
    const store = opened(adapter);
    const sent = factOf("session.sent", 1);
    const facts = chainOf([
      { fact: note(sent.stream), at: 1 },
      { fact: sent, at: 2 },
    ]);
    await commit(store, { facts });
    const session = sent.stream.slice("session:".length) as SessionId;
    const at = (position: number) => askBoth(store, "sentAt", { session, position });
    const said = sent.content.data as FactData["session.sent"];
    expect(await at(2)).toEqual({ read: said, within: said });
    for (const position of [1, 3]) expect(await at(position)).toEqual({ read: undefined, within: undefined });
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
