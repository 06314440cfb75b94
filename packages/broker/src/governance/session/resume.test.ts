/** From where deliveries go on when a side is joined, and what is missing [ENV-14]. */
import type { Terms } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  acks,
  cityUnder,
  closedAt,
  handledIn,
  joins,
  numbers,
  resumed,
  sends,
} from "../testing/envelope-story.js";
import { connect } from "../testing/session-scenes.js";
import { copyOf, get, patch, put, type World } from "../testing/world.js";

const { now, scout1, north1 } = cast;
const drainMs = limits.drainSeconds * 1_000;

/** Ten of the consumer's, of which the provider has acknowledged four; two of its own. */
function town(terms: Partial<Terms> = {}): World {
  const world = cityUnder(terms);
  sends(world, scout1, numbers(1, 10));
  sends(world, north1, numbers(21, 22));
  acks(world, north1, 4);
  return world;
}
const from = (after: number) => ({ after, era: 1 });
const erased = (first: number, last: number) => ({ from: first, to: last, why: "erased" });
const notHeld = (first: number, last: number) => ({ from: first, to: last, why: "not-held" });

interface Row {
  readonly terms?: Partial<Terms>;
  readonly cursor?: number;
  readonly after: number;
  readonly missing?: readonly object[];
}
const keeps = { payloadRetention: "until_closed" } as const;

describe("who has held the side", () => {
  const rows: Readonly<Record<string, Row>> = {
    "without a cursor goes on after what is acknowledged": { after: 4 },
    "with a cursor goes on after that": { cursor: 6, after: 6 },
    "with a cursor at the end is given nothing more": { cursor: 10, after: 10 },
    "with a cursor beyond the end goes on from the end": { cursor: 99, after: 10 },
    "with one below what was acknowledged is told that it is erased": {
      ...{ cursor: 1, after: 4, missing: [erased(2, 4)] },
    },
    "with a cursor at what was acknowledged misses nothing": { cursor: 4, after: 4 },
    "reads again what is kept": { terms: keeps, cursor: 1, after: 1 },
    "reads again all that is kept": { terms: keeps, cursor: 0, after: 0 },
    "without a cursor does not read it again": { terms: keeps, after: 4 },
  };
  test.each(Object.entries(rows))("%s", (_what, { terms, cursor, after, missing = [] }) => {
    const verdict = joins(town(terms), north1, cursor === undefined ? null : from(cursor));
    expect(resumed(verdict)).toMatchObject({ side: "provider", after, upTo: 10, missing });
  });

  test("is told how it stands, what it has sent, and what may have been handed out before", () => {
    const world = town();
    const stands = {
      state: "active",
      left: { envelopes: 988, bytes: 16 * 1_048_576 - 12 * 25 + 9, milliseconds: 3_580_000 },
      sendUpTo: { n: 256, bytes: 4 * 1_048_576 },
    };
    expect(resumed(joins(world, north1))).toMatchObject({ sent: 2, handed: 10, stands });
    expect(resumed(joins(world, scout1))).toMatchObject({
      ...{ side: "consumer", after: 0, upTo: 2, sent: 10, missing: [] },
      stands: { ...stands, sendUpTo: { n: 260, bytes: 4 * 1_048_576 + 4 * 24 } },
    });
  });

  test("joins again, and nothing else changes [SES-9]", () => {
    const world = town();
    const before = copyOf(world);
    joins(world, north1, from(7));
    expect(world).toEqual(before);
  });
});

describe("a cursor", () => {
  test.each([0, 2])("of the era %i is of another record, for who has joined as for who has not", (era) => {
    const refusal = { code: "cursor.era" };
    expect(joins(town(), north1, { after: 1, era })).toMatchObject({ refusal });
    const world = town();
    patch(world, "sides", { session: city.active, side: "provider" }, { joinedAt: null });
    expect(joins(world, north1, { after: 1, era })).toMatchObject({ refusal });
  });
});

describe("who has not held the side before", () => {
  /** The provider's side is free, though something of what is sent to it was acknowledged. */
  const joined = (terms: Partial<Terms>, cursor: number | undefined) => {
    const world = town(terms);
    const id = city.active;
    patch(world, "sides", { session: id, side: "provider" }, { joinedAt: null });
    patch(world, "sessions", { id }, { life: city.lives.accepted });
    connect(world, city.north2);
    return resumed(joins(world, city.north2, cursor === undefined ? null : from(cursor)));
  };
  const rows: Readonly<Record<string, Row>> = {
    "goes on after what was acknowledged": { terms: keeps, after: 4 },
    "is not given what another has acknowledged, though it is kept": {
      ...{ terms: keeps, cursor: 1, after: 4, missing: [notHeld(2, 4)] },
    },
    "is told of what is erased that it is": { cursor: 1, after: 4, missing: [erased(2, 4)] },
    "with a cursor beyond that goes on after it": { terms: keeps, cursor: 7, after: 7 },
  };
  test.each(Object.entries(rows))("%s", (_what, { terms = {}, cursor, after, missing = [] }) => {
    expect(joined(terms, cursor)).toMatchObject({ after, upTo: 10, missing });
  });
});

