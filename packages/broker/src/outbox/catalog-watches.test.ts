import { limits, type WorkgroupId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { CatalogWatches } from "./catalog-watches.js";
import { KeptWire, settled } from "./testing/wires.js";

const who = { instance: cast.scout1, agent: cast.scout, organisation: cast.acme };
const { channel, den } = city;

/** A search whose results are the test's. */
class Search {
  digest = "first";
  looks = 0;
  hold: () => Promise<void> = () => Promise.resolve();

  readonly look = async (): Promise<string> => {
    this.looks += 1;
    const { digest } = this;
    await this.hold();
    return digest;
  };
}

function scene(looksAtOnce?: number) {
  const inside: { workgroups: WorkgroupId[] } = { workgroups: [channel] };
  const failures: unknown[] = [];
  const watches = new CatalogWatches({
    workgroupsOf: async () => inside.workgroups,
    failed: (fault) => void failures.push(fault),
    ...(looksAtOnce !== undefined && { looksAtOnce }),
  });
  const wire = new KeptWire();
  const search = new Search();
  const add = (name = "mine", asksAvailable = false, of = search) =>
    watches.add(wire, who, { name, search: name, look: of.look, asksAvailable });
  const touch = async (workgroup = channel, only: "all" | "asksAvailable" = "all") => {
    watches.round();
    watches.touch([workgroup], only);
    await settled();
  };
  return { inside, failures, watches, wire, search, add, touch };
}

const changed = { event: "catalog.changed", watch: "mine" };

describe("a watch [SOC-25]", () => {
  test("is told when what it finds is something else, once for each change", async () => {
    const { wire, search, add, touch } = scene();
    expect(await add()).toBeUndefined();
    expect(wire.told).toEqual([]);
    search.digest = "second";
    await touch();
    await touch();
    expect(wire.told).toEqual([changed]);
    search.digest = "third";
    await touch();
    expect(wire.told).toEqual([changed, changed]);
  });

  test("is told nothing when it finds the same, whatever has happened there", async () => {
    const { wire, search, add, touch } = scene();
    await add();
    for (let times = 0; times < 3; times++) await touch();
    expect([search.looks, wire.told]).toEqual([4, []]);
  });

  test("is not looked at for what happens where its agent is not", async () => {
    const { search, add, touch } = scene();
    await add();
    await touch(den);
    expect(search.looks).toBe(1);
  });

  test("is looked at where its agent has come to be, and at once when it has", async () => {
    const { inside, watches, wire, search, add, touch } = scene();
    await add();
    inside.workgroups = [channel, den];
    search.digest = "second";
    watches.round();
    await watches.moved(cast.scout);
    await settled();
    expect(wire.told).toEqual([changed]);
    await touch(den);
    expect(search.looks).toBe(3);
  });

  test("is looked at once in a round, however much happens, and after it again", async () => {
    const { watches, wire, search, add, touch } = scene();
    await add();
    await touch();
    for (let times = 0; times < 100; times++) watches.touch([channel]);
    search.digest = "second";
    await settled();
    expect(search.looks).toBe(2);
    watches.round();
    await settled();
    expect([search.looks, wire.told]).toEqual([3, [changed]]);
    watches.round();
    await settled();
    expect(search.looks).toBe(3);
  });

  test("is looked at again when something happens while it is looked at", async () => {
    const { watches, wire, search, add, touch } = scene();
    await add();
    let release: () => void = () => undefined;
    search.hold = () => new Promise((resolve) => (release = resolve));
    await touch();
    search.digest = "second";
    watches.touch([channel]);
    search.hold = () => Promise.resolve();
    release();
    await settled();
    watches.round();
    await settled();
    expect([search.looks, wire.told]).toEqual([3, [changed]]);
  });

  test("hears of what happens between its asking and its first look's answer", async () => {
    const { watches, wire, search, add } = scene();
    let release: () => void = () => undefined;
    search.hold = () => new Promise((resolve) => (release = resolve));
    const added = add();
    await settled();
    search.digest = "second";
    watches.touch([channel]);
    search.hold = () => Promise.resolve();
    release();
    await added;
    watches.round();
    await settled();
    expect(wire.told).toEqual([changed]);
  });

  test("is looked at for connections that come and go only if it asks for them", async () => {
    const { watches, search, add, touch } = scene();
    const asking = new Search();
    await add();
    expect(watches.asksAvailable).toBe(false);
    await add("those connected", true, asking);
    expect(watches.asksAvailable).toBe(true);
    await touch(channel, "asksAvailable");
    expect([search.looks, asking.looks]).toEqual([1, 2]);
  });

  test("is not looked at, nor told, once it has ended or its connection has", async () => {
    const { watches, wire, search, add, touch } = scene();
    await add("mine", true);
    search.digest = "second";
    watches.remove(wire, "mine");
    await touch();
    await add("another");
    watches.left(wire);
    await touch();
    expect([search.looks, wire.told, watches.count, watches.asksAvailable]).toEqual([2, [], 0, false]);
  });

  test("ends while it is looked at without a word", async () => {
    const { watches, wire, search, add, touch } = scene();
    await add();
    search.digest = "second";
    search.hold = async () => watches.remove(wire, "mine");
    await touch();
    expect(wire.told).toEqual([]);
  });

  test("under a name that is there already takes the older one's place", async () => {
    const { watches, wire, search, add, touch } = scene();
    const newer = new Search();
    await add();
    await add("mine", false, newer);
    search.digest = "second";
    await touch();
    expect([search.looks, newer.looks, watches.count, wire.told]).toEqual([1, 2, 1, []]);
  });

  test("is one of sixteen of its connection at most, whatever others have", async () => {
    const { watches, wire, add } = scene();
    const { watchesPerConnection: limit } = limits;
    for (let at = 1; at <= limit; at++) expect(await add(`watch ${at}`)).toBeUndefined();
    const refusal = { code: "limit.reached", rule: "watchesPerConnection", limit, used: limit };
    expect(await add("one more")).toEqual(refusal);
    expect(await add(`watch ${limit}`)).toBeUndefined();
    watches.remove(wire, "watch 1");
    expect(await add("one more")).toBeUndefined();
    const other = { name: "mine", search: "other", look: async () => "", asksAvailable: false };
    expect(await watches.add(new KeptWire(), who, other)).toBeUndefined();
  });

  test("that may not be asked is refused and not kept; one whose first look fails neither", async () => {
    const { watches, wire, search } = scene();
    const refusal = { code: "workgroup.ambiguous" } as const;
    const ambiguous = { name: "mine", search: "mine", look: async () => refusal, asksAvailable: true };
    expect(await watches.add(wire, who, ambiguous)).toEqual(refusal);
    expect(watches.count).toBe(0);
    const look = () => Promise.reject(new Error("gone"));
    const failing = { name: "mine", search: "mine", look, asksAvailable: true };
    await expect(watches.add(wire, who, failing)).rejects.toThrow("gone");
    expect([watches.count, watches.asksAvailable, search.looks]).toEqual([0, false, 0]);
  });

  test("whose look fails is looked at again in the next round", async () => {
    const { failures, watches, wire, search, add, touch } = scene();
    await add();
    search.digest = "second";
    search.hold = () => Promise.reject(new Error("gone"));
    await touch();
    expect(failures).toHaveLength(1);
    search.hold = () => Promise.resolve();
    watches.round();
    await settled();
    expect(wire.told).toEqual([changed]);
  });
});

test("what an agent watches twice is looked for once, and every watch of it is told", async () => {
  const { watches, wire, search, add, touch } = scene();
  const other = new KeptWire();
  const again = new Search();
  await add();
  expect(
    await watches.add(other, who, { name: "theirs", search: "mine", look: again.look, asksAvailable: false }),
  ).toBeUndefined();
  search.digest = "second";
  await touch();
  expect([search.looks, again.looks]).toEqual([2, 1]);
  expect([wire.told, other.told]).toEqual([[changed], [{ ...changed, watch: "theirs" }]]);
  // The first of them may not look any more.
  watches.left(wire);
  again.digest = "third";
  await touch();
  expect([search.looks, again.looks, other.told.length]).toEqual([2, 2, 2]);
});

test("two that are asked for while nobody knows yet where their agent is are both looked at, or both fail", async () => {
  const inside = { fails: true };
  const workgroupsOf = async () => {
    await settled();
    if (inside.fails) throw new Error("gone");
    return [channel];
  };
  const watches = new CatalogWatches({ workgroupsOf, failed: () => undefined });
  const [first, second, search] = [new KeptWire(), new KeptWire(), new Search()];
  const add = (wire: KeptWire) =>
    watches.add(wire, who, { name: "mine", search: "mine", look: search.look, asksAvailable: false });
  const failed = await Promise.allSettled([add(first), add(second)]);
  expect([failed.map(({ status }) => status), watches.count]).toEqual([["rejected", "rejected"], 0]);
  inside.fails = false;
  await Promise.all([add(first), add(second)]);
  search.digest = "second";
  watches.round();
  watches.touch([channel]);
  await settled();
  expect([first.told, second.told]).toEqual([[changed], [changed]]);
});

test("of many watches only a few are looked at at once, and all in the end", async () => {
  const { wire, add, touch } = scene(4);
  const { watchesPerConnection } = limits;
  const searches = Array.from({ length: watchesPerConnection }, () => new Search());
  for (const [at, search] of searches.entries()) await add(`watch ${at}`, false, search);
  let [now, most] = [0, 0];
  for (const search of searches) {
    search.digest = "second";
    search.hold = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
  }
  await touch();
  await settled();
  expect([most, wire.told.length]).toEqual([4, watchesPerConnection]);
});
