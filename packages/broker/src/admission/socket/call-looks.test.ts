import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../../governance/testing/cast.js";
import * as city from "../../governance/testing/city.js";
import type { OfferRow } from "../../records/catalog.js";
import { advertisement, call, refusal, replies, reply, speaking } from "./testing/calling.js";
import { Stage, settled, tokenLifeMs } from "./testing/stage.js";

describe("a search", () => {
  const rowNamed = (name: string): OfferRow => ({
    advertisement: { ...advertisement, name },
    version: null,
    agentName: "north",
    organisation: { id: cast.borealis, name: "borealis" },
    workgroup: { id: city.channel, name: "channel", ownerName: "borealis" },
    available: true,
    publishedAt: cast.now,
    rank: 0,
  });
  type Page = { body: { result: { items: { name: string }[]; nextCursor: string | null } } };
  const rowsOf = (count: number) => Array.from({ length: count }, (_, at) => rowNamed(`weather-${at}`));

  test("goes on from its cursor, with the same filter and for the same instance", async () => {
    const stage = await speaking();
    stage.kept.rows = rowsOf(3);
    const said = { call: "search", capability: "weather.*", available: true, limit: 2 };
    const first = (await call(stage, said)) as Page;
    const { nextCursor: cursor } = first.body.result;
    const second = (await call(stage, { ...said, cursor })) as Page;
    expect([first, second].flatMap(({ body }) => body.result.items.map(({ name }) => name))).toEqual([
      "weather-0",
      "weather-1",
      "weather-2",
    ]);
    expect(second.body.result.nextCursor).toBeNull();
    expect(stage.kept.searched[0]).toMatchObject({ capability: "weather.*", available: true, limit: 2 });
    for (const other of [
      { ...said, available: false, cursor },
      { call: "search", cursor },
    ])
      expect(await call(stage, other)).toMatchObject(refusal({ code: "cursor.invalid" }));
  });

  test("of whom the record does not let look is refused, and so is what its watch looks at", async () => {
    const stage = await speaking();
    await call(stage, { call: "watch", watch: "mine" });
    stage.kept.standing = { code: "identity.suspended" };
    expect(await call(stage, { call: "search" })).toMatchObject(refusal({ code: "identity.suspended" }));
    expect(await stage.hearing.watching[0]?.look("watched")).toEqual({ code: "identity.suspended" });
  });
});

describe("what a connection asks to hear of", () => {
  test("is what it serves, all of it each time [SOC-22]", async () => {
    const stage = await speaking();
    expect(await call(stage, { call: "serve", capabilities: ["weather.current", "a"] })).toEqual(reply({}));
    await call(stage, { call: "serve", capabilities: [] });
    expect(stage.hearing.serving).toEqual([["weather.current", "a"], []]);
  });

  test("is answered when it has been told what waits for it: until then it is one of its calls [SOC-16]", async () => {
    const stage = await speaking();
    const held = new Set<() => void>();
    stage.hearing.hold = () => new Promise((resolve) => void held.add(resolve));
    const { callsWaitingPerConnection: limit } = limits;
    for (let at = 0; at < limit; at++)
      stage.hear("call", { id: `s${at}`, call: "serve", capabilities: ["a"] });
    const one = await call(stage, { call: "serve", capabilities: ["b"] });
    expect(one).toMatchObject(refusal({ code: "limit.reached", rule: "callsWaiting" }));
    expect(stage.hearing.serving).toHaveLength(limit);
    for (const resolve of held) resolve();
    await settled();
    expect(replies(stage)).toHaveLength(limit + 1);
  });

  test.each<[object, boolean]>([
    [{ capability: "weather.current" }, false],
    [{ available: false }, true],
    [{ available: true }, true],
  ])("is a watch over %j", async (filter, asksAvailable) => {
    const stage = await speaking();
    expect(await call(stage, { call: "watch", watch: "mine", ...filter })).toEqual(reply({}));
    const [watching] = stage.hearing.watching;
    expect(watching).toMatchObject({ name: "mine", asksAvailable });
    expect(await watching?.look("asked")).toBe(`digest of ${JSON.stringify(filter)}`);
    expect(await call(stage, { call: "unwatch", watch: "mine" })).toEqual(reply({}));
    expect(stage.hearing.unwatched).toEqual(["mine"]);
  });

  test("may be refused", async () => {
    const stage = await speaking();
    stage.hearing.refusal = { code: "limit.reached", limit: 16, used: 16 };
    expect(await call(stage, { call: "watch", watch: "mine" })).toMatchObject(
      refusal({ code: "limit.reached", limit: 16, used: 16 }),
    );
  });

  test("is told to an open connection, and to nobody before the welcome or after the end", async () => {
    const event = { event: "catalog.changed", watch: "mine" } as const;
    const stage = new Stage();
    stage.conversation.tell(event);
    await stage.opened();
    stage.conversation.tell(event);
    expect(stage.socket.sent.slice(1).map(({ kind }) => kind)).toEqual(["welcome", "event"]);
    stage.clock.step(tokenLifeMs);
    stage.conversation.tell(event);
    stage.conversation.close("replaced");
    stage.conversation.tell(event);
    expect(stage.socket.kinds().filter((kind) => kind === "event")).toHaveLength(1);
  });

  test("counts towards what a socket may leave unread [SOC-8]", async () => {
    const stage = await speaking();
    stage.socket.bufferedAmount = limits.bufferedBytesPerConnectionMax + 1;
    stage.conversation.tell({ event: "catalog.changed", watch: "mine" });
    expect(stage.socket.ends).toEqual(["silent"]);
  });
});
