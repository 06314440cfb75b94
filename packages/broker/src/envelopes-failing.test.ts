/**
 * Envelopes over a store that fails at chosen points, and over the same store when it is opened again: whatever failed,
 * nobody is told yes and nothing is delivered before it is durable, and what comes again has one outcome.
 */
import { randomInt } from "node:crypto";
import { type InstanceId, limits, type SideName } from "@parley/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command, CommandAnswers } from "./governance/command.js";
import { govern } from "./governance/govern.js";
import { find } from "./governance/question.js";
import { callerOf, command } from "./governance/testing/asked.js";
import { envelopeOf, northSocket, scoutSocket } from "./governance/testing/asked-sessions.js";
import * as cast from "./governance/testing/cast.js";
import * as city from "./governance/testing/city.js";
import { all, tableNames } from "./governance/testing/world.js";
import { type OpenLedger, openLedger } from "./ledger/batch.js";
import { openMemoryStore } from "./ledger/memory/store.js";
import { type LedgerChange, type Store, StoreFailed } from "./ledger/store.js";
import { headInMemory, steppedClock, withSteps } from "./ledger/testing/harness.js";
import { orRollBack } from "./ledger/transact.js";
import { Holders } from "./outbox/holders.js";
import { KeptWire, settled } from "./outbox/testing/wires.js";
import type { Delivered } from "./outbox/wire.js";
import { readEnvelopes } from "./records/deliveries.js";
import { openRelay, type Relay } from "./relay.js";

const sides = ["consumer", "provider"] as const;
const others = { consumer: "provider", provider: "consumer" } as const;
const failing = ["begin", "answer", "append", "change", "putState", "commit", "committed"] as const;

interface Fault {
  readonly at: (typeof failing)[number];
  /** Of so many of these steps the last. */
  readonly after: number;
  /** The disk is full for a moment, or gone: then the process is begun anew. */
  readonly how: "later" | "never";
}
interface Step {
  /** What each side sends at once; both may share a commit. */
  readonly sends: Readonly<Record<SideName, number>>;
  readonly fault: Fault | null;
}

/** Sees to it that nothing is heard of that is not there, and that it comes in order. */
class WatchedWire extends KeptWire {
  readonly ns: number[] = [];
  readonly #isThere: (n: number) => boolean;

  constructor(isThere: (n: number) => boolean) {
    super();
    this.#isThere = isThere;
  }

  override deliver(envelope: Delivered): void {
    expect(this.#isThere(envelope.n)).toBe(true);
    this.ns.push(envelope.n);
    super.deliver(envelope);
  }
}

type Taken = CommandAnswers["envelopes.send"]["taken"][number];
const who: Readonly<Record<SideName, InstanceId>> = { consumer: cast.scout1, provider: cast.north1 };
const sockets = { consumer: scoutSocket, provider: northSocket };
const payloadOf = (n: number): Uint8Array => Buffer.from(`p ${n}`.padEnd(10));

class Story {
  readonly world = city.city();
  readonly kept = openMemoryStore();
  readonly head = headInMemory();
  readonly #clock = steppedClock(cast.now);
  /** Numbered over both sides: what was sent, and what nobody knows the outcome of. */
  #sent = 0;
  readonly #unknown: Record<SideName, number[]> = { consumer: [], provider: [] };
  readonly #places = new Map<number, string>();
  readonly durable: Record<SideName, number> = { consumer: 0, provider: 0 };
  readonly received: Record<SideName, number[]> = { consumer: [], provider: [] };
  #wires: Record<SideName, WatchedWire> | undefined;
  #fault: { at: Fault["at"]; left: number; how: Fault["how"] } | undefined;
  #ledger: OpenLedger | undefined;
  #relay: Relay | undefined;
  failed = 0;

  async begin(): Promise<void> {
    const rows = tableNames.flatMap((table) =>
      all(this.world, table).map((row) => ({ do: "put", table, row })),
    );
    const tx = await this.kept.begin();
    await tx.change(rows as unknown as readonly LedgerChange[]);
    await tx.commit();
    await this.#open();
  }

