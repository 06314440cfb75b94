/** Promises about the contracts of an agent's own organisation: it sees what requires nothing that is hidden from it. */
import { completeTerms } from "@parley/protocol";
import { expect, test } from "vitest";
import * as rows from "./engagement-rows.suite.js";
import { contractVersion, ctr } from "./engagement-rows.suite.js";
import { type Adapter, ask, commit, opened, put } from "./opened.suite.js";
import { agt, org } from "./rows.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

export function describeOwnContracts(adapter: Adapter): void {
  test("an agent's contracts and their versions are those that require no workgroup in which it is not", async () => {
    const store = opened(adapter);
    const strict = contractVersion(1, { terms: completeTerms({ requiredWorkgroups: [wkg(9)] }) });
    await commit(store, {
      changes: [
        ...put("contracts", rows.contract(1), rows.contract(2)),
        ...put("contractVersions", strict, contractVersion(2), { ...strict, contract: ctr(2) }),
      ],
    });
    const mine = { organisation: org(1), agent: agt(1) };
    const list = { after: null, limit: 9 };
    expect(await ask(store, "contractsPage", { ...mine, ...list })).toEqual([rows.contract(1)]);
    expect(await ask(store, "contractsPage", { ...mine, ...list, agent: null })).toHaveLength(2);
    const versions = { contract: ctr(1), before: null, limit: 9 };
    expect(await ask(store, "versionsPage", { ...mine, ...versions })).toEqual([contractVersion(2)]);
    expect(await ask(store, "versionsPage", { ...mine, ...versions, agent: null })).toHaveLength(2);
  });
}
