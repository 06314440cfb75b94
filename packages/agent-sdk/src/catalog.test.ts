import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import type { CatalogChange, Offer } from "./catalog.js";
import { refuse } from "./testing/fake-calls.js";
import { capabilityOf, offerOf, type Town, town } from "./testing/town.js";
import { passSpeaking } from "./testing/watched-agent.js";

/** The catalog as the broker would answer a search now, page after page. */
function shows(there: Town, ...pages: readonly (readonly Offer[])[]): void {
  there.calls.answers.search = ({ cursor }) => {
    const index = Number(cursor ?? 0);
    return { items: pages[index], nextCursor: index + 1 < pages.length ? String(index + 1) : null };
  };
}

const changesOf = (changes: readonly CatalogChange[]) =>
  changes.map(({ change, item }) => `${change} ${item.name}`);

/** As many changes as are wanted. */
async function next(watching: AsyncGenerator<CatalogChange>, count: number): Promise<string[]> {
  const changes: CatalogChange[] = [];
  while (changes.length < count) {
    const { value, done } = await watching.next();
    if (done) break;
    changes.push(value);
  }
  return changesOf(changes);
}

test("searches with the filter as it is, and answers as many as are wanted, however long a page is", async () => {
  const there = await town();
  const found = offerOf();
  shows(there, [found], [found, offerOf()]);
  const filter = { capability: "markets.*", q: "equity", workgroup: "markets-co/channel", available: true };
  expect(await there.agent.catalog.search({ ...filter, limit: 2 })).toEqual([found, found]);
  expect(await there.calls.received("search")).toEqual({
    id: expect.any(String),
    call: "search",
    ...filter,
    limit: 2,
  });
  expect(there.calls.of("search")).toHaveLength(2);
});

test("all goes over the pages", async () => {
  const there = await town();
  shows(there, [offerOf({ name: "a" }), offerOf({ name: "b" })], [offerOf({ name: "c" })]);
  const names: string[] = [];
  for await (const { name } of there.agent.catalog.all({ organisation: "markets-co" })) names.push(name);
  expect(names).toEqual(["a", "b", "c"]);
  const asked = { call: "search", organisation: "markets-co", limit: 200 };
  expect(there.calls.heard).toMatchObject([asked, { ...asked, cursor: "1" }]);
});

test("what was searched for by its one name is what an offer was sought for", async () => {
  const there = await town();
  shows(there, [offerOf({ capabilities: ["markets.equity", "markets.bonds"].map(capabilityOf) })]);
  const sought = async (capability?: string) =>
    (await there.agent.catalog.search(capability === undefined ? {} : { capability }))[0]?.sought;
  expect(await sought("markets.bonds")).toBe("markets.bonds");
  expect(await sought("markets.*")).toBeUndefined();
  expect(await sought()).toBeUndefined();
});

test("watching says what is there, and then each change, by advertisement and workgroup", async () => {
  const there = await town();
  const first = offerOf({ name: "first" });
  const elsewhere = { ...first, name: "elsewhere", workgroup: { id: makeId("workgroup"), address: "a/b" } };
  shows(there, [first]);
  const watching = there.agent.catalog.watch({ capability: "markets.*" });
  expect(await next(watching, 1)).toEqual(["appeared first"]);
  const { watch } = await there.calls.received("watch");
  expect(there.calls.heard.map(({ call }) => call)).toEqual(["watch", "search"]);

  shows(there, [{ ...first, available: false }, elsewhere]);
  there.calls.tell({ event: "catalog.changed", watch });
  expect(await next(watching, 2)).toEqual(["changed first", "appeared elsewhere"]);
  shows(there, [elsewhere]);
  there.calls.tell({ event: "catalog.changed", watch });
  expect(await next(watching, 1)).toEqual(["gone first"]);
  await watching.return();
  expect(await there.calls.received("unwatch")).toMatchObject({ watch });
});

test("a word about another watch is not ours, and one that says nothing new changes nothing", async () => {
  const there = await town();
  shows(there, [offerOf({ name: "first" })]);
  const watching = there.agent.catalog.watch();
  await next(watching, 1);
  const { watch } = await there.calls.received("watch");
  const pending = next(watching, 1);
  there.calls.tell({ event: "catalog.changed", watch: "another" });
  for (const round of ["the event was heard", "what it led to as well"]) {
    await expect(there.agent.retract("x"), round).rejects.toThrow("makes no sense");
  }
  expect(there.calls.of("search")).toHaveLength(1);
  there.calls.tell({ event: "catalog.changed", watch });
  await there.calls.received("search", 2);
  shows(there, [offerOf({ name: "second" })]);
  there.calls.tell({ event: "catalog.changed", watch });
  expect(await pending).toEqual(["appeared second"]);
  expect(there.calls.of("search")).toHaveLength(3);
});

test("after a lost connection it watches again and compares", async () => {
  const there = await town();
  shows(there, [offerOf({ name: "first" })]);
  const watching = there.agent.catalog.watch();
  await next(watching, 1);
  const pending = next(watching, 2);
  shows(there, [offerOf({ name: "second" })]);
  await there.reconnect();
  expect(await pending).toEqual(["appeared second", "gone first"]);
  const [before, after] = there.calls.of("watch");
  expect(after?.watch).toBe(before?.watch);
});

test("the broker's word may be lost: it is looked all the same, after a minute", async () => {
  const there = await town();
  shows(there, [offerOf({ name: "first" })]);
  const watching = there.agent.catalog.watch();
  await next(watching, 1);
  const pending = next(watching, 1);
  shows(there, []);
  await passSpeaking(there, 80_000);
  expect(await pending).toEqual(["gone first"]);
});

test("an abort ends it with the signal's reason, the end of the agent with a fault", async () => {
  const there = await town();
  shows(there, []);
  const stop = new AbortController();
  const aborted = expect(there.agent.catalog.watch({}, { signal: stop.signal }).next()).rejects.toThrow(
    "enough",
  );
  const ended = expect(there.agent.catalog.watch().next()).rejects.toThrow("the agent is closed");
  await there.calls.received("search", 2);
  stop.abort(new Error("enough"));
  await aborted;
  expect(await there.calls.received("unwatch")).toMatchObject({ watch: there.calls.of("watch")[0]?.watch });
  await there.agent.close();
  await ended;
});

test("a watch that is refused says so", async () => {
  const there = await town();
  there.calls.answers.watch = () => refuse({ code: "limit.reached", limit: 16 });
  await expect(there.agent.catalog.watch().next()).rejects.toMatchObject({
    code: "limit.reached",
    limit: 16,
  });
});

test.each(["watch", "search"] as const)("a watch goes on over a busy broker: %s", async (call) => {
  const there = await town();
  shows(there, [offerOf({ name: "first" })]);
  const { answers } = there.calls;
  const { search } = answers;
  let busy = 9;
  Object.assign(answers, {
    [call]: (asked: never) => {
      if (busy-- > 0) return refuse({ code: "broker.busy", retryAfterMs: 1 });
      return call === "search" ? search?.(asked) : {};
    },
  });
  const pending = next(there.agent.catalog.watch(), 1);
  for (let attempt = 0; attempt < 9; attempt++) expect(await there.clock.passNext(256)).toBe(2 ** attempt);
  expect(await pending).toEqual(["appeared first"]);
});
