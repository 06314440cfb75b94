/** Calls that are none, over real connections: each ends its own, and leaves nothing on the record and nobody else worse off. */
import { limits, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { Speaking } from "../fixtures/calling.js";
import { openWorld } from "../fixtures/opened-world.js";
import { answersPing, connectAs } from "../fixtures/raw-socket.js";
import { changesOf } from "../fixtures/refusals.js";
import { makeInstance } from "../fixtures/world.js";

const opened = openWorld();
const session = makeId("session");
const asked = { id: "1", call: "withdraw", session };
const padded = (length: number): string => {
  const text = JSON.stringify(asked);
  return text + " ".repeat(length - text.length);
};

describe("a call that is none ends its connection [SOC-15]:", () => {
  test.each<[string, unknown, number]>([
    ["an unknown one", { ...asked, call: "revoke" }, 4400],
    ["without an id", { call: "withdraw", session }, 4400],
    ["an id that is a number", { ...asked, id: 1 }, 4400],
    ["an id longer than 64", { ...asked, id: "i".repeat(65) }, 4400],
    ["an id of another kind", { ...asked, session: makeId("advertisement") }, 4400],
    ["a session that is a list", { ...asked, session: [session] }, 4400],
    ["a member more", { ...asked, as: "admin" }, 4400],
    ["a member twice", `{"id":"1","call":"withdraw","session":"${session}","session":"${session}"}`, 4400],
    ["__proto__", `{"id":"1","call":"withdraw","session":"${session}","__proto__":{}}`, 4400],
    ["a lone surrogate", `{"id":"\\ud800","call":"withdraw","session":"${session}"}`, 4400],
    ["no JSON", "withdraw", 4400],
    ["a list", [asked], 4400],
    ["a byte longer than a request", padded(limits.requestBodyBytesMax + 1), 4413],
  ])("%s", async (_name, said, code) => {
    const { b } = opened.world;
    const before = await changesOf(opened.world);
    const neighbour = await connectAs(await makeInstance(b.admin, b.agent));
    const known = await changesOf(opened.world);
    const speaking = await Speaking.as(b.instance);
    speaking.socket.say("call", said);
    expect((await speaking.closed).code).toBe(code);
    expect(await answersPing(neighbour)).toBe(true);
    expect(await changesOf(opened.world)).toEqual(known);
    expect(known[0]).toBe(before[0]);
    neighbour.socket.end();
  });
});

describe("a call that is one", () => {
  test("as long as a request may be is answered", async () => {
    const speaking = await Speaking.as(opened.world.b.instance);
    speaking.socket.say("call", padded(limits.requestBodyBytesMax));
    expect(await speaking.reply("1")).toMatchObject({ ok: false, problem: { code: "not-found" } });
    await speaking.end();
  });

  test("and another with the same id are answered each", async () => {
    const speaking = await Speaking.as(opened.world.b.instance);
    const replies = [1, 2, 3].map(() => speaking.send(asked));
    for (const reply of await Promise.all(replies)) expect(reply).toMatchObject({ id: "1", ok: false });
    await speaking.end();
  });

  test("too many at once: some are refused, each is answered, and the next is taken [SOC-16]", async () => {
    const speaking = await Speaking.as(opened.world.b.instance);
    const many = Array.from({ length: 4 * limits.callsWaitingPerConnection }, () =>
      speaking.call("withdraw", { session }),
    );
    const codes = (await Promise.all(many)).map(({ problem }) => problem?.code);
    expect([...new Set(codes)].sort()).toEqual(expect.arrayContaining(["not-found"]));
    for (const code of codes) expect(["limit.reached", "not-found"]).toContain(code);
    expect(await speaking.call("serve", { capabilities: [] })).toMatchObject({ ok: true });
    await speaking.end();
  });
});
