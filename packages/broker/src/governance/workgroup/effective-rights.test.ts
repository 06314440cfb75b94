/** What selectors and names give is exactly the union, whatever came in which order. */
import type { Tags } from "@parley/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ada, idOf, miner, scout } from "../testing/cast.js";
import { channel, den } from "../testing/city.js";
import { Story } from "../testing/story.js";
import { all, get, type World } from "../testing/world.js";
import { rightsOf } from "./effective-rights.js";
import type { Rights } from "./workgroup-entities.js";

const tags: fc.Arbitrary<Tags> = fc.dictionary(fc.constantFrom("env", "team"), fc.constantFrom("a", "b"));
const rights = fc.record({ offer: fc.boolean(), engage: fc.boolean() });
const selector = fc.record({ tags, offer: fc.boolean(), engage: fc.boolean() });

test("an agent that loses a tag loses exactly what was given for it [WKG-8]", () => {
  const property = fc.property(
    fc.option(rights, { nil: undefined }),
    fc.array(selector),
    tags,
    fc.constantFrom("env", "team"),
    (named, selectors, before, tag) => {
      const { [tag]: _gone, ...after } = before;
      const asking = selectors.filter((one) => Object.hasOwn(one.tags, tag));
      const others = selectors.filter((one) => !Object.hasOwn(one.tags, tag));
      expect(rightsOf(named, selectors, after)).toEqual(rightsOf(named, others, before));
      // And nothing else was given for it.
      const without = rightsOf(undefined, asking, after);
      expect(without).toEqual({ offer: false, engage: false });
    },
  );
  fc.assert(property, { numRuns: 500 });
});

const workgroup = fc.constantFrom(channel, den);
const agent = fc.constantFrom(scout, miner);
const step = fc.oneof(
  fc.record({ kind: fc.constant("member.add" as const), workgroup, agent, given: rights }),
  fc.record({ kind: fc.constant("member.remove" as const), workgroup, agent }),
  fc.record({ kind: fc.constant("selector.add" as const), workgroup, given: rights, tags }),
  fc.record({ kind: fc.constant("selector.remove" as const), at: fc.nat(5) }),
  fc.record({ kind: fc.constant("agent.change" as const), agent, tags }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(story: Story, made: number, one: Step): void {
  switch (one.kind) {
    case "member.add":
      story.tell(ada, one.kind, { workgroup: one.workgroup, agent: one.agent, ...one.given });
      return;
    case "member.remove":
      story.tell(ada, one.kind, { workgroup: one.workgroup, agent: one.agent });
      return;
    case "selector.add": {
      const id = idOf("selector", 1_000 + made);
      story.tell(ada, one.kind, { workgroup: one.workgroup, selector: id, tags: one.tags, ...one.given });
      return;
    }
    case "selector.remove": {
      const selectors = all(story.world, "selectors");
      const row = selectors[one.at % Math.max(1, selectors.length)];
      if (row) story.tell(ada, one.kind, { workgroup: row.workgroup, selector: row.id });
      return;
    }
    case "agent.change": {
      const expectedVersion = get(story.world, "agents", { id: one.agent })?.version ?? 0;
      story.tell(ada, one.kind, { agent: one.agent, tags: one.tags, expectedVersion });
      return;
    }
  }
}

function given(world: World, group: typeof channel, id: typeof scout): Rights {
  const row = get(world, "agents", { id });
  const named = get(world, "namedMembers", { workgroup: group, agent: id });
  const selectors = all(world, "selectors").filter((one) => one.workgroup === group);
  const wanted = (of: Tags) => Object.entries(of).every(([key, value]) => row?.tags[key] === value);
  const gifts = [...(named ? [named] : []), ...selectors.filter((one) => wanted(one.tags))];
  return { offer: gifts.some(({ offer }) => offer), engage: gifts.some(({ engage }) => engage) };
}

test("rows of memberships say what names and selectors give, and when each right was last lost [WKG-8]", () => {
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
    const story = new Story();
    for (const [made, one] of steps.entries()) {
      const before = new Map(story.world.rows.memberships);
      take(story, made, one);
      for (const group of [channel, den]) {
        for (const id of [scout, miner]) {
          const row = get(story.world, "memberships", { workgroup: group, agent: id });
          const { offer, engage } = given(story.world, group, id);
          expect({ offer: row?.offer ?? false, engage: row?.engage ?? false }).toEqual({ offer, engage });
        }
      }
      for (const [key, was] of before) {
        const is = story.world.rows.memberships.get(key);
        if (was.offer && !is?.offer) expect(is?.offerTakenAt).toBe(story.now);
        else expect(is?.offerTakenAt).toBe(was.offerTakenAt);
        if (was.engage && !is?.engage) expect(is?.engageTakenAt).toBe(story.now);
        else expect(is?.engageTakenAt).toBe(was.engageTakenAt);
      }
    }
  });
  fc.assert(property, { numRuns: 200 });
}, 30_000);
