import { describe, expect, test } from "vitest";
import { type FactData, type FactKind, happened, type NewFact, type StreamId } from "../governance/fact.js";
import { openMemoryStore } from "./memory/store.js";
import { rebuild } from "./rebuild.js";
import type { Reader } from "./store.js";
import { appendInBatches, type Timed } from "./testing/harness.js";
import { factOf, idOf, note } from "./testing/made-up.js";

const org = (n: number) => idOf("organisation", n);
const log = (n: number) => `org:${org(n)}`;
const wkg = (n: number) => idOf("workgroup", n);
const stream = (n: number): StreamId => `workgroup:${wkg(n)}`;

function said<K extends FactKind>(
  kind: K,
  where: StreamId,
  change: (data: FactData[K]) => FactData[K],
): NewFact {
  const { content } = factOf(kind, 1);
  const { data, ...told } = content;
  return happened(where, kind, told, change(data as FactData[K]));
}

const created = (group: number, owner: number) =>
  said("workgroup.created", stream(group), ({ workgroup, participation }) => ({
    workgroup: { ...workgroup, id: wkg(group), owner: org(owner) },
    participation: { ...participation, workgroup: wkg(group), organisation: org(owner) },
  }));
const opened = (group: number) =>
  said("invitation.opened", stream(group), ({ invitation }) => ({
    invitation: { ...invitation, workgroup: wkg(group) },
  }));
const entered = (group: number, who: number) =>
  said("workgroup.entered", stream(group), (data) => ({
    ...data,
    participation: { ...data.participation, workgroup: wkg(group), organisation: org(who) },
  }));
const left = (group: number, who: number) =>
  said("workgroup.left", stream(group), (data) => ({
    ...data,
    workgroup: wkg(group),
    organisation: org(who),
  }));
const proposed = (n: number, consumer: number, provider: number) =>
  said("session.proposed", `session:${idOf("session", n)}`, (data) => ({
    ...data,
    session: { ...data.session, id: idOf("session", n), proposal: idOf("proposal", n) },
    consumer: { ...data.consumer, session: idOf("session", n), organisation: org(consumer) },
    provider: { ...data.provider, session: idOf("session", n), organisation: org(provider) },
  }));

/** Each fact a second after the one before it, so that every shared head becomes a leaf of its own. */
const history = (facts: readonly NewFact[]): Timed[] =>
  facts.map((fact, n) => ({ fact, at: 1_000 * (n + 1) }));

async function after(facts: readonly NewFact[], sizes: readonly number[] = []) {
  const store = openMemoryStore();
  await appendInBatches(store, history(facts), sizes);
  const dump = await store.dumpDerived();
  await rebuild(store);
  expect(await store.dumpDerived()).toEqual(dump);
  const readers = dump.readers as readonly Reader[];
  const leaves = dump.logLeaves as readonly { log: string; stream: string; position: number }[];
  return {
    of: (where: string) => readers.filter((reader) => reader.stream === where),
    heard: (who: number) =>
      leaves
        .filter((leaf) => leaf.log === log(who))
        .map((leaf) => `${leaf.stream.slice(0, 3)} ${leaf.position}`),
    shared: (who: number) =>
      (dump.logs as readonly { log: string; shared: number }[]).find((head) => head.log === log(who))?.shared,
  };
}
const reads = (who: number, where: string, from: number, until: number | null, order: number): Reader => ({
  stream: where,
  log: log(who),
  from,
  until,
  order,
});

