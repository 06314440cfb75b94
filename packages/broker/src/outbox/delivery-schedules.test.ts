import { randomInt } from "node:crypto";
import { limits } from "@parley/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { closedLife, endingOf } from "../governance/session/session-end.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { nextTurn } from "../turn.js";
import { Holders } from "./holders.js";
import { SendingSide } from "./testing/sending-side.js";
import { KeptWire, settled } from "./testing/wires.js";
import type { Delivered } from "./wire.js";

type Step =
  | { readonly do: "accept"; readonly count: number; readonly later: number }
  | { readonly do: "turn" | "fill" | "drain" | "leave" }
  /** Turns of the queue of promises, which is where answers and reads meet. */
  | { readonly do: "moment"; readonly turns: number }
  | { readonly do: "slow"; readonly before: number; readonly after: number; readonly segmentsAtOnce: number }
  /** Asked now, served so many moments later; from the last that was seen, or again from so many before. */
  | {
      readonly do: "join";
      readonly again: number;
      readonly later: number;
      readonly room: number;
      readonly sameWire: boolean;
    }
  | { readonly do: "close"; readonly how: "gentle" | "hard" };

const few = fc.nat(4);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("accept" as const),
      count: fc.integer({ min: 1, max: 4 }),
      later: few,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("turn" as const, "fill" as const, "drain" as const) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("moment" as const), turns: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ do: fc.constant("slow" as const), before: few, after: few },
      segmentsAtOnce: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ do: fc.constant("join" as const), again: few, later: fc.nat(12), sameWire: fc.boolean() },
      room: fc.integer({ min: 1, max: 6 }),
    }),
  },
);
const ending = fc.record({
  do: fc.constant("close" as const),
  how: fc.constantFrom("gentle" as const, "hard" as const),
});

async function moments(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined;
}

/** A connection that has no room after every so many, until it is said that it has. */
class NarrowWire extends KeptWire {
  readonly #room: number;
  #left: number;

  constructor(room: number) {
    super();
    this.#room = room;
    this.#left = room;
  }

  override deliver(envelope: Delivered): void {
    super.deliver(envelope);
    this.#left -= 1;
    if (this.#left <= 0) this.hasRoom = false;
  }

  override drain(): void {
    this.#left = this.#room;
    super.drain();
  }
}

/** One joining, and where in all that its connection was sent it begins. */
interface Joining {
  readonly wire: NarrowWire;
  readonly from: number;
  readonly after: number;
  readonly handed: number;
}

class Story {
  readonly sender = new SendingSide();
  readonly failures: unknown[] = [];
  readonly holders = new Holders({
    read: this.sender.read,
    failed: (fault) => void this.failures.push(fault),
  });
  readonly joinings: Joining[] = [];
  /** Whoever has joined last, while it is there. */
  wire: NarrowWire | undefined;
  /** When the last joining is served, and the last that was accepted is heard of. */
  served = Promise.resolve();
  heard = Promise.resolve();
  handed = 0;
  end: "gentle" | "hard" | undefined;

  async take(step: Step): Promise<void> {
    const { sender, holders, wire } = this;
    switch (step.do) {
      case "accept":
        if (this.end === undefined) this.#accept(step);
        return;
      case "turn":
        return nextTurn();
      case "moment":
        return moments(step.turns);
      case "fill":
        if (wire) wire.hasRoom = false;
        return;
      case "drain":
        return wire?.drain();
      case "leave":
        if (wire) holders.left(wire);
        this.wire = undefined;
        return;
      case "slow":
        sender.segmentsAtOnce = step.segmentsAtOnce;
        sender.before = () => moments(step.before * 3);
        sender.after = step.after > 2 ? nextTurn : () => moments(step.after * 3);
        return;
      case "join":
        return this.#join(step);
      case "close":
        return this.#close(step.how);
      default:
        step satisfies never;
    }
  }