describe("after the close", () => {
  const rows: Readonly<
    Record<
      string,
      Row & {
        readonly reason: "idle_timeout" | "operator_closed";
        readonly later: number;
        readonly upTo: number;
      }
    >
  > = {
    "a gentle one drains": { reason: "idle_timeout", later: 0, after: 4, upTo: 10 },
    "a gentle one drains to its last millisecond": {
      reason: "idle_timeout",
      later: drainMs - 1,
      after: 4,
      upTo: 10,
    },
    "what has not drained by then is erased": {
      ...{ reason: "idle_timeout", later: drainMs, after: 4, upTo: 4, missing: [erased(5, 10)] },
    },
    "a hard one cuts at once": {
      ...{ reason: "operator_closed", later: 0, after: 4, upTo: 4, missing: [erased(5, 10)] },
    },
    "what days keep is read again": {
      ...{ reason: "operator_closed", later: 0, terms: { payloadRetention: { days: 2 } }, cursor: 1 },
      ...{ after: 1, upTo: 4, missing: [erased(5, 10)] },
    },
    "what they do not keep any longer is not": {
      ...{ reason: "idle_timeout", later: 2 * drainMs, terms: { payloadRetention: { days: 2 } }, cursor: 1 },
      ...{ after: 4, upTo: 4, missing: [erased(2, 4), erased(5, 10)] },
    },
    "what was kept until the close is gone with it": {
      ...{
        reason: "idle_timeout",
        later: 0,
        terms: keeps,
        cursor: 1,
        after: 4,
        upTo: 10,
        missing: [erased(2, 4)],
      },
    },
    "from a cursor beyond what may be had, nothing": {
      ...{ reason: "operator_closed", later: 0, cursor: 7, after: 7, upTo: 4, missing: [erased(8, 10)] },
    },
  };
  test.each(Object.entries(rows))(
    "%s",
    (_what, { reason, later, terms = {}, cursor, after, upTo, missing = [] }) => {
      const world = town(terms);
      closedAt(world, now, reason);
      const verdict = joins(world, north1, cursor === undefined ? null : from(cursor), now + later);
      expect(resumed(verdict)).toMatchObject({ after, upTo, missing, stands: { state: "closed" } });
    },
  );
});

describe("what is about to be handed out", () => {
  test("is written to have been, with the join: what comes again is known by it", () => {
    const world = town();
    const row = { session: city.active, side: "consumer", n: 4, bytes: 96, handed: 6 } as const;
    put(world, "handled", row);
    expect(resumed(joins(world, north1))?.handed).toBe(6);
    expect(handledIn(world)).toEqual({ ...row, handed: 10 });
    expect(resumed(joins(world, north1))?.handed).toBe(10);
  });

  test("is not what may not be had any more", () => {
    const world = town();
    put(world, "handled", { session: city.active, side: "consumer", n: 4, bytes: 96, handed: 6 });
    closedAt(world, now, "operator_closed");
    joins(world, north1);
    expect(handledIn(world)?.handed).toBe(6);
  });
});

describe("what is sent is handed out at once", () => {
  const handed = (spoil: (world: World) => void) => {
    const world = cityUnder();
    spoil(world);
    sends(world, scout1, numbers(1, 2));
    return get(world, "handled", { session: city.active, side: "consumer" })?.handed;
  };

  test("where the receiver has joined and is connected", () => {
    expect(handed(() => undefined)).toBe(2);
  });

  test("not where it has not joined", () => {
    expect(
      handed((world) => {
        patch(world, "sessions", { id: city.active }, { life: city.lives.accepted });
        patch(world, "sides", { session: city.active, side: "provider" }, { joinedAt: null });
      }),
    ).toBeUndefined();
  });

  test("not where it is not connected", () => {
    expect(
      handed((world) => patch(world, "connections", { instance: north1 }, { state: "closed" })),
    ).toBeUndefined();
    expect(
      handed((world) => {
        for (const [name, { instance }] of world.rows.connections)
          if (instance === north1) world.rows.connections.delete(name);
      }),
    ).toBeUndefined();
  });
});
