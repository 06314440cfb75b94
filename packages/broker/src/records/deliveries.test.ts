import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command, CommandKind } from "../governance/command.js";
import { nothingSent } from "../governance/session/envelope-entities.js";
import { callerOf, command } from "../governance/testing/asked.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { settle } from "../governance/testing/decide.js";
import { get, patch, put, type World } from "../governance/testing/world.js";
import { recordOf } from "../governance/testing/world-sessions.js";
import type { StoredSegment } from "../ledger/envelope-pages.js";
import type { Store } from "../ledger/store.js";
import { readEnvelopes } from "./deliveries.js";

const { now } = cast;
const segments = [{ contentText: "" }] as unknown as readonly StoredSegment[];

/** The consumer has sent five, of which two are handled; the provider has sent ten, of which three are. */
function sending(): World {
  const world = city.city();
  const session = city.active;
  put(world, "tallies", { ...nothingSent(session, "consumer"), n: 5, bytes: 500 });
  put(world, "handled", { session, side: "consumer", n: 2, bytes: 200, handed: 4 });
  put(world, "tallies", { ...nothingSent(session, "provider"), n: 10, bytes: 900 });
  put(world, "handled", { session, side: "provider", n: 3, bytes: 300, handed: 10 });
  return world;
}

async function readIn(world: World, at: number) {
  const asked: object[] = [];
  const store = {
    read: async (questions: object) => {
      asked.push(questions);
      return { record: recordOf(world, city.active), era: 1, segments };
    },
  } as unknown as Pick<Store, "read">;
  const read = await readEnvelopes(store, { session: city.active, side: "consumer", n: 3 }, now + at);
  return { ...read, asked };
}

describe("what may be delivered of a session [SES-10] [ENV-14]", () => {
  test("that is open is all that was sent, with how far who receives it may send", async () => {
    const { asked, ...read } = await readIn(sending(), 0);
    expect(read).toEqual({
      from: { agent: cast.scout, organisation: cast.acme },
      upTo: 5,
      isClosed: false,
      sendUpTo: { n: 3 + limits.envelopesUnhandledMax, bytes: 300 + limits.bytesUnhandledMax },
      segments,
    });
    const by = { session: city.active, side: "consumer", n: 3 };
    expect(asked).toMatchObject([{ segments: { find: "segmentsFrom", by } }]);
  });

  const taking: Readonly<Record<string, [CommandKind, typeof cast.ada | typeof cast.root, object]>> = {
    "the consumer's membership": ["member.remove", cast.ada, { workgroup: city.channel, agent: cast.scout }],
    "the consumer's agent, suspended": ["agent.suspend", cast.ada, { agent: cast.scout }],
    "the consumer's agent, revoked": ["agent.revoke", cast.ada, { agent: cast.scout }],
    "the consumer's instance": ["instance.suspend", cast.ada, { instance: cast.scout1 }],
    "the consumer's being in": ["workgroup.leave", cast.ada, { workgroup: city.channel }],
    "the provider's agent": ["agent.suspend", cast.bea, { agent: cast.north }],
    "the provider's organisation": ["organisation.revoke", cast.root, { organisation: cast.borealis }],
    "the workgroup": ["workgroup.dissolve", cast.bea, { workgroup: city.channel }],
  };
  test.each(Object.entries(taking))(
    "from which %s was taken is what was handled, before anybody has written that it ended",
    async (_title, [kind, who, more]) => {
      const world = sending();
      const caller = callerOf(world, who);
      expect((await readIn(world, 0)).upTo).toBe(5);
      const verdict = settle(world, command(kind, { ...more, caller } as never) as Command, now + 1);
      expect(verdict).toMatchObject({ verdict: "accepted" });
      expect(get(world, "sessions", { id: city.active })?.life.state).toBe("active");
      expect(await readIn(world, 1)).toMatchObject({ upTo: 2, isClosed: true });
    },
  );

  test("of another era is what was handled", async () => {
    const world = sending();
    patch(world, "sessions", { id: city.active }, { era: 2 });
    expect(await readIn(world, 0)).toMatchObject({ upTo: 2, isClosed: true });
  });

  test("whose time is over is all that was sent, for as long as it may be drained: drainSeconds", async () => {
    const world = sending();
    const deadline = now + 10;
    patch(world, "sessions", { id: city.active }, { life: { ...city.lives.active, deadline } });
    const drainMs = limits.drainSeconds * 1_000;
    expect(await readIn(world, 9)).toMatchObject({ upTo: 5, isClosed: false });
    expect(await readIn(world, 10)).toMatchObject({ upTo: 5, isClosed: true });
    expect(await readIn(world, 10 + drainMs - 1)).toMatchObject({ upTo: 5, isClosed: true });
    expect(await readIn(world, 10 + drainMs)).toMatchObject({ upTo: 2, isClosed: true });
  });

  test("that is not there is a bug, not an empty answer", async () => {
    const store = { read: async () => ({ record: undefined, era: 1, segments }) } as unknown as Store;
    const wanted = { session: city.active, side: "consumer", n: 1 } as const;
    await expect(readEnvelopes(store, wanted, now)).rejects.toThrow(RangeError);
  });
});