  async #join({ again, later, room, sameWire }: Extract<Step, { do: "join" }>): Promise<void> {
    await this.served;
    if (this.end !== undefined) return;
    const { sender, holders, handed } = this;
    const wire = (sameWire ? this.wire : undefined) ?? new NarrowWire(room);
    const after = Math.max(0, this.#seen() - again);
    const { n: upTo, session } = sender;
    const sendUpTo = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };
    const held = { session, side: "provider", after, upTo, handed, sendUpTo, isClosed: false } as const;
    this.handed = upTo;
    // Nobody else joins a side that an open connection holds, and a newer one of the same instance ends the older.
    if (this.wire !== undefined && this.wire !== wire) holders.left(this.wire);
    this.wire = wire;
    this.served = moments(later).then(() => {
      if (this.wire !== wire) return;
      this.joinings.push({ wire, from: wire.delivered.length, after, handed });
      holders.begin(wire, held);
    });
  }

  /** In the record at once, and heard of so many moments later, in order. */
  #accept({ count, later }: Extract<Step, { do: "accept" }>): void {
    const { sender, holders } = this;
    const sent = sender.accept(...numbered(sender.n, count));
    if (this.wire !== undefined) this.handed = sender.n;
    this.heard = this.heard.then(() => moments(later)).then(() => holders.deliver(sent));
  }

  #seen(): number {
    const last = this.joinings.at(-1);
    return last?.wire.delivered.slice(last.from).at(-1)?.n ?? last?.after ?? 0;
  }

  async #close(how: "gentle" | "hard"): Promise<void> {
    await this.heard;
    const { sender, holders } = this;
    this.end = how;
    sender.isClosed = true;
    if (how === "hard") sender.upTo = 0;
    const { life } = city.sessionRow(sender.session, city.lives.active);
    const reason = how === "hard" ? "membership_removed" : "completed_by_consumer";
    const nothing = { accepted: 0, handed: 0, acknowledged: 0 };
    holders.closed({
      session: sender.session,
      life: closedLife(life, endingOf(reason, cast.scout1), cast.now),
      sides: { consumer: { ...nothing, accepted: sender.n }, provider: nothing },
    });
  }
}

const numbered = (after: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => after + at + 1);

const again = ',"redelivered":true';

/** Every joining: without a gap or a repeat, marked as it should be, each time with the same bytes. */
function judge({ joinings, sender, failures, end }: Story): void {
  const first = new Map<number, string>();
  for (const [at, { wire, from, after, handed }] of joinings.entries()) {
    const next = joinings.slice(at + 1).find((one) => one.wire === wire);
    const sent = wire.delivered.slice(from, next?.from);
    expect(sent.map(({ n }) => n)).toEqual(numbered(after, sent.length));
    for (const { n, stamp, header, payload } of sent) {
      // What came over this connection after the join was asked for, and before it was served, counts as well.
      const mayBe = n <= handed || first.has(n);
      if (mayBe || end === undefined) expect([n, stamp.includes(again)]).toEqual([n, mayBe]);
      const whole = [stamp.replace(again, ""), header, Buffer.from(payload).toString()].join(" ");
      expect(whole).toBe(first.get(n) ?? whole);
      first.set(n, whole);
    }
  }
  expect([failures, sender.n >= 0]).toEqual([[], true]);
}

async function live(steps: readonly Step[]): Promise<void> {
  const story = new Story();
  for (const step of steps) await story.take(step);
  await Promise.all([story.served, story.heard]);
  const { sender, holders, wire, end } = story;
  const cutAt = wire?.delivered.length;
  for (let round = 0; round <= sender.n; round++) {
    wire?.drain();
    await settled();
    if (holders.count === 0 || wire?.delivered.at(-1)?.n === sender.n) break;
  }
  await settled();
  judge(story);
  const last = story.joinings.at(-1);
  if (wire === undefined || last === undefined) expect(holders.count).toBe(0);
  else if (end === "hard") expect([holders.count, wire.delivered.length]).toEqual([0, cutAt]);
  else {
    expect(last.after + wire.delivered.length - last.from).toBe(sender.n);
    expect(holders.count).toBe(end === undefined ? 1 : 0);
  }
}

const numRuns = Number(process.env.PARLEY_SCHEDULES ?? 2_000);
const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));

test(`${numRuns} schedules of sending, reading, room and joining lose, repeat and turn around nothing (PARLEY_SEED=${seed}) [ENV-14] [ENV-15]`, async () => {
  const steps = fc
    .tuple(fc.array(step, { minLength: 1, maxLength: 30 }), fc.option(ending))
    .map(([before, end]): readonly Step[] => (end === null ? before : [...before, end]));
  await fc.assert(fc.asyncProperty(steps, live), { numRuns, seed });
}, 0);
