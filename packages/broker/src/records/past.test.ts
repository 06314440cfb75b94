import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { advertise, makeContract } from "../admission/testing/dealing.js";
import { type Market, marketOfThisTest } from "../admission/testing/market.js";
import { openMemoryStore } from "../ledger/memory/store.js";
import type { Store } from "../ledger/store.js";
import { Pasts } from "./past.js";
import { readReach } from "./reach.js";

async function offeredOfThisTest() {
  const market = await marketOfThisTest();
  const { feed, workgroup } = market;
  await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id] });
  return market;
}

/** The same store, of which facts of one kind have lost their content. */
const forgetting = (store: Store, forgotten: string): Store => ({
  ...store,
  read: (question) => store.read(question),
  readAside: async (question) => {
    const answers = (await store.readAside(question)) as Record<string, unknown>;
    const lost = (page: unknown) =>
      Array.isArray(page)
        ? page.map((fact) => (fact.skeleton?.kind === forgotten ? { ...fact, contentText: null } : fact))
        : page;
    return Object.fromEntries(Object.entries(answers).map(([name, page]) => [name, lost(page)])) as never;
  },
});

describe("what is read of a past", () => {
  const askedOf = async (market: Market, pasts: Pasts) => {
    const { edge, globex, desk } = market;
    const at = edge.clock.now();
    edge.clock.step(1_000);
    const { found } = await edge.store.read({
      found: { find: "principal", by: { id: globex.admin.id as never } },
    });
    if (found === undefined) throw new RangeError("nobody");
    const asked = { at, workgroup: null };
    return readReach(
      { store: edge.store, pasts },
      found,
      desk.id,
      asked,
      { after: null, limit: 100 },
      at + 1_000,
    );
  };

  test("and has no content any more is said, not guessed", async () => {
    const market = await offeredOfThisTest();
    const pasts = new Pasts(forgetting(market.edge.store, "memberships.changed"), openMemoryStore);
    const found = await askedOf(market, pasts);
    if ("code" in found) throw new RangeError(found.code);
    const kinds = found.page.items.map((item) => (item.kind === "forgotten" ? item.fact : item.kind));
    expect(kinds).toEqual(["memberships.changed", "memberships.changed"]);
  });

  test("and would follow on what was forgotten changes nothing", async () => {
    const market = await offeredOfThisTest();
    await market.acme.admin.post(`/v1/agents/${market.feed.id}/suspend`);
    const pasts = new Pasts(forgetting(market.edge.store, "agent.created"), openMemoryStore);
    expect(await askedOf(market, pasts)).toMatchObject({ standing: null });
  });

  test("is no more than the limit, of what its organisation reads itself [LIM-1]", async () => {
    const market = await marketOfThisTest();
    const factsOf = async (most: number) =>
      askedOf(market, new Pasts(market.edge.store, openMemoryStore, { pastFactsMax: most }));
    const isTold = async (most: number) => !("code" in (await factsOf(most)));
    let used = 1;
    while (!(await isTold(used))) used += 1;
    expect(await factsOf(used - 1)).toEqual({
      ...{ code: "limit.reached", rule: "pastFactsMax", limit: used - 1, used: used - 1 },
    });
    expect(limits.pastFactsMax).toBeGreaterThan(used);
  });

  test("of others is load, and tells nothing of how much they have [RCH-3]", async () => {
    const market = await marketOfThisTest();
    const { acme, feed } = market;
    for (let n = 0; n < 30; n++) await makeContract(acme.admin, `terms-${n}`, {});
    expect(feed.id).not.toBe("");
    const pasts = new Pasts(market.edge.store, openMemoryStore, { pastFactsMax: 25 });
    expect(await askedOf(market, pasts)).toEqual({ code: "broker.busy", retryAfterMs: 1_000 });
  });
});
