import { limits, type SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { Drains } from "./drains.js";
import { KeptWire } from "./testing/wires.js";

const [one, two] = ["ses_1" as SessionId, "ses_2" as SessionId];

describe("what is being drained", () => {
  test("is until the last of it was handled", () => {
    const drains = new Drains();
    drains.begin(one, { wire: new KeptWire(), upTo: 3 });
    drains.handled(one, 2);
    drains.handled(two, 3);
    expect(drains.has(one)).toBe(true);
    drains.handled(one, 3);
    expect([drains.has(one), drains.count]).toEqual([false, 0]);
  });

  test("is left with its connection, each by the one that has it now", () => {
    const drains = new Drains();
    const [first, second] = [new KeptWire(), new KeptWire()];
    for (const session of [one, two]) drains.begin(session, { wire: first, upTo: 3 });
    drains.begin(two, { wire: second, upTo: 3 });
    expect([drains.left(first), drains.left(first)]).toEqual([[one], []]);
    expect([drains.has(one), drains.has(two), drains.left(second)]).toEqual([false, true, [two]]);
  });

  test("that is too much is not kept here [LIM-1]", () => {
    const drains = new Drains();
    const wire = new KeptWire();
    for (let n = 0; n < limits.sessionsLostMax; n += 1)
      drains.begin(`ses_${n}` as SessionId, { wire, upTo: 1 });
    drains.begin("ses_more" as SessionId, { wire, upTo: 1 });
    expect([drains.count, drains.has("ses_more" as SessionId)]).toEqual([limits.sessionsLostMax, false]);
    drains.begin(one, { wire, upTo: 2 });
    drains.handled(one, 1);
    expect(drains.has(one)).toBe(true);
  });
});
