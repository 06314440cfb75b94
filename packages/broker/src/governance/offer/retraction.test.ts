import type { AdvertisedCapability } from "@parley/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Offer } from "../engagement-entities.js";
import { asked, cause } from "../testing/asked.js";
import { bea, borealis, idOf, north, north1, now } from "../testing/cast.js";
import { channel, city, den, membershipRow, participationRow, weather } from "../testing/city.js";
import { isAdminOrInstance } from "../testing/contract-scenes.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { agentIsSeen, publish, socketIsCurrent, tides } from "../testing/publishing.js";
import { amend, callerStands, speakAs } from "../testing/scene.js";
import { all, patch, put } from "../testing/world.js";
import { offeredCapabilities } from "./offers.js";

const capabilityOf = (name: string): AdvertisedCapability => ({
  name,
  description: "",
  requestSchema: null,
  responseSchema: null,
  metadata: {},
});
const keyOf = ({ advertisement, workgroup }: Offer) => `${advertisement} ${workgroup}`;
const retracting = { kind: "advertisement.retract" as const, ...asked["advertisement.retract"] };
const stream = `org:${borealis}`;

judged("advertisement.retract", {
  checks: {
    callerStands,
    socketIsCurrent,
    agentIsSeen,
    advertisementIsSeen: {
      refusal: { code: "not-found" },
      spoil: (scene) => amend(scene, { name: "tides" }),
    },
    isAdminOrInstance,
  },
});

describe("retracting [ADV-5]", () => {
  const gone = {
    workgroups: [channel],
    capabilities: [
      { workgroup: channel, capability: "weather.current" },
      { workgroup: channel, capability: "weather.forecast" },
    ],
  };

  test("takes it out of the catalog, and closes its open proposals by a sweep", () => {
    const sweep = {
      by: "advertisement",
      of: weather,
      within: null,
      id: cause,
      part: 0,
      organisation: borealis,
      reason: "advertisement_retracted",
      begunAt: now,
    };
    const told = { actor: bea, cause, subject: weather };
    const verdict = verdictOf("advertisement.retract");
    expect(verdict).toMatchObject({
      verdict: "accepted",
      answer: { advertisement: { state: "retracted", version: 2 } },
    });
    expect(verdict).toMatchObject({ work: [], cuts: [], sweeps: [sweep] });
    expect(verdict.facts).toEqual([
      {
        stream,
        kind: "advertisement.retracted",
        content: { ...told, data: { advertisement: weather, version: 2, gone } },
      },
      { stream, kind: "sweep.began", content: { ...told, data: { sweep } } },
    ]);
  });

  test("begins no sweep where nothing is open", () => {
    const verdict = verdictOf("advertisement.retract", ({ world }) => {
      world.rows.sessions.clear();
      world.rows.sides.clear();
    });
    expect(verdict).toMatchObject({ facts: [{ kind: "advertisement.retracted" }], sweeps: [] });
    expect(verdict.facts).toHaveLength(1);
  });

  test("again is a success that changes nothing, whatever the agent's standing", () => {
    const world = city();
    settle(world, retracting, now);
    expect([all(world, "offers"), all(world, "offeredCapabilities")]).toEqual([[], []]);
    patch(world, "agents", { id: north }, { standing: "suspended" });
    const again = settle(world, retracting, now + 1);
    expect(again).toMatchObject({
      answer: { advertisement: { version: 2 } },
      facts: [],
      work: [],
    });
  });

  test("is for who published it: an instance, and an admin of its organisation", () => {
    const verdict = verdictOf("advertisement.retract", (scene) => speakAs(scene, north1));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [{ content: { actor: north1 } }, {}] });
  });
});

test("whatever is published and retracted, the catalog holds what stands and nothing else [ADV-4]", () => {
  const groups = [channel, den] as const;
  const steps = fc.record({
    name: fc.constantFrom("tides", "weather"),
    workgroups: fc.subarray([...groups], { minLength: 1 }),
    capabilities: fc.subarray(["a", "b", "c"], { minLength: 1 }),
    retracts: fc.constantFrom(false, false, true),
  });
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 12 }), (lives) => {
      const world = city();
      put(world, "participations", participationRow(den, borealis));
      put(world, "memberships", membershipRow(den, north, borealis, { offer: true }));
      lives.forEach(({ name, workgroups, capabilities, retracts }, n) => {
        const content = tides({ name, workgroups, capabilities: capabilities.map(capabilityOf) });
        const advertisement = idOf("advertisement", 1_000 + n);
        const verdict = retracts
          ? settle(world, { ...retracting, name: "weather" }, now)
          : publish(world, content, JSON.stringify(content), { advertisement });
        expect(verdict.verdict).toBe("accepted");
        const standing = all(world, "advertisements").filter(({ state }) => state === "active");
        expect(all(world, "offers").map(keyOf).toSorted()).toEqual(
          standing.flatMap(({ id, content }) => content.workgroups.map((one) => `${id} ${one}`)).toSorted(),
        );
        expect(new Set(all(world, "offeredCapabilities"))).toEqual(
          new Set(standing.flatMap(offeredCapabilities)),
        );
      });
    }),
  );
});
