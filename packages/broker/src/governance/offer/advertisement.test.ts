import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { signedAdvertisement, tidesContent, tidesDigest } from "../testing/asked-contracts.js";
import { bea, borealis, north, north1, now, scout } from "../testing/cast.js";
import { channel, city, den, weather, weatherContent, weatherContract } from "../testing/city.js";
import { isAdminOrInstance, keyIsCurrent } from "../testing/contract-scenes.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import {
  agentIsSeen,
  fillAdvertisements,
  type Publishing,
  publish,
  say,
  socketIsCurrent,
  tides,
} from "../testing/publishing.js";
import { amend, callerStands, type Scene, speakAs } from "../testing/scene.js";
import { all, patch } from "../testing/world.js";

const stream = `org:${borealis}`;

const standing = (is: "suspended" | "revoked") => ({
  spoil: ({ world }: Scene) => patch(world, "agents", { id: north }, { standing: is }),
});

judged("advertisement.publish", {
  checks: {
    callerStands,
    socketIsCurrent,
    agentIsSeen,
    isAdminOrInstance,
    keyIsCurrent,
    advertisementIsSigned: {
      refusal: { code: "statement.invalid", rule: "name" },
      spoil: (scene) =>
        amend(scene, { statement: signedAdvertisement({ ...tidesContent, name: "winds" }, tidesDigest) }),
    },
    workgroupsAreSeen: {
      refusal: { code: "not-found", rule: "workgroups" },
      spoil: (scene) => amend(scene, { content: tides({ workgroups: [channel, den] }) }),
    },
    contractIsOwn: {
      refusal: { code: "not-found", rule: "contract" },
      spoil: ({ world }) => patch(world, "contracts", { id: weatherContract }, { state: "deleted" }),
    },
    agentMayOffer: {
      refusal: { code: "membership.right", rule: "offer" },
      spoil: ({ world }) =>
        patch(world, "memberships", { workgroup: channel, agent: north }, { offer: false, engage: true }),
    },
    agentIsNotFinal: { refusal: { code: "standing.final" }, ...standing("revoked") },
    agentIsActive: { refusal: { code: "agent.suspended" }, ...standing("suspended") },
    advertisementVersionFits: {
      refusal: { code: "precondition.failed" },
      spoil: (scene) => amend(scene, { expectedVersion: 1 }),
    },
    advertisementsLeft: {
      refusal: { code: "limit.reached", rule: "advertisementsPerAgent", limit: 100, used: 100 },
      spoil: (scene) => fillAdvertisements(scene, limits.advertisementsPerAgent),
    },
  },
});

