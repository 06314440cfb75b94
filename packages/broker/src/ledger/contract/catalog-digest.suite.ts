/** Promises about the digest of a catalog: another one exactly when what is found is another. */
import { expect, test } from "vitest";
import { catalogDigestOf } from "../digest.js";
import type { CatalogFilter } from "../engagement-pages.js";
import { adv, offer } from "./engagement-rows.suite.js";
import { type Adapter, type AnyChange, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { agt, connection, org, organisation } from "./rows.suite.js";
import * as stalls from "./stalls.suite.js";
import {
  any,
  begins,
  bond,
  engaging,
  equity,
  type Stall,
  seeker,
  set,
  taken,
  town,
  weather,
} from "./stalls.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

const come: Stall = { n: 7, by: 2, in: [1], name: "fresh", capabilities: ["markets.fresh"] };
const suspend = (table: "agents" | "organisations", id: object): AnyChange =>
  ({ do: "patch", table, key: { id }, set: { standing: "suspended" } }) as unknown as AnyChange;
const arrives = put("connections", connection(4, { agent: agt(3), organisation: org(3) }));
const handedOver: AnyChange = {
  do: "patch",
  table: "workgroups",
  key: { id: wkg(1) },
  set: { owner: org(3) },
};
const elsewhere: AnyChange[] = [
  ...put("advertisements", { ...stalls.advertised(equity), version: 2, publishedAt: 9_999 }),
  ...put("offers", offer(equity.n, { workgroup: wkg(3), version: 2, publishedAt: 9_999 })),
];
const loses: AnyChange[] = put("memberships", { ...engaging(2), engage: false });
const shown = begins("markets");

/** What is written, whether the digest changes, and under which filter. */
const digests: readonly (readonly [string, readonly AnyChange[], boolean, CatalogFilter])[] = [
  ["something appears", set(come), true, shown],
  ["something that the filter does not want appears", set({ ...come, capabilities: ["else"] }), false, shown],
  ["something hidden appears", set({ ...come, in: [3] }), false, shown],
  ["something hidden changes", set({ ...stalls.hidden, version: 2 }), false, shown],
  ["something of its own appears", set({ ...come, by: 1 }), false, shown],
  ["something changes", set({ ...equity, version: 2 }), true, shown],
  ["something that the filter does not want changes", set({ ...weather, version: 2 }), false, shown],
  ["something is offered in hidden too", elsewhere, false, shown],
  ["something goes", taken(bond), true, shown],
  ["a provider is suspended", [suspend("agents", agt(3))], true, shown],
  ["a provider's organisation is suspended", [suspend("organisations", org(2))], true, shown],
  ["the right is lost", loses, true, shown],
  ["a right is lost where the filter does not look", loses, false, { ...shown, workgroup: wkg(1) }],
  ["the workgroup has another owner", [handedOver], true, shown],
  ["an instance connects", arrives, false, shown],
  ["an instance connects and that is asked for", arrives, true, { ...shown, available: true }],
  ["an instance connects and its absence is asked for", arrives, true, { ...shown, available: false }],
  ["another organisation comes", put("organisations", organisation(9)), false, shown],
  ["nothing changes", [], false, shown],
];

export function describeCatalogDigest(adapter: Adapter): void {
  test.each(digests)(
    "has another digest exactly when its result is another: %s",
    async (_what, then, changes, filter) => {
      const store = opened(adapter);
      await commit(store, { changes: town });
      const digest = () => ask(store, "catalogDigest", { ...seeker, filter });
      const before = await digest();
      await commit(store, { changes: then });
      expect((await digest()) !== before).toBe(changes);
    },
  );

  test("has the same digest again when everything is as it was", async () => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const before = await ask(store, "catalogDigest", { ...seeker, filter: any });
    await commit(store, { changes: [...taken(equity), ...loses] });
    await commit(store, { changes: [...set(equity), ...put("memberships", engaging(2))] });
    expect(await ask(store, "catalogDigest", { ...seeker, filter: any })).toBe(before);
  });

  test("has the digest of what is found, the same of every store", async () => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const entry = (n: number, group: number, owner: number) => ({
      workgroup: wkg(group),
      owner: org(owner),
      advertisement: adv(n),
      version: 1,
    });
    const expected = catalogDigestOf([entry(2, 1, 2), entry(2, 2, 3), entry(1, 1, 2)]);
    const found = await askBoth(store, "catalogDigest", { ...seeker, filter: shown });
    expect(found).toEqual({ read: expected, within: expected });
  });
}
