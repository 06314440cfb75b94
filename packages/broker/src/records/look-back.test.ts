import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Side } from "../governance/engagement-entities.js";
import type { FactContent } from "../governance/fact.js";
import type { Principal } from "../governance/question.js";
import { openMemoryStore } from "../ledger/memory/store.js";
import { openStore, temporaryFolder } from "../ledger/sqlite/temporary.suite.js";
import type { Reader, Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import { idOf } from "../ledger/testing/cast.js";
import { appendInBatches, type Timed } from "../ledger/testing/harness.js";
import { factKinds, histories } from "../ledger/testing/made-up.js";
import type { FactFilter } from "./fact-filter.js";
import type { LogPlace } from "./facts.js";
import { type LookedAs, lookBack } from "./look-back.js";

const anything: FactFilter = {
  ...{ stream: null, kind: null, decision: null, from: null, to: null, actor: null, agent: null },
  ...{ instance: null, workgroup: null, session: null, contract: null, correlation: null },
};

/** An admin of the n-th organisation of the cast. */
const adminOf = (n: number): Principal =>
  ({
    kind: "operator",
    organisation: { id: idOf("organisation", n) },
    operator: { role: "admin" },
  }) as unknown as Principal;

const agentOf = (instance: string): string =>
  idOf("agent", [...Array(11).keys()].findIndex((n) => idOf("instance", n) === instance) % 5);

/** A session is proposed once and held by instances of its agents, and nobody leaves twice. */
function plausible(history: readonly Timed[]): readonly Timed[] {
  const agents = new Map<string, readonly string[]>();
  const left = new Set<string>();
  return history.filter(({ fact }) => {
    const { kind, stream } = fact;
    if (kind === "session.proposed") {
      if (agents.has(stream)) return false;
      const { consumer, provider } = fact.content.data;
      agents.set(stream, [consumer.agent, provider.agent]);
    }
    const held = stream.startsWith("session:") ? JSON.stringify(fact.content).match(/ins_\w+/g) : null;
    if (held?.some((instance) => agents.get(stream)?.includes(agentOf(instance)) !== true)) return false;
    if (kind === "workgroup.entered")
      left.delete(`${stream} ${fact.content.data.participation.organisation}`);
    if (kind === "workgroup.left") {
      const who = `${stream} ${fact.content.data.organisation}`;
      if (left.has(who)) return false;
      left.add(who);
    }
    return true;
  });
}

const pages = (from: Store, n: number, filter: FactFilter, limit: number, as?: LookedAs) =>
  (async () => {
    const found: string[] = [];
    for (let after: LogPlace | null = null; ; ) {
      const page = await lookBack(from, adminOf(n), filter, { after, limit }, as);
      expect(page.found.length).toBeLessThanOrEqual(limit);
      found.push(...page.found.map(({ fact }) => nameOf(fact)));
      if (page.isOver) return found;
      expect(page.upTo).not.toEqual(after);
      after = page.upTo;
    }
  })();

const nameOf = ({ skeleton: { stream, position } }: StoredFact): string => `${stream} ${position}`;

interface Kept {
  readonly facts: readonly StoredFact[];
  readonly readers: readonly Reader[];
  readonly sides: readonly Side[];
}

async function keptIn(store: Store): Promise<Kept> {
  const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after: 0, limit: 10_000 } } });
  const { readers = [], sides = [] } = await store.dumpDerived();
  return { facts, readers: readers as readonly Reader[], sides: sides as readonly Side[] };
}

