/** What an advertisement names is judged when it is published: its contract, and the workgroups it is shown in. */
import { type AdvertisementContent, defaultContract, defaultTermsDigest } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { borealis, idOf, north, now } from "../testing/cast.js";
import { channel, den, spareContract, weatherContract, weatherTerms } from "../testing/city.js";
import { verdictOf } from "../testing/decide.js";
import { say, tides } from "../testing/publishing.js";
import { patch, type World } from "../testing/world.js";

describe("the contract that an advertisement names", () => {
  const under = (
    contract: AdvertisementContent["contract"],
    tune: (world: World) => void = () => undefined,
  ) =>
    verdictOf("advertisement.publish", (scene) => {
      tune(scene.world);
      say(scene, tides({ contract }));
    });
  const notFound = { refusal: { code: "not-found", rule: "contract" } };

  test("is the broker's own where none is named", () => {
    expect(under({ id: defaultContract, termsDigest: defaultTermsDigest }).verdict).toBe("accepted");
  });

  test("may be an older version, as long as it is named", () => {
    const verdict = under({ id: weatherContract, termsDigest: "digest-of-weather-terms" }, (world) =>
      patch(world, "contracts", { id: weatherContract }, { latest: 2 }),
    );
    expect(verdict.verdict).toBe("accepted");
  });

  test("requires workgroups for every offer under it", () => {
    const version = { contract: weatherContract, number: 1 };
    const verdict = under({ id: weatherContract, termsDigest: "digest-of-weather-terms" }, (world) =>
      patch(world, "contractVersions", version, { terms: { ...weatherTerms, requiredWorkgroups: [den] } }),
    );
    expect(verdict).toMatchObject({ facts: [{ content: { data: { offers: [{ requires: [den] }] } } }] });
  });

  test.each<[string, AdvertisementContent["contract"]]>([
    ["nobody's", { id: idOf("contract", 404), termsDigest: "digest-of-weather-terms" }],
    ["without such a version", { id: weatherContract, termsDigest: "other" }],
    ["another contract's version", { id: spareContract, termsDigest: "digest-of-weather-terms" }],
    ["the broker's, with other terms", { id: defaultContract, termsDigest: "digest-of-weather-terms" }],
    ["its own, with the broker's terms", { id: weatherContract, termsDigest: defaultTermsDigest }],
  ])("is not %s", (_title, contract) => {
    expect(under(contract)).toMatchObject(notFound);
  });
});

describe("the workgroups of an advertisement [ADV-2]", () => {
  const inChannel = { workgroup: channel, agent: north };
  const notFound = { refusal: { code: "not-found", rule: "workgroups" } };

  test.each<[string, (world: World) => void]>([
    ["the agent was never a member of", ({ rows }) => rows.memberships.clear()],
    ["the agent may do nothing in", (world) => patch(world, "memberships", inChannel, { offer: false })],
    [
      "the organisation has left",
      (world) =>
        patch(world, "participations", { workgroup: channel, organisation: borealis }, { state: "left" }),
    ],
    [
      "the organisation has left and entered again",
      (world) =>
        patch(world, "participations", { workgroup: channel, organisation: borealis }, { since: now - 1 }),
    ],
    ["is dissolved", (world) => patch(world, "workgroups", { id: channel }, { state: "dissolved" })],
  ])("may not have one that %s", (_title, tune) => {
    expect(verdictOf("advertisement.publish", ({ world }) => tune(world))).toMatchObject(notFound);
  });
});