describe("publishing", () => {
  const id = asked["advertisement.publish"].advertisement;

  test("is one fact of the own organisation: the content, the statement, and what is offered where [ADV-1]", () => {
    const advertisement = {
      id,
      agent: north,
      organisation: borealis,
      name: "tides",
      content: tidesContent,
      digest: tidesDigest,
      statement: "signed-tides",
      by: bea,
      state: "active",
      publishedAt: now,
      takenAt: 0,
      version: 1,
    };
    const offer = {
      workgroup: channel,
      advertisement: id,
      agent: north,
      organisation: borealis,
      contract: weatherContract,
      name: "tides",
      words: " tides today when the sea comes",
      patterns: ["request-response"],
      requires: [],
      publishedAt: now,
      version: 1,
    };
    const data = { advertisement, offers: [offer], gone: { workgroups: [], capabilities: [] } };
    expect(verdictOf("advertisement.publish")).toEqual({
      verdict: "accepted",
      answer: { repeated: false, advertisement },
      facts: [{ stream, kind: "advertisement.published", content: { actor: bea, cause, subject: id, data } }],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("may be done by an instance of the agent itself", () => {
    const verdict = verdictOf("advertisement.publish", (scene) => {
      speakAs(scene, north1);
      amend(scene, { statement: signedAdvertisement(tidesContent, tidesDigest, north1) });
    });
    expect(verdict).toMatchObject({ answer: { advertisement: { by: north1 } } });
  });

  test.each([
    ["termsDigest", "digest-of-weather-terms", { contract: { id: weatherContract, termsDigest: "other" } }],
    ["digest", tidesDigest, {}],
  ] as const)("with another %s is answered with the right one [STM-4]", (rule, digest, more) => {
    const verdict = verdictOf("advertisement.publish", (scene) =>
      amend(scene, {
        statement: signedAdvertisement(tides(more), rule === "digest" ? "other" : tidesDigest),
      }),
    );
    expect(verdict).toMatchObject({ refusal: { code: "statement.invalid", rule, digest } });
  });

  test("what stands already changes nothing, whatever has become of the rest [ADV-3]", () => {
    const verdict = verdictOf("advertisement.publish", (scene) => {
      say(scene, weatherContent);
      amend(scene, { digest: "digest-of-weather", expectedVersion: 7 });
      fillAdvertisements(scene, limits.advertisementsPerAgent);
    });
    const answer = {
      repeated: true,
      advertisement: { id: weather, version: 1, statement: "signed-weather" },
    };
    expect(verdict).toMatchObject({ verdict: "accepted", answer, facts: [], work: [] });
  });

  test("other content under the name replaces it, under the same id [ADV-3]", () => {
    const world = city();
    const calm = { ...weatherContent, capabilities: weatherContent.capabilities.slice(1) };
    const gone = { workgroups: [], capabilities: [{ workgroup: channel, capability: "weather.current" }] };
    expect(publish(world, calm, "calm", { expectedVersion: 1 })).toMatchObject({
      answer: { repeated: false, advertisement: { id: weather, version: 2, digest: "calm" } },
      facts: [
        { content: { subject: weather, data: { gone, offers: [{ workgroup: channel, version: 2 }] } } },
      ],
    });
    expect(all(world, "offeredCapabilities").map(({ capability }) => capability)).toEqual([
      "weather.forecast",
    ]);
    expect(all(world, "offers")).toMatchObject([
      { workgroup: channel, words: " weather forecast what the sky does" },
    ]);
  });

  test("again after it was retracted makes it active again, and its retraction is remembered [ADV-5]", () => {
    const world = city();
    settle(world, { kind: "advertisement.retract", ...asked["advertisement.retract"] }, now);
    const verdict = publish(world, weatherContent, "digest-of-weather", { expectedVersion: 2 });
    const advertisement = { id: weather, version: 3, state: "active", takenAt: now };
    expect(verdict).toMatchObject({
      answer: { repeated: false, advertisement },
      facts: [{ content: { data: { gone: { workgroups: [] } } } }],
    });
    expect(all(world, "offers")).toHaveLength(1);
  });

  test("what a retracted one had offered is gone already", () => {
    const world = city();
    settle(world, { kind: "advertisement.retract", ...asked["advertisement.retract"] }, now);
    const calm = { ...weatherContent, capabilities: weatherContent.capabilities.slice(1) };
    const gone = { workgroups: [], capabilities: [] };
    expect(publish(world, calm, "calm")).toMatchObject({ facts: [{ content: { data: { gone } } }] });
  });

  test.each([
    [1, "weather", true],
    [2, "weather", false],
    [0, "tides", false],
    [null, "tides", true],
  ] as const)("expecting version %s of %s succeeds: %s", (expectedVersion, name, is) => {
    const content = name === "weather" ? tides({ name }) : tidesContent;
    const { verdict } = publish(city(), content, "other", { expectedVersion });
    expect(verdict === "accepted").toBe(is);
  });

  test("the last one that the limit allows; retracted ones and another agent's fill nothing [LIM-1]", () => {
    const most = limits.advertisementsPerAgent;
    const full = (tune: (scene: Publishing) => void) =>
      verdictOf("advertisement.publish", (scene) => {
        fillAdvertisements(scene, most);
        tune(scene);
      }).verdict;
    expect(full(({ world }) => patch(world, "advertisements", { id: weather }, { state: "retracted" }))).toBe(
      "accepted",
    );
    expect(full(({ world }) => patch(world, "advertisements", { id: weather }, { agent: scout }))).toBe(
      "accepted",
    );
    expect(full((scene) => say(scene, tides({ name: "weather" })))).toBe("accepted");
    expect(full(() => undefined)).toBe("refused");
    const again = full((scene) => {
      fillAdvertisements(scene, most + 1);
      patch(scene.world, "advertisements", { id: weather }, { state: "retracted" });
      say(scene, tides({ name: "weather" }));
    });
    expect(again).toBe("refused");
  });
});
