/** Promises about what deliveries read: segments from an envelope on, with what was said and sent in them. */
import { describe, expect, test } from "vitest";
import { type NewFact, sessionStream } from "../../governance/fact.js";
import type { StoredSegment } from "../envelope-pages.js";
import type { Store, StoreLookups } from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import { chainOf, factOf, note } from "../testing/made-up.js";
import { ses } from "./engagement-rows.suite.js";
import { payloads, segment, waiting } from "./envelope-rows.suite.js";
import { type Adapter, askBoth, commit, opened, put } from "./opened.suite.js";
import { agt, org } from "./rows.suite.js";

const stream = sessionStream(ses(1));
const all = { session: ses(1), side: "consumer", n: 1, limit: 9, bytes: 1_000_000 } as const;

/** The chain of the first session: the segment with number `n` stands in the fact with position `n + 4`. */
const facts: readonly StoredFact[] = chainOf(
  Array.from({ length: 7 }, (_, at) => {
    const sent: NewFact = { ...factOf("session.sent", at), stream };
    return { fact: at < 4 ? note(stream, at) : sent, at: at + 1 };
  }),
);
const textOf = (n: number): string | null => facts[n + 3]?.contentText ?? null;
/** Of the third nothing is kept any more. */
const stored = (n: number): StoredSegment => ({
  segment: segment(n),
  contentText: textOf(n),
  payloads: n === 3 ? undefined : payloads(n),
});
const sizeOf = (n: number): number => (textOf(n)?.length ?? 0) + (stored(n).payloads?.bytes.byteLength ?? 0);

async function sent(adapter: Adapter): Promise<Store> {
  const store = opened(adapter);
  const others = [
    ...put("segments", segment(1, { session: ses(2) }), segment(1, { side: "provider" })),
    ...put("payloads", payloads(3, { session: ses(2) }), payloads(3, { side: "provider" })),
  ];
  const mine = [
    ...put("segments", segment(3), segment(1), segment(2)),
    ...put("payloads", payloads(2), payloads(1)),
  ];
  await commit(store, { facts, changes: [...others, ...mine] });
  return store;
}

type Asked = StoreLookups["segmentsFrom"]["ask"];
const rows: readonly (readonly [string, Partial<Asked>, readonly number[]])[] = [
  ["from the first on, oldest first", {}, [1, 2, 3]],
  ["from before the first on", { n: 0 }, [1, 2, 3]],
  ["from the one that it is the last of", { n: 10 }, [1, 2, 3]],
  ["from the one that it is the first of", { n: 11 }, [2, 3]],
  ["from within one", { n: 15 }, [2, 3]],
  ["none after the last", { n: 31 }, []],
  ["as many as asked for", { limit: 2 }, [1, 2]],
  ["none of another session", { session: ses(3) }, []],
  ["one at least, whatever room there is", { bytes: 0 }, [1]],
  ["no more when there is no room left", { bytes: sizeOf(1) }, [1]],
  ["one more when there is any", { bytes: sizeOf(1) + 1 }, [1, 2]],
  ["all that there is room for", { bytes: sizeOf(1) + sizeOf(2) + 1 }, [1, 2, 3]],
];

function describeWaiting(adapter: Adapter): void {
  describe("the bytes that wait to be handled", () => {
    const one = { agent: agt(1), organisation: org(2) };
    const bytes = (n: number, count: number) => waiting(n, { bytes: count });

    test("are counted as they come, change and go, once they are committed", async () => {
      const store = opened(adapter);
      expect(store.waitingBytes).toBe(0);
      await commit(store, { changes: put("waiting", bytes(1, 100), bytes(2, 10), bytes(3, 0)) });
      expect(store.waitingBytes).toBe(110);
      await commit(store, { changes: put("waiting", bytes(1, 60), bytes(1, 40)) });
      expect(store.waitingBytes).toBe(50);
      await commit(store, { changes: [{ do: "patch", table: "waiting", key: one, set: { bytes: 30 } }] });
      expect(store.waitingBytes).toBe(40);
      const gone = { do: "drop", table: "waiting", key: one } as const;
      await commit(store, { changes: [gone, gone] });
      expect(store.waitingBytes).toBe(10);
    });

    test("of a transaction that is rolled back are not", async () => {
      const store = opened(adapter);
      const tx = await store.begin();
      await tx.change(put("waiting", bytes(1, 100)));
      await tx.rollback();
      await commit(store, { changes: put("waiting", bytes(2, 10)) });
      expect(store.waitingBytes).toBe(10);
    });
  });
}

export function describeEnvelopePages(adapter: Adapter): void {
  describeWaiting(adapter);

  describe("the segments of a side", () => {
    test.each(rows)("are found %s", async (_what, by, expected) => {
      const found = expected.map(stored);
      const answers = await askBoth(await sent(adapter), "segmentsFrom", { ...all, ...by });
      expect(answers).toEqual({ read: found, within: found });
    });

    test("are found where the first has a gap behind it", async () => {
      const store = opened(adapter);
      await commit(store, { facts, changes: put("segments", segment(1), segment(3)) });
      const found = [{ ...stored(3), payloads: undefined }];
      expect(await askBoth(store, "segmentsFrom", { ...all, n: 15 })).toEqual({ read: found, within: found });
    });

    test("whose fact was emptied are found without what it said", async () => {
      const store = opened(adapter);
      const emptied = facts.map((fact) => ({ ...fact, contentText: null }));
      await commit(store, { facts: emptied, changes: put("segments", segment(1)) });
      const found = [{ segment: segment(1), contentText: null, payloads: undefined }];
      expect(await askBoth(store, "segmentsFrom", all)).toEqual({ read: found, within: found });
    });
  });

  test("the payloads of one segment are found as they were kept, byte for byte", async () => {
    const store = await sent(adapter);
    const of = (n: number, side: Asked["side"] = "consumer") =>
      askBoth(store, "payloadRow", { session: ses(1), side, n });
    expect(await of(11)).toEqual({ read: payloads(2), within: payloads(2) });
    expect(await of(12)).toEqual({ read: undefined, within: undefined });
    expect(await of(11, "provider")).toEqual({ read: undefined, within: undefined });
  });
}
