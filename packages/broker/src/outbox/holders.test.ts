import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { FactData } from "../governance/fact.js";
import { closedLife, endingOf } from "../governance/session/session-end.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { scene, window } from "./testing/held-side.js";
import type { SendingSide } from "./testing/sending-side.js";
import { KeptWire, settled } from "./testing/wires.js";

type Reason = FactData["session.closed"]["life"]["ending"]["reason"];

function closing(sender: SendingSide, reason: Reason): FactData["session.closed"] {
  const { life } = city.sessionRow(sender.session, city.lives.active);
  const nothing = { accepted: 0, handed: 0, acknowledged: 0 };
  return {
    session: sender.session,
    life: closedLife(life, endingOf(reason, cast.scout1), cast.now),
    sides: { consumer: { ...nothing, accepted: sender.n }, provider: nothing },
  };
}

const ns = (wire: KeptWire): number[] => wire.delivered.map(({ n }) => n);
const upTo = (last: number, from = 1): number[] =>
  Array.from({ length: last - from + 1 }, (_, at) => from + at);
const again = (wire: KeptWire): number[] =>
  wire.delivered.filter(({ stamp }) => stamp.includes('"redelivered":true')).map(({ n }) => n);

/** Something that the test lets go on. */
function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { pass: () => passed, open };
}

describe("a side that is held [ENV-14] [ENV-15]", () => {
  test("is sent what there is, and then what comes, in order, without reading again", async () => {
    const { sender, begin, accept, wire } = scene();
    accept(3);
    begin(wire);
    await settled();
    const { reads } = sender;
    for (const count of [1, 5, 2]) accept(count);
    expect(ns(wire)).toEqual(upTo(11));
    expect([reads, sender.reads]).toEqual([1, 1]);
  });

  test("is sent what was accepted between the answer to its join and the moment in which it is served", async () => {
    const { begin, accept, wire, sender } = scene();
    accept(2);
    const from = { after: 2, upTo: sender.n };
    accept(3);
    begin(wire, from);
    await settled();
    expect(ns(wire)).toEqual([3, 4, 5]);
  });

  test("is told how far it may send, if that has grown in the same moment [ENV-12]", async () => {
    const { begin, wire, sender, session } = scene();
    sender.sendUpTo = { ...window, n: window.n + limits.envelopesUnhandledMax };
    begin(wire);
    await settled();
    expect(wire.told).toEqual([{ event: "credit", session, sendUpTo: sender.sendUpTo }]);
  });

  test("is sent what comes while the record is read after that, once", async () => {
    const { sender, begin, accept, wire } = scene();
    accept(2);
    const reading = gate();
    sender.after = reading.pass;
    begin(wire);
    accept(1);
    await settled();
    expect(ns(wire)).toEqual([]);
    reading.open();
    await settled();
    expect(ns(wire)).toEqual([1, 2, 3]);
  });

  test.each([0, 1])(
    "is sent what comes in the very turn in which it has caught up with %i",
    async (already) => {
      for (let turns = 0; turns < 12; turns++) {
        const { sender, begin, accept, wire } = scene();
        // So many turns of the queue of promises after the record was read.
        const later = async () => {
          for (let turn = 0; turn < turns; turn++) await undefined;
          if (sender.n === already) accept(1);
        };
        sender.after = async () => void later();
        if (already > 0) accept(already);
        begin(wire);
        await settled();
        expect({ turns, ns: ns(wire) }).toEqual({ turns, ns: upTo(already + 1) });
      }
    },
  );

  test("that has no room is sent nothing, and the rest from the record when it has, however long that takes", async () => {
    const { sender, begin, accept, wire } = scene();
    begin(wire);
    await settled();
    wire.hasRoom = false;
    for (let count = 0; count < 100; count++) accept(2);
    await settled();
    expect(ns(wire)).toEqual([]);
    const { reads } = sender;
    wire.drain();
    await settled();
    expect(ns(wire)).toEqual(upTo(200));
    accept(1);
    expect(ns(wire)).toEqual(upTo(201));
    // One number is kept of it meanwhile: nothing was read, and one call waits.
    expect([reads, wire.waited]).toEqual([1, 1]);
  });

  test("that has lost its room to another session while the record was read goes on when it has room", async () => {
    const { sender, begin, accept, wire } = scene();
    accept(2);
    sender.after = async () => {
      wire.hasRoom = false;
    };
    begin(wire);
    await settled();
    expect(ns(wire)).toEqual([]);
    sender.after = () => Promise.resolve();
    wire.drain();
    await settled();
    expect(ns(wire)).toEqual([1, 2]);
  });

  test("whose record cannot be read says so, and nothing else falls", async () => {
    const { sender, begin, accept, wire, failures } = scene();
    const fault = new Error("the disk is gone");
    accept(1);
    sender.before = () => Promise.reject(fault);
    begin(wire);
    await settled();
    wire.hasRoom = false;
    accept(1);
    await settled();
    wire.drain();
    await settled();
    expect(failures).toEqual([fault, fault]);
    sender.before = () => Promise.resolve();
    accept(1);
    await settled();
    expect(ns(wire)).toEqual([1, 2, 3]);
  });

  test("begins after what it names, and marks exactly what may have been handed out before", async () => {
    const { begin, accept, wire } = scene();
    accept(4);
    accept(4);
    begin(wire, { after: 2, handed: 5 });
    await settled();
    accept(1);
    expect(ns(wire)).toEqual(upTo(9, 3));
    expect(again(wire)).toEqual([3, 4, 5]);
  });

  test("is sent nothing beyond what may be had now, and does not go on asking", async () => {
    const { sender, begin, accept, wire, holders } = scene();
    accept(8);
    sender.upTo = 3;
    begin(wire);
    await settled();
    expect(ns(wire)).toEqual([1, 2, 3]);
    expect(sender.reads).toBeLessThan(4);
    expect(holders.count).toBe(1);
  });

  test("hears of what is missing in its place, once, and of nothing that is not", async () => {
    const { sender, begin, accept, wire, session } = scene();
    for (let count = 0; count < 4; count++) accept(3);
    sender.lose(4, 6);
    sender.lose(7, 8);
    const said: string[] = [];
    wire.onSaid = (what) => said.push(what);
    begin(wire);
    await settled();
    expect(ns(wire)).toEqual([1, 2, 3, 9, 10, 11, 12]);
    expect(wire.told).toEqual(
      [
        { from: 4, to: 6 },
        { from: 7, to: 8 },
      ].map((hole) => ({
        ...{ event: "session.missing", session, missing: { ...hole, why: "erased" } },
      })),
    );
    expect(said.join(" ")).toBe("1 2 3 session.missing session.missing 9 10 11 12");
  });
});

