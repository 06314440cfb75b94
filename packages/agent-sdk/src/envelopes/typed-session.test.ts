/** Messages that are declared: checked and typed at both ends. */
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { take, talking } from "../testing/talking.js";
import { defineMessages, MessageMisfit } from "./messages.js";
import { TypedSession } from "./typed-session.js";

const messages = defineMessages({
  "markets.equity.request": z.object({ tickers: z.array(z.string()).min(1), depth: z.number().default(1) }),
  "markets.equity.response": z.object({ at: z.string().transform((text) => new Date(text)) }),
  "markets.note": {
    parse(value: unknown): string {
      if (typeof value === "string") return value;
      throw new TypeError("no note");
    },
  },
});

async function typed() {
  const world = await talking();
  return { ...world, typed: world.session.typed(messages) };
}

test("what fits goes out as it was given, and comes in as its schema makes it", async () => {
  const { talk, typed: session } = await typed();
  const asked = session.request(
    "markets.equity.request",
    { tickers: ["SPY"] },
    { answer: "markets.equity.response" },
  );
  await talk.received("heard", 1);
  expect(talk.payloads).toEqual(['{"tickers":["SPY"]}']);
  const causationId = talk.heard[0]?.id ?? "";
  talk.tells({ type: "markets.equity.response", causationId, body: { at: "2026-01-05T09:00:00Z" } });
  const { body, type } = await asked;
  expectTypeOf(body).toEqualTypeOf<{ at: Date }>();
  expect({ body, type }).toEqual({
    body: { at: new Date(Date.UTC(2026, 0, 5, 9)) },
    type: "markets.equity.response",
  });
});

test("a loop gives what it is, by type", async () => {
  const { talk, typed: session } = await typed();
  talk.tells(
    { type: "markets.equity.request", body: { tickers: ["SPY"] } },
    { type: "markets.note", body: "late" },
  );
  const seen: unknown[] = [];
  for await (const message of session) {
    if (message.type === "markets.equity.request") {
      expectTypeOf(message.body).toEqualTypeOf<{ tickers: string[]; depth: number }>();
      seen.push(message.body.depth);
      await session.reply(message, "markets.note", "soon");
    } else if (message.type === "markets.note") {
      expectTypeOf(message.body).toEqualTypeOf<string>();
      seen.push(message.body);
      break;
    }
  }
  expect(seen).toEqual([1, "late"]);
  expect(talk.heard[0]).toMatchObject({ type: "markets.note", causationId: expect.stringMatching(/^env_/) });
});

test("what does not fit is not sent", async () => {
  const { talk, typed: session } = await typed();
  const misfit = session.send("markets.equity.request", { tickers: [] });
  await expect(misfit).rejects.toMatchObject({
    ...{ name: "MessageMisfit", type: "markets.equity.request", retry: "never" },
    issues: [{ path: "tickers" }],
  });
  // @ts-expect-error a number is no note
  await expect(session.send("markets.note", 7)).rejects.toThrow("no note");
  // @ts-expect-error nobody has declared it
  await expect(session.send("markets.bonds", 7)).rejects.toThrow("not a declared message");
  expect(talk.heard).toEqual([]);
});

test("what comes and does not fit is a fault, where it stands; a loop after it goes on behind it", async () => {
  const { session, talk, typed: fitting } = await typed();
  talk.tells(
    { type: "markets.bonds", body: 1 },
    { type: "markets.note", body: 7 },
    { type: "markets.note", body: "x" },
  );
  const read = async () => {
    for await (const message of fitting) return message.body;
    return undefined;
  };
  await expect(read()).rejects.toMatchObject({ name: "MessageMisfit", type: "markets.bonds" });
  await expect(read()).rejects.toThrow("no note");
  expect(await read()).toBe("x");
  talk.tells({ body: "bytes are there all the same" });
  expect((await take(session, 1))[0]?.type).toBe("markets.tick");
});

test("an answer of another type than was asked for is a misfit", async () => {
  const { talk, typed: session } = await typed();
  const asked = session.request("markets.note", "?", { answer: "markets.equity.response" });
  await talk.received("heard", 1);
  talk.tells({ type: "markets.note", causationId: talk.heard[0]?.id ?? "", body: "?" });
  await expect(asked).rejects.toThrow("expected markets.equity.response");
});

test("a type that is spelled as none can be is not declared, nor is a schema used that takes time", async () => {
  expect(() => defineMessages({ "Markets.Note": z.string() })).toThrow(RangeError);
  const slow = defineMessages({ "markets.note": z.string().refine(async () => true) });
  const { session } = await talking();
  await expect(session.typed(slow).send("markets.note", "x")).rejects.toThrow("takes time");
});

test("a payload that is no JSON does not fit", async () => {
  const { session, talk } = await talking();
  const any = defineMessages({ "markets.tick": z.unknown() });
  talk.tells({ body: 1 });
  const [envelope] = await take(session, 1);
  if (envelope === undefined) throw new Error("one was sent");
  Object.assign(envelope, { payload: Uint8Array.of(0x7b) });
  const untyped = {
    send: session.send,
    reply: session.reply,
    envelopes: session.envelopes,
    request: () => Promise.resolve(envelope),
  };
  const fitting = new TypedSession(untyped, any);
  await expect(fitting.request("markets.tick", 1)).rejects.toBeInstanceOf(MessageMisfit);
});
