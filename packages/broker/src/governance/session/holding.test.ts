/** Who may go on with a side whose holder has left, and what becomes of who held it before [SES-23] [SES-25]. */
import { limits, type Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  acking,
  acks,
  cityUnder,
  closedAt,
  closes,
  doing,
  handledIn,
  joins,
  leaves,
  numbers,
  resumed,
  returns,
  sends,
} from "../testing/envelope-story.js";
import { connect } from "../testing/session-scenes.js";
import { get, patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now, scout1, north1 } = cast;
const { north2 } = city;
const notHeld = "session.not-held";
const code = (verdict: Verdict) => (verdict.verdict === "accepted" ? "accepted" : verdict.refusal.code);
const drainMs = limits.drainSeconds * 1_000;

/** Ten of the consumer's, of which the provider has acknowledged four; its sibling is connected. */
function town(terms: Partial<Terms> = {}): World {
  const world = cityUnder(terms);
  put(world, "holders", { session: city.active, side: "provider", instance: north1 });
  connect(world, north2);
  sends(world, scout1, numbers(1, 10));
  acks(world, north1, 4);
  return world;
}
const provider = (world: World) => get(world, "sides", { session: city.active, side: "provider" });

describe("a sibling of the holder", () => {
  interface Row {
    readonly terms?: Partial<Terms>;
    readonly goodbye?: boolean;
    readonly at: number;
    readonly answer: object;
  }
  const refused = (retryAfterMs?: number) => ({
    refusal: { code: notHeld, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
  const taken = { verdict: "accepted" };
  const rows: Readonly<Record<string, Row>> = {
    "waits while it alone may come back, and is told how long": { at: 0, answer: refused(30_000) },
    "waits to the last millisecond": { at: 29_999, answer: refused(1) },
    "takes it then": { at: 30_000, answer: taken },
    "takes it at once after a goodbye": { goodbye: true, at: 0, answer: taken },
    "waits as long as the terms say": { terms: { resumeGraceSeconds: 5 }, at: 4_999, answer: refused(1) },
    "takes it when the terms say": { terms: { resumeGraceSeconds: 5 }, at: 5_000, answer: taken },
    "takes it at once where they say nothing": { terms: { resumeGraceSeconds: 0 }, at: 0, answer: taken },
  };
  test.each(Object.entries(rows))("%s", (_what, { terms = {}, goodbye = false, at, answer }) => {
    const world = town(terms);
    leaves(world, north1, { goodbye });
    expect(joins(world, north2, null, now + at)).toMatchObject(answer);
  });

  test.each(["accepted", "active"] as const)("does so in %s", (state) => {
    const world = town();
    patch(world, "sessions", { id: city.active }, { life: city.lives[state] });
    leaves(world, north1, { goodbye: true });
    expect(code(joins(world, north2))).toBe("accepted");
  });

  test("is refused while it is connected, however it left before, and not told to wait", () => {
    const world = town();
    expect(joins(world, north2)).toMatchObject({ refusal: { code: notHeld } });
    leaves(world, north1, { goodbye: true });
    returns(world, north1, now + 1);
    const again = joins(world, north2, null, now + 3_600_000 - 60_000);
    expect(again.verdict === "refused" && again.refusal).toEqual({ code: notHeld });
  });

  test("is refused where nobody knows any more whether it is connected", () => {
    const world = town();
    world.rows.connections.clear();
    connect(world, north2);
    expect(code(joins(world, north2, null, now + 600_000 - 1))).toBe(notHeld);
  });
});

describe("a side that is handed over", () => {
  function handedOver(terms: Partial<Terms> = {}) {
    const world = town(terms);
    leaves(world, north1, { goodbye: true });
    return { world, verdict: joins(world, north2, null, now + 1) };
  }

  test("is one fact, told to both, which names both; and nothing else changes in its life", () => {
    const { world, verdict } = handedOver();
    const data = {
      session: city.active,
      side: "provider",
      from: north1,
      to: north2,
      boundAt: now + 1,
      joinedAt: now + 1,
    };
    expect(verdict.facts).toMatchObject([
      { stream: `session:${city.active}`, kind: "session.handed-over", content: { actor: north2, data } },
    ]);
    expect(provider(world)).toMatchObject({ instance: north2, boundAt: now + 1, joinedAt: now + 1 });
    expect(get(world, "sessions", { id: city.active })?.life).toEqual(city.lives.active);
    expect(verdict.work.filter(({ table }) => table === "deadlines")).toEqual([]);
  });

  test("goes on after what was acknowledged; what was handed out before is known to have been", () => {
    const { verdict } = handedOver({ payloadRetention: "until_closed" });
    expect(resumed(verdict)).toMatchObject({ after: 4, upTo: 10, handed: 10 });
  });

  test("is not its former holder's any more: to send, to acknowledge, to close, to join", () => {
    const { world } = handedOver();
    returns(world, north1, now + 2);
    const at = now + 3;
    expect(sends(world, north1, numbers(50, 50), at)).toMatchObject({
      answer: { taken: [{ refusal: { code: notHeld } }] },
    });
    acks(world, north1, 8, at);
    expect(handledIn(world)?.n).toBe(4);
    expect([code(closes(world, north1, at)), code(joins(world, north1, null, at))]).toEqual([
      notHeld,
      notHeld,
    ]);
    expect(sends(world, north2, numbers(51, 51), at)).toMatchObject({ answer: { taken: [{ n: 1 }] } });
    acks(world, north2, 8, at);
    expect(handledIn(world)?.n).toBe(8);
    expect(code(closes(world, north2, at))).toBe("accepted");
  });

  test("is taken back in the same way; what was held before is read again, what another acknowledged meanwhile too", () => {
    const { world } = handedOver({ payloadRetention: "until_closed" });
    acks(world, north2, 6, now + 2);
    leaves(world, north2, { goodbye: true }, now + 3);
    returns(world, north1, now + 4);
    const back = joins(world, north1, { after: 1, era: 1 }, now + 5);
    expect(back.facts).toMatchObject([{ content: { data: { from: north2, to: north1 } } }]);
    expect(resumed(back)).toMatchObject({ after: 1, missing: [] });
  });

  test("is given to who never held it without what was acknowledged before", () => {
    const world = town({ payloadRetention: "until_closed" });
    leaves(world, north1, { goodbye: true });
    const verdict = joins(world, north2, { after: 1, era: 1 }, now + 1);
    expect(resumed(verdict)).toMatchObject({ after: 4, missing: [{ from: 2, to: 4, why: "not-held" }] });
  });

  test("relies on who has it now, and not on who had it [SES-10]", () => {
    const { world } = handedOver();
    patch(world, "instances", { id: north1 }, { standing: "revoked", takenAt: now + 2 });
    expect(code(joins(world, north2, null, now + 3))).toBe("accepted");
    patch(world, "instances", { id: north2 }, { takenAt: now + 4 });
    expect(resumed(joins(world, north2, null, now + 5))?.stands.state).toBe("closed");
  });

  test("is told to who takes it again when it asks again, and is no second fact [SES-9]", () => {
    const { world } = handedOver();
    expect(joins(world, north2, null, now + 2)).toMatchObject({ verdict: "accepted", facts: [] });
  });
});

describe("after the close", () => {
  /** The holder has left for good, and the session closed. */
  function closedTown(reason: "idle_timeout" | "operator_closed", terms: Partial<Terms> = {}): World {
    const world = town(terms);
    leaves(world, north1, { goodbye: true });
    closedAt(world, now, reason);
    return world;
  }

  test("a sibling drains what the holder has left, and it is no fact [SES-15]", () => {
    const world = closedTown("idle_timeout");
    const verdict = joins(world, north2, null, now + 1);
    expect([code(verdict), verdict.facts]).toEqual(["accepted", []]);
    expect(resumed(verdict)).toMatchObject({ after: 4, upTo: 10, missing: [], stands: { state: "closed" } });
    expect(provider(world)?.instance).toBe(north1);
    acks(world, north2, 10, now + 2);
    expect(handledIn(world)?.n).toBe(10);
  });

  test.each([
    ["within the holder's grace", (world: World) => leaves(world, north1, { goodbye: false })],
    ["while the holder is connected", () => undefined],
  ])("a sibling neither joins nor acknowledges %s", (_what, then) => {
    const world = town();
    then(world);
    closedAt(world, now, "idle_timeout");
    expect(code(joins(world, north2, null, now + 1))).toBe(notHeld);
    doing(world, acking(world, north2, [{ session: city.active, n: 9 }]), now + 1);
    expect(handledIn(world)?.n).toBe(4);
    if (get(world, "connections", { instance: north1 })?.state === "closed") returns(world, north1, now + 2);
    expect(resumed(joins(world, north1, null, now + 3))).toMatchObject({ after: 4, upTo: 10 });
  });

  test("a side that nobody had joined is drained by any", () => {
    const world = town();
    patch(world, "sides", { session: city.active, side: "provider" }, { joinedAt: null });
    closedAt(world, now, "completed_by_consumer");
    expect(resumed(joins(world, north2))).toMatchObject({ after: 4, upTo: 10 });
    acks(world, north2, 7);
    expect(handledIn(world)?.n).toBe(7);
  });

  const state = { refusal: { code: "session.state", state: "closed" } };
  const keeps = { payloadRetention: { days: 3 } } as const;
  test.each([
    ["when it has drained", closedTown("idle_timeout"), drainMs],
    ["when it was cut", closedTown("operator_closed"), 0],
    ["when it was cut, though what it never held is kept", closedTown("operator_closed", keeps), 0],
  ])("a sibling finds nothing %s", (_what, world, later) => {
    expect(joins(world, north2, null, now + later)).toMatchObject(state);
  });

  test("a sibling finds nothing when everything was acknowledged", () => {
    const world = closedTown("idle_timeout");
    put(world, "handled", { session: city.active, side: "consumer", n: 10, bytes: 250, handed: 10 });
    expect(joins(world, north2)).toMatchObject(state);
  });

  test("who has held it before reads what is kept after a hard end, as long as it is", () => {
    const world = closedTown("operator_closed", keeps);
    put(world, "holders", { session: city.active, side: "provider", instance: north2 });
    const cursor = { after: 0, era: 1 };
    expect(resumed(joins(world, north2, cursor, now + 3 * drainMs - 1))).toMatchObject({ after: 0, upTo: 4 });
    expect(joins(world, north2, cursor, now + 3 * drainMs)).toMatchObject(state);
  });

  test("what was rejected has nothing to join for", () => {
    const { world, command: join } = { world: town(), command: command("session.join") };
    closedAt(world, now, "rejected");
    patch(world, "sides", { session: city.active, side: "consumer" }, { joinedAt: null });
    expect(doing(world, { ...join, session: city.active }, now)).toMatchObject({ verdict: "accepted" });
    expect(joins(world, scout1)).toMatchObject(state);
  });
});

test("who has joined has held it, and who was handed it too", () => {
  const world = cityUnder();
  connect(world, north2);
  doing(world, command("session.join"));
  const of = { session: city.accepted, side: "provider" } as const;
  expect(get(world, "holders", { ...of, instance: north1 })).toBeDefined();
  leaves(world, north1, { goodbye: true });
  joins(world, north2, null, now + 1);
  expect(get(world, "holders", { ...of, session: city.active, instance: north2 })).toBeDefined();
});
