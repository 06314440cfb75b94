/** Promises about what providers have left, or never came for: found for who may be offered it, and for nobody else. */
import type { InstanceId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Life } from "../../governance/engagement-entities.js";
import { lives, ses } from "./engagement-rows.suite.js";
import { drain } from "./envelope-rows.suite.js";
import { engaged, engagement, market } from "./market.suite.js";
import { type Adapter, type AnyChange, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { agt, connection, ins, org } from "./rows.suite.js";

const capabilities = ["markets.equity"];

const away = (n: number, over: object = {}) =>
  put("connections", connection(n, { agent: agt(2), organisation: org(2), state: "closed", ...over }));

export function describeLeftSessions(adapter: Adapter): void {
  describeDrains(adapter);
  describeLost(adapter);
}

function describeDrains(adapter: Adapter): void {
  describe("drainsOf", () => {
    const asked = { agent: agt(2), capabilities, now: 50_000, limit: 9 };
    type Found = "drainsOf" | "drainsBegun" | undefined;
    test.each<[string, AnyChange[], { asker?: InstanceId }, Found]>([
      ["nobody ever joined", put("drains", drain(1)), {}, "drainsOf"],
      ["may be delivered for a millisecond more", put("drains", drain(1, { until: 50_001 })), {}, "drainsOf"],
      ["may not be delivered any more", put("drains", drain(1, { until: 50_000 })), {}, undefined],
      ["is another agent's", put("drains", drain(1, { agent: agt(1) })), {}, undefined],
      ["is for something else", put("drains", drain(1, { capability: "markets.bonds" })), {}, undefined],
      ["who asks has held", put("drains", drain(1, { instance: ins(2) })), { asker: ins(2) }, "drainsBegun"],
      ["another has held, who is not known", put("drains", drain(1, { instance: ins(3) })), {}, undefined],
      [
        "another has held, who is connected",
        [...put("drains", drain(1, { instance: ins(3) })), ...away(3, { state: "open" })],
        {},
        undefined,
      ],
      [
        "another has held, who has left",
        [...put("drains", drain(1, { instance: ins(3) })), ...away(3)],
        {},
        "drainsBegun",
      ],
    ])("what %s", async (_what, changes, { asker = null }, found) => {
      const store = opened(adapter);
      await commit(store, { changes });
      const untouched = await ask(store, "drainsOf", asked);
      expect(untouched.map(({ session }) => session)).toEqual(found === "drainsOf" ? [ses(1)] : []);
      const begun = await ask(store, "drainsBegun", { ...asked, asker });
      expect(begun.map(({ session }) => session)).toEqual(found === "drainsBegun" ? [ses(1)] : []);
    });

    test("oldest first over all that is asked for, as many as asked for", async () => {
      const store = opened(adapter);
      const bonds = drain(2, { capability: "markets.bonds" });
      await commit(store, { changes: put("drains", drain(4), drain(1), bonds, drain(3)) });
      const by = { ...asked, capabilities: ["markets.equity", "markets.bonds"], limit: 3 };
      expect(await askBoth(store, "drainsOf", by)).toEqual({
        read: [drain(1), bonds, drain(3)],
        within: [drain(1), bonds, drain(3)],
      });
      const had = [4, 1, 3].map((n) => drain(n, { instance: ins(9) }));
      await commit(store, { changes: put("drains", ...had) });
      expect(await askBoth(store, "drainsBegun", { ...by, asker: ins(9), limit: 2 })).toEqual({
        read: [had[1], had[2]],
        within: [had[1], had[2]],
      });
    });
  });
}

function describeLost(adapter: Adapter): void {
  describe("lostSessions", () => {
    const held = (n: number, by: number, life: Life = lives.active, capability = "markets.equity") =>
      engagement(n, life, { session: { capability }, provider: { instance: ins(by) } });

    test("are active ones whose holder is known to have left, of whoever has left", async () => {
      const store = opened(adapter);
      const every = [
        ...[held(1, 3), held(2, 4), held(3, 4), held(4, 5), held(5, 6)],
        ...[held(6, 3, lives.accepted), held(7, 3, lives.closed), held(8, 3, lives.active, "markets.bonds")],
      ];
      const gone = [...away(3), ...away(4), ...away(5, { state: "open" })];
      await commit(store, { changes: [...market(), ...engaged(...every), ...gone] });
      const asked = { agent: agt(2), capabilities, limit: 9 };
      expect((await ask(store, "lostSessions", asked)).toSorted()).toEqual([1, 2, 3].map(ses).toSorted());
      expect(await ask(store, "lostSessions", { ...asked, limit: 2 })).toHaveLength(2);
      expect(await ask(store, "lostSessions", { ...asked, agent: agt(1) })).toEqual([]);
    });
  });
}