/** Every fact judged by itself, and then put in order: as slow as it is plain. */
function meant({ facts, readers, sides }: Kept, n: number, filter: FactFilter): readonly string[] {
  const organisation = idOf("organisation", n);
  const rankOf = ({ skeleton: { stream, position } }: StoredFact): number | undefined => {
    const reader = readers.find((one) => one.stream === stream && one.log === `org:${organisation}`);
    const isRead = reader && position >= reader.from && position <= (reader.until ?? position);
    return isRead ? reader.order : undefined;
  };
  const isAbout = (fact: StoredFact, word: "agent" | "workgroup" | "contract"): boolean => {
    const thing = filter[word];
    if (thing === null) return true;
    const session = fact.skeleton.stream.replace(/^session:/, "");
    if (session === fact.skeleton.stream) return isNaming(fact, thing);
    const own = sides.filter((side) => side.session === session && side.organisation === organisation);
    return own.some((side) => side[word] === thing || (word === "agent" && side.counterpart === thing));
  };
  const isMeant = (fact: StoredFact): boolean => {
    const { kind, at, stream } = fact.skeleton;
    const content = JSON.parse(fact.contentText ?? "") as FactContent;
    const isRefused = ["request.refused", "requests.refused", "session.violated"].includes(kind);
    return (
      rankOf(fact) !== undefined &&
      (filter.stream === null || filter.stream === stream) &&
      (filter.kind === null || new RegExp(`^${filter.kind.replace(".*", "\\..*")}$`).test(kind)) &&
      (filter.decision === null || isRefused === (filter.decision === "refused")) &&
      at >= (filter.from ?? 0) &&
      at < (filter.to ?? Number.MAX_SAFE_INTEGER) &&
      (filter.actor === null || content.actor === filter.actor) &&
      (filter.correlation === null || content.cause === filter.correlation) &&
      (["agent", "workgroup", "contract"] as const).every((word) => isAbout(fact, word)) &&
      (filter.instance === null || isNaming(fact, filter.instance)) &&
      (filter.session === null ||
        (stream.startsWith("session:")
          ? stream === `session:${filter.session}`
          : isNaming(fact, filter.session)))
    );
  };
  const order = (fact: StoredFact): readonly number[] => [
    Math.floor(fact.skeleton.at / 1_000),
    rankOf(fact) ?? 0,
    fact.skeleton.position,
  ];
  const compare = (a: readonly number[], b: readonly number[]): number =>
    a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return facts
    .filter(isMeant)
    .toSorted((a, b) => compare(order(a), order(b)))
    .map(nameOf);
}

const isNaming = ({ skeleton, contentText }: StoredFact, thing: string): boolean =>
  contentText?.includes(`"${thing}"`) === true || skeleton.stream === `workgroup:${thing}`;

const small = fc.nat({ max: 6 });
const perhaps = <T>(some: fc.Arbitrary<T>) => fc.option(some, { freq: 2 });
const id = (kind: Parameters<typeof idOf>[0]) => perhaps(small.map((n) => idOf(kind, n) as string));
const time = perhaps(fc.nat({ max: 60_000 }));
const filters: fc.Arbitrary<FactFilter> = fc.record({
  stream: fc.option(
    small.map((n) => `session:${idOf("session", n)}`),
    { freq: 9 },
  ),
  kind: perhaps(
    fc.oneof(fc.constantFrom(...factKinds), fc.constantFrom("session.*", "agent.*", "workgroup.*")),
  ),
  decision: fc.option(fc.constantFrom("accepted" as const, "refused" as const), { freq: 4 }),
  ...{ from: time, to: time, actor: id("operator"), agent: id("agent"), instance: id("instance") },
  ...{ workgroup: id("workgroup"), session: id("session"), contract: id("contract") },
  correlation: id("command"),
});
/** Most of a filter is left out: with all of it hardly anything fits. */
const sparse = fc
  .tuple(filters, fc.subarray(Object.keys(anything) as (keyof FactFilter)[], { maxLength: 2 }))
  .map(
    ([filter, names]): FactFilter => ({
      ...anything,
      ...Object.fromEntries(names.map((name) => [name, filter[name]])),
    }),
  );

const asked = fc.record({ filter: sparse, n: fc.nat({ max: 2 }), limit: fc.integer({ min: 1, max: 9 }) });
const looks = fc.array(asked, { minLength: 12, maxLength: 12 });

interface Look {
  readonly filter: FactFilter;
  readonly n: number;
  readonly limit: number;
}

describe("looking back [API-18]", () => {
  let finding = 0;
  const agree = async (store: Store, history: readonly Timed[], all: readonly Look[]) => {
    await appendInBatches(store, plausible(history), [3, 5]);
    const kept = await keptIn(store);
    for (const { filter, n, limit } of all) {
      const expected = meant(kept, n, filter);
      if (expected.length > 1) finding += 1;
      // By the streams that a filter leads to, and along the whole log.
      expect(await pages(store, n, filter, limit)).toEqual(expected);
      expect(await pages(store, n, filter, limit, { streamsMax: 0 })).toEqual(expected);
    }
  };

  test("finds what is meant, all of it, once, in the order of the log", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(histories(80), looks, async (history, all) => agree(openMemoryStore(), history, all)),
      { numRuns: 60 },
    );
    // Of 720: looks that find nothing would agree on anything.
    expect(finding).toBeGreaterThan(200);
  });

  test("finds the same on a disk", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(histories(80), looks, async (history, all) =>
        agree(openStore(temporaryFolder(), { synchronous: "NORMAL" }), history, all),
      ),
      { numRuns: 10 },
    );
  });
});
