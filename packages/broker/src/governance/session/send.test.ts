/** Who may send where, and what the record of the session is asked for. */
import { completeTerms, type InstanceId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command, CommandAnswers } from "../command.js";
import { callerOf, command } from "../testing/asked.js";
import { envelopeOf, northSocket, scoutSocket } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide, settle } from "../testing/decide.js";
import { get, patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now, idOf } = cast;
type Answer = CommandAnswers["envelopes.send"];

const taken = (verdict: Verdict): Answer["taken"] =>
  verdict.verdict === "accepted" ? (verdict.answer as Answer).taken : [];
const codes = (verdict: Verdict) =>
  taken(verdict).map((one) => (one.outcome === "refused" ? one.refusal.code : one.outcome));
const kinds = ({ facts }: Verdict) => facts.map(({ kind }) => kind);

const send = (world: World, made: Command<"envelopes.send">, at = now): Verdict => settle(world, made, at);
const asked = (world: World, by: InstanceId, ...envelopes: ReturnType<typeof envelopeOf>[]) =>
  command("envelopes.send", {
    caller: callerOf(world, by),
    envelopes,
    socket: by === cast.scout1 ? scoutSocket : northSocket,
  });
const byScout = (world: World, ...numbers: readonly number[]) =>
  asked(world, cast.scout1, ...numbers.map((n) => envelopeOf(n)));

describe("who sends [ENV-2]", () => {
  test("holds the side, over its newest connection", () => {
    const world = city.city();
    const verdict = send(world, byScout(world, 1, 2));
    expect([codes(verdict), kinds(verdict)]).toEqual([["accepted", "accepted"], ["session.sent"]]);
  });

  test("over a connection that was replaced sends nothing", () => {
    const world = city.city();
    const old = { ...byScout(world, 1), socket: { ...scoutSocket, epoch: 2 } };
    expect(send(world, old)).toMatchObject({
      refusal: { code: "connection.replaced" },
      facts: [{ kind: "request.refused" }],
    });
  });

  test("in what is hidden and in what is absent is answered alike, out of the same questions [API-4]", () => {
    const world = city.city();
    for (const side of ["consumer", "provider"] as const) {
      const theirs = { agent: city.drift, organisation: city.delta, instance: null };
      patch(world, "sides", { session: city.accepted, side }, theirs);
    }
    const [hidden, absent, odd] = [city.accepted, idOf("session", 404), "no id at all"].map((session) =>
      decide(world, asked(world, cast.scout1, envelopeOf(1, { session }), envelopeOf(2, { session })), now),
    );
    expect(hidden && codes(hidden.verdict)).toEqual(["not-found", "not-found"]);
    for (const one of [absent, odd]) {
      expect(one?.asked).toEqual(hidden?.asked);
      expect(one?.verdict.work).toEqual(hidden?.verdict.work);
    }
  });

  test("as a sibling of the holder does not hold it", () => {
    const world = city.city();
    patch(world, "sides", { session: city.active, side: "consumer" }, { instance: idOf("instance", 999) });
    put(world, "instances", { ...cast.instanceRow(idOf("instance", 999), cast.scout, cast.acme) });
    expect(codes(send(world, byScout(world, 1)))).toEqual(["session.not-held"]);
  });

  test("before it has joined does not hold it", () => {
    const world = city.city();
    patch(world, "sides", { session: city.active, side: "consumer" }, { joinedAt: null });
    expect(codes(send(world, byScout(world, 1)))).toEqual(["session.not-held"]);
  });
});

describe("what may have been sent before", () => {
  const many = Array.from({ length: 200 }, (_, n) => n + 1);

  test("is read once for each segment, however many ask for it [ENV-3]", () => {
    const world = city.city();
    send(world, byScout(world, ...many));
    const { asked: questions, verdict } = decide(world, byScout(world, ...many, ...many), now);
    expect(questions.flat().filter((name) => name.includes("sentAt"))).toHaveLength(1);
    expect(new Set(codes(verdict))).toEqual(new Set(["repeated"]));
  });

  test("is read so far at once, and asked for again beyond", () => {
    const world = city.city();
    const terms = completeTerms({ maxEnvelopes: 10_000, maxEnvelopesPerMinute: 6_000 });
    patch(world, "sessions", { id: city.active }, { terms });
    const segments = Array.from({ length: 8 }, (_, at) => many.map((n) => n + 200 * at));
    for (const numbers of segments) {
      send(world, byScout(world, ...numbers));
      const last = numbers.length + (numbers[0] ?? 1) - 1;
      const handled = {
        session: city.active,
        side: "consumer",
        n: last,
        bytes: 30 * last,
        handed: last,
      } as const;
      put(world, "handled", handled);
    }
    const found = codes(send(world, byScout(world, ...segments.map(([first]) => first ?? 0))));
    expect(found.filter((code) => code === "repeated")).toHaveLength(6);
    expect(found.filter((code) => code === "broker.busy")).toHaveLength(2);
    expect(codes(send(world, byScout(world, 1_401)))).toEqual(["repeated"]);
  });
});