describe("who reads a stream", () => {
  test("of an organisation is the organisation, from its first fact, as its own", async () => {
    const { of, shared } = await after([note(log(1)), note(log(1))]);
    expect(of(log(1))).toEqual([reads(1, log(1), 1, null, 0)]);
    expect(shared(1)).toBe(0);
  });

  test("of a workgroup is its owner from the beginning, and each newcomer from the fact that it is in", async () => {
    const { of } = await after([created(1, 1), opened(1), note(stream(1)), entered(1, 2)]);
    expect(of(stream(1))).toEqual([reads(1, stream(1), 1, null, 1), reads(2, stream(1), 4, null, 1)]);
  });

  test("of a workgroup is nobody who was only invited", async () => {
    const received = said("invitation.received", `org:${org(2)}`, (data) => data);
    const { of } = await after([created(1, 1), opened(1), received]);
    expect(of(stream(1))).toEqual([reads(1, stream(1), 1, null, 1)]);
  });

  test("who leaves reads that it leaves, and nothing after", async () => {
    const facts = [
      created(1, 1),
      opened(1),
      entered(1, 2),
      left(1, 2),
      note(stream(1)),
      note(log(2)),
      note(log(2)),
    ];
    const { of, heard } = await after(facts);
    expect(of(stream(1))).toEqual([reads(1, stream(1), 1, null, 1), reads(2, stream(1), 3, 4, 1)]);
    expect(heard(2)).toEqual(["wor 3", "wor 4", "org 1", "org 2"]);
  });

  test("who comes back reads from there on, and ranks the stream as before", async () => {
    const facts = [
      created(1, 1),
      opened(1),
      entered(1, 2),
      left(1, 2),
      created(2, 2),
      note(stream(1)),
      entered(1, 2),
      note(stream(1)),
      note(log(2)),
    ];
    const { of, heard, shared } = await after(facts);
    expect(of(stream(1))).toContainEqual(reads(2, stream(1), 6, null, 1));
    expect(of(stream(2))).toEqual([reads(2, stream(2), 1, null, 2)]);
    expect(heard(2)).toEqual(["wor 3", "wor 4", "wor 1", "wor 6", "wor 7", "org 1"]);
    expect(shared(2)).toBe(2);
  });

  test("of a session are both sides from the proposal on; once, where both are one organisation's", async () => {
    const { of, shared } = await after([proposed(1, 1, 2), proposed(2, 1, 1), created(1, 1)]);
    const session = (n: number) => `session:${idOf("session", n)}`;
    expect(of(session(1))).toEqual([reads(1, session(1), 1, null, 1), reads(2, session(1), 1, null, 1)]);
    expect(of(session(2))).toEqual([reads(1, session(2), 1, null, 2)]);
    expect(of(stream(1))).toEqual([reads(1, stream(1), 1, null, 3)]);
    expect([shared(1), shared(2)]).toEqual([3, 1]);
  });

  test("is the same whether facts come in one transaction or each in its own", async () => {
    const facts = [created(1, 1), opened(1), entered(1, 2), left(1, 2), entered(1, 2), proposed(1, 2, 1)];
    const [one, other] = [
      await after(facts, [facts.length]),
      await after(
        facts,
        facts.map(() => 1),
      ),
    ];
    for (const where of [stream(1), `session:${idOf("session", 1)}`])
      expect(one.of(where)).toEqual(other.of(where));
    expect(one.heard(2)).toEqual(other.heard(2));
  });

  test("a head that waits when its reader leaves is still a leaf of the reader, in the second that it was", async () => {
    const store = openMemoryStore();
    const at = (fact: NewFact, ms: number): Timed => ({ fact, at: ms });
    const timed = [
      at(created(1, 1), 1_000),
      at(opened(1), 1_000),
      at(entered(1, 2), 1_100),
      at(left(1, 2), 1_200),
      at(note(stream(1)), 1_300),
      at(note(log(2)), 9_000),
    ];
    await appendInBatches(store, timed, [3, 1, 1, 1]);
    const { logLeaves, logPending } = await store.dumpDerived();
    const theirs = (logLeaves as readonly { log: string; position: number }[]).filter(
      (leaf) => leaf.log === log(2),
    );
    expect(theirs.map(({ position }) => position)).toEqual([4, 1]);
    expect(logPending).toEqual([expect.objectContaining({ log: log(1), position: 5 })]);
  });
});
