/** What is accepted is what is still offered: in that workgroup, with that capability, under those terms [SES-8]. */
import { describe, expect, test } from "vitest";
import type { Advertisement } from "../engagement-entities.js";
import { callerOf, command } from "../testing/asked.js";
import { acceptanceOf } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide, settle } from "../testing/decide.js";
import { get, patch } from "../testing/world.js";

type Content = Advertisement["content"];

function acceptedUnder(change: (content: Content) => Content): string {
  const world = city.city();
  const { content } = get(world, "advertisements", { id: city.weather }) ?? {};
  if (content === undefined) throw new TypeError("the city has no weather");
  patch(world, "advertisements", { id: city.weather }, { content: change(content) });
  const accept = command("session.accept", {
    session: city.proposed,
    caller: callerOf(world, cast.north1),
    statement: acceptanceOf(cast.north1, city.proposed),
  });
  const { verdict } = decide(world, accept, cast.now);
  return verdict.verdict === "refused" ? verdict.refusal.code : "accepted";
}

describe("an offer that was published anew since the proposal", () => {
  test.each<[string, (content: Content) => Content, string]>([
    ["as it was", (content) => content, "accepted"],
    ["with more words", (content) => ({ ...content, description: "now with clouds" }), "accepted"],
    [
      "in another workgroup only",
      (content) => ({ ...content, workgroups: [city.den] }),
      "advertisement.retracted",
    ],
    [
      "in another workgroup as well",
      (content) => ({ ...content, workgroups: [...content.workgroups, city.den] }),
      "accepted",
    ],
    [
      "without that capability",
      (content) => ({
        ...content,
        capabilities: content.capabilities.map((each) => ({ ...each, name: `${each.name}.other` })),
      }),
      "advertisement.retracted",
    ],
    [
      "under other terms",
      (content) => ({ ...content, contract: { ...content.contract, termsDigest: "another" } }),
      "contract.changed",
    ],
  ])("%s", (_name, change, code) => {
    expect(acceptedUnder(change)).toBe(code);
  });
});

test("who has accepted is not told so again of another proposal [SES-9]", () => {
  const world = city.city();
  const accept = (more: Parameters<typeof acceptanceOf>[2] = {}) =>
    settle(
      world,
      command("session.accept", {
        session: city.proposed,
        caller: callerOf(world, cast.north1),
        statement: acceptanceOf(cast.north1, city.proposed, more),
      }),
      cast.now,
    );
  expect(accept()).toMatchObject({ verdict: "accepted" });
  expect(accept()).toMatchObject({ verdict: "accepted", facts: [] });
  expect(accept({ proposal: "of another" })).toMatchObject({
    verdict: "refused",
    refusal: { code: "session.state", state: "accepted" },
  });
});