test("an id belongs to its side: the other has one like it [ENV-3]", () => {
  const world = city.city();
  expect(codes(send(world, byScout(world, 1)))).toEqual(["accepted"]);
  expect(codes(send(world, asked(world, cast.north1, envelopeOf(1))))).toEqual(["accepted"]);
});

describe("each is judged alone", () => {
  test("and answered in the order in which they came", () => {
    const world = city.city();
    const gone = envelopeOf(2, { session: idOf("session", 404) });
    const verdict = send(world, asked(world, cast.scout1, envelopeOf(1), gone, envelopeOf(3)));
    expect(codes(verdict)).toEqual(["accepted", "not-found", "accepted"]);
    expect(taken(verdict)).toMatchObject([{ n: 1, seq: 1 }, {}, { n: 2, seq: 2 }]);
  });

  test("and what is refused is recorded as any refusal is: ten of a kind singly, the rest as a number [REC-6]", () => {
    const world = city.city();
    const gone = Array.from({ length: 12 }, (_, n) => envelopeOf(n, { session: "elsewhere" }));
    const verdict = send(world, asked(world, cast.scout1, ...gone, envelopeOf(20)));
    expect(kinds(verdict).toSorted()).toEqual([...Array(10).fill("request.refused"), "session.sent"]);
    expect(verdict.facts.at(-1)?.content.data).toMatchObject({ target: "elsewhere", code: "not-found" });
    const minute = Math.floor(now / 60_000);
    const counted = get(world, "refusalCounts", { principal: cast.scout1, code: "not-found", minute });
    expect(counted?.count).toBe(12);
  });

  test("in a session whose time is over nothing is accepted, whatever its timer does", () => {
    const world = city.city();
    const { life } = get(world, "sessions", { id: city.active }) ?? {};
    if (life?.state !== "active") throw new TypeError("the town has an active session");
    expect(codes(send(world, byScout(world, 1), life.deadline - 1))).toEqual(["session.state"]);
  });
});

describe("what was sent before", () => {
  test("is counted on", () => {
    const world = city.city();
    send(world, byScout(world, 1, 2));
    expect(taken(send(world, byScout(world, 3), now + 1))).toMatchObject([{ n: 3, seq: 3 }]);
    expect(get(world, "tallies", { session: city.active, side: "consumer" })).toMatchObject({
      ...{ n: 3, bytes: 90, lastId: idOf("envelope", 3), lastAt: now + 1 },
    });
  });

  test("is answered again, and nothing is written [ENV-3]", () => {
    const world = city.city();
    send(world, byScout(world, 1, 2));
    const again = send(world, byScout(world, 2, 1), now + 5);
    expect(taken(again)).toMatchObject([
      { outcome: "repeated", known: { n: 2, seq: 2, at: now } },
      { outcome: "repeated", known: { n: 1, seq: 1, at: now } },
    ]);
    expect(again.facts).toEqual([]);
  });

  test("out of order is found again as well", () => {
    const world = city.city();
    send(world, byScout(world, 5, 3, 9));
    expect(codes(send(world, byScout(world, 3, 5, 9, 4), now + 5))).toEqual([
      ...["repeated", "repeated", "repeated", "accepted"],
    ]);
    expect(
      get(world, "strays", { session: city.active, side: "consumer", id: idOf("envelope", 3) }),
    ).toMatchObject({ n: 2 });
  });
});

test("the N-th before the next is looked up in what stands, and counted in what is new [ENV-5]", () => {
  const world = city.city();
  const session = get(world, "sessions", { id: city.active });
  if (session === undefined) throw new TypeError("the town has an active session");
  put(world, "sessions", { ...session, terms: { ...session.terms, maxEnvelopesPerMinute: 3 } });
  expect(codes(send(world, byScout(world, 1)))).toEqual(["accepted"]);
  expect(codes(send(world, byScout(world, 2, 3, 4), now + 10))).toEqual([
    "accepted",
    "accepted",
    "envelope.rate",
  ]);
  // The first is a minute old, the other two are not.
  const later = send(world, byScout(world, 4, 5), now + 60_000);
  expect(taken(later)).toMatchObject([{ n: 4 }, { refusal: { code: "envelope.rate", retryAfterMs: 10 } }]);
  expect(codes(send(world, byScout(world, 5, 6, 7, 8), now + 120_000))).toEqual([
    ...["accepted", "accepted", "accepted", "envelope.rate"],
  ]);
});