  /** In the order: what is unknown first, then what is new. */
  async take({ sends, fault }: Step): Promise<void> {
    this.#fault = fault === null ? undefined : { ...fault, left: fault.after };
    const sending = sides.map((side) => this.#send(side, sends[side]));
    const outcomes = await Promise.all(sending);
    this.#fault = undefined;
    await settled();
    if (outcomes.includes("stopped")) await this.#open();
  }

  async end(): Promise<void> {
    for (const side of sides) await this.#send(side, 0);
    await settled();
    this.#leave();
    for (const side of sides) {
      expect(this.#unknown[side]).toEqual([]);
      expect(this.received[others[side]]).toEqual(oneTo(this.durable[side]));
    }
    const seqs = [...this.#places.values()].map((place) => Number(place.split(" ")[1]));
    expect(seqs.toSorted((one, other) => one - other)).toEqual(oneTo(this.#places.size));
    expect(this.durable.consumer + this.durable.provider).toBe(this.#places.size);
  }

  async #send(side: SideName, count: number): Promise<"answered" | "failed" | "stopped"> {
    const fresh = oneTo(count).map((index) => this.#sent + index);
    this.#sent += count;
    const numbers = [...this.#unknown[side], ...fresh];
    this.#unknown[side] = numbers;
    if (numbers.length === 0 || this.#relay === undefined) return "answered";
    const asked: Command<"envelopes.send"> = command("envelopes.send", {
      id: cast.idOf("command", this.#sent * 2 + (side === "consumer" ? 0 : 1)),
      caller: callerOf(this.world, who[side]),
      envelopes: numbers.map((n) => envelopeOf(n)),
      socket: sockets[side],
    });
    try {
      const outcome = await this.#relay(asked, numbers.map(payloadOf));
      if (outcome.outcome === "refused") throw new Error(outcome.refusal.code);
      for (const [at, one] of outcome.answer.taken.entries()) this.#answered(side, numbers[at] ?? 0, one);
      this.#unknown[side] = [];
      return "answered";
    } catch (fault) {
      this.failed += 1;
      const { name } = fault as Error;
      expect(["StoreFailed", "LedgerStopped"]).toContain(name);
      return name === "LedgerStopped" ? "stopped" : "failed";
    }
  }

  #answered(side: SideName, number: number, one: Taken): void {
    if (one.outcome === "refused") throw new Error(one.refusal.code);
    const { n, seq } = one.outcome === "repeated" ? one.known : one;
    expect(n).toBeLessThanOrEqual(this.durable[side]);
    const place = `${n} ${seq}`;
    expect(this.#places.get(number) ?? place).toBe(place);
    this.#places.set(number, place);
  }

  /** The process is new; the store is what there is. */
  async #open(): Promise<void> {
    this.#leave();
    const { kept, head } = this;
    const store = this.#failingStore();
    this.#ledger = await openLedger({ store, head, clock: this.#clock, govern });
    const failures: unknown[] = [];
    const read = (wanted: Parameters<typeof readEnvelopes>[1]) => readEnvelopes(kept, wanted, cast.now);
    const holders = new Holders({ read, failed: (fault) => void failures.push(fault) });
    const outbox = {
      cut: async () => ({ sockets: 0, surviving: [] }),
      tell: () => undefined,
      deliver: (sent: Parameters<Holders["deliver"]>[0]) => holders.deliver(sent),
      credit: () => undefined,
    };
    this.#relay = openRelay(this.#ledger, outbox).relay;
    await this.#look();
    const wires = {
      consumer: new WatchedWire((n) => n <= this.durable.provider),
      provider: new WatchedWire((n) => n <= this.durable.consumer),
    };
    this.#wires = wires;
    const sendUpTo = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };
    for (const side of sides) {
      const upTo = this.durable[others[side]];
      const from = { session: city.active, side, after: this.received[side].length, upTo, handed: upTo };
      holders.begin(wires[side], { ...from, sendUpTo, isClosed: false });
    }
    await settled();
    expect(failures).toEqual([]);
  }

  #leave(): void {
    if (this.#wires !== undefined)
      for (const side of sides) this.received[side].push(...this.#wires[side].ns.splice(0));
  }

  #failingStore(): Store {
    const steps = failing.filter((at) => at !== "commit");
    const stepped = withSteps(
      this.kept,
      Object.fromEntries(steps.map((at) => [at, () => this.#mayFail(at)])),
    );
    const begin = async () => {
      const tx = await stepped.begin();
      const commit = async () => {
        // As of any store: what cannot be committed has stored nothing.
        await orRollBack(tx, async () => this.#mayFail("commit"));
        await tx.commit();
        await this.#look();
        // It is there, and who waits for it does not know.
        this.#mayFail("committed");
      };
      return { ...tx, commit };
    };
    return { ...stepped, begin };
  }

  async #look(): Promise<void> {
    const { record } = await this.kept.read({ record: find("sessionDue", { id: city.active }) });
    for (const side of sides) this.durable[side] = record?.[side].sent.n ?? 0;
  }

  #mayFail(at: Fault["at"]): void {
    const fault = this.#fault;
    if (fault === undefined || fault.at !== at) return;
    fault.left -= 1;
    if (fault.left > 0) return;
    this.#fault = undefined;
    const isGone = at === "committed" || fault.how === "never";
    throw new StoreFailed(isGone ? "io" : "full", isGone ? "never" : "later", { cause: new Error("EIO") });
  }
}

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const step: fc.Arbitrary<Step> = fc.record({
  sends: fc.record({ consumer: fc.nat(3), provider: fc.nat(3) }),
  fault: fc.option(
    fc.record({
      at: fc.constantFrom(...failing),
      after: fc.integer({ min: 1, max: 4 }),
      how: fc.constantFrom("later" as const, "never" as const),
    }),
  ),
});

const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));
const numRuns = Number(process.env.PARLEY_SCHEDULES ?? 300);

async function live(steps: readonly Step[]): Promise<number> {
  const story = new Story();
  await story.begin();
  for (const each of steps) await story.take(each);
  await story.end();
  return story.failed;
}

test(`${numRuns} stores that fail at any step: no yes and no delivery before it is durable, one outcome for what comes again (PARLEY_SEED=${seed}) [ENV-3] [ENV-10] [ENV-11]`, async () => {
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      failed += await live(steps);
    }),
    { numRuns, seed },
  );
  expect(failed).toBeGreaterThan(numRuns / 4);
}, 0);

test.each(failing)("a store that fails once at %s, and is there again", async (at) => {
  const sends = { consumer: 2, provider: 2 };
  const isGone = at === "committed";
  const fault = { at, after: 1, how: isGone ? "never" : "later" } as const;
  expect(
    await live([
      { sends, fault: null },
      { sends, fault },
      { sends, fault: null },
    ]),
  ).toBeGreaterThan(0);
});