describe("the end of what is delivered", () => {
  test.each<[Reason, "gentle" | "hard"]>([
    ["completed_by_consumer", "gentle"],
    ["contract_violation", "gentle"],
    ["membership_removed", "hard"],
    ["operator_closed", "hard"],
  ])("after %s is %s [SES-12]", async (reason, how) => {
    const { sender, holders, begin, accept, wire } = scene();
    begin(wire);
    await settled();
    wire.hasRoom = false;
    accept(2);
    holders.closed(closing(sender, reason));
    expect(holders.count).toBe(how === "gentle" ? 1 : 0);
    wire.drain();
    await settled();
    expect(ns(wire)).toEqual(how === "gentle" ? [1, 2] : []);
    expect(holders.count).toBe(0);
  });

  test("of a session that has closed by the time it is served is found in the record", async () => {
    const { sender, holders, begin, accept, wire } = scene();
    accept(2);
    sender.isClosed = true;
    begin(wire, { upTo: 0 });
    await settled();
    expect(ns(wire)).toEqual([1, 2]);
    expect(holders.count).toBe(0);
  });

  test("of one that was joined to be drained comes with its last envelope", async () => {
    const { sender, holders, begin, accept, wire } = scene();
    accept(2);
    begin(wire, { isClosed: true });
    await settled();
    expect([ns(wire), holders.count]).toEqual([[1, 2], 0]);
    const nothing = new KeptWire();
    begin(nothing, { isClosed: true, after: 2 });
    await settled();
    expect([ns(nothing), holders.count, sender.reads]).toEqual([[], 0, 1]);
  });

  test("is when another connection holds the side, or joins it again", async () => {
    const { holders, begin, accept, wire } = scene();
    const next = new KeptWire();
    begin(wire);
    await settled();
    accept(1);
    begin(next, { after: 1, upTo: 1 });
    await settled();
    accept(1);
    expect([ns(wire), ns(next)]).toEqual([[1], [2]]);
    begin(next, { after: 0, handed: 2 });
    await settled();
    expect([ns(next), again(next), holders.count]).toEqual([[2, 1, 2], [1, 2], 1]);
    // What left with the connection before is not what another holds by now.
    holders.left(wire);
    accept(1);
    expect(ns(next).at(-1)).toBe(3);
    holders.left(next);
    accept(1);
    expect([ns(next).at(-1), holders.count]).toEqual([3, 0]);
  });

  test("is when it is joined again, and what it was given since that was answered comes marked", async () => {
    const { begin, accept, wire } = scene();
    begin(wire);
    await settled();
    accept(2);
    const from = { after: 1, upTo: 2, handed: 2 };
    accept(2);
    begin(wire, from);
    await settled();
    accept(1);
    expect([ns(wire), again(wire)]).toEqual([
      [1, 2, 3, 4, 2, 3, 4, 5],
      [2, 3, 4],
    ]);
  });

  test("is when the connection leaves in the middle of what is read", async () => {
    const { sender, holders, begin, accept, wire } = scene();
    const reading = gate();
    sender.after = reading.pass;
    accept(2);
    begin(wire);
    holders.left(wire);
    reading.open();
    await settled();
    expect([ns(wire), holders.count]).toEqual([[], 0]);
  });
});
