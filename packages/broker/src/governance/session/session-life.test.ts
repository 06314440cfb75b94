/** The life of a session from its proposal on: what each step says, and whom it binds. */
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "../command.js";
import { callerOf, command } from "../testing/asked.js";
import { acceptanceOf, northSocket, scoutSocket } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide } from "../testing/decide.js";
import { holdAs, proposeAs } from "../testing/session-scenes.js";
import {
  accept,
  act,
  dueAt,
  id,
  join,
  kindsOf,
  lifeOf,
  overSocket,
  propose,
  second,
  side,
  townUnder,
} from "../testing/session-story.js";
import { get, patch, put, type World } from "../testing/world.js";

const { now } = cast;

describe("an open contract [SES-7]", () => {
  const open = { acceptance: "open", joinTimeoutSeconds: 86_400 } as const;

  test("is accepted in the same breath by the broker, the provider being nowhere", () => {
    const world = townUnder(open);
    world.rows.connections.clear();
    expect(kindsOf(act(world, propose))).toEqual(["session.proposed", "session.accepted"]);
    expect(lifeOf(world)).toEqual({
      state: "accepted",
      acceptedAt: now,
      acceptedBy: "broker",
      joinBy: now + 86_400 * second,
    });
    expect([side(world, "consumer")?.joinedAt, side(world, "provider")?.instance]).toEqual([null, null]);
    expect(dueAt(world)).toBe(now + 86_400 * second);
  });

  test("over a socket, the consumer has joined; both joined, it is active [SES-6]", () => {
    const world = townUnder(open);
    expect(kindsOf(act(world, overSocket))).toEqual([
      "session.proposed",
      "session.accepted",
      "session.joined",
    ]);
    expect(side(world, "consumer")).toMatchObject({ instance: cast.scout1, boundAt: now, joinedAt: now });
    expect(kindsOf(act(world, join(world, cast.north1), now + 9))).toEqual([
      "session.joined",
      "session.activated",
    ]);
    expect(lifeOf(world)).toMatchObject({
      state: "active",
      deadline: now + 9 + 3_600 * second,
      acceptedBy: "broker",
    });
    expect(side(world, "provider")).toMatchObject({
      instance: cast.north1,
      boundAt: now + 9,
      state: "active",
    });
  });

  test("openProposalsPerAgent does not bound what waits for nobody", () => {
    const world = townUnder({ ...open, maxConcurrentSessions: 1_000 });
    for (let n = 0; n < limits.openProposalsPerAgent; n++) proposeAs(world, cast.scout, { n });
    expect(act(world, propose).verdict).toBe("accepted");
  });
});

describe("a contract that the provider decides", () => {
  const joinable = [
    ["REST and REST", propose, null, ["session.accepted"]],
    ["REST and socket", propose, northSocket, ["session.accepted", "session.joined"]],
    ["socket and REST", overSocket, null, ["session.accepted", "session.joined"]],
    [
      "socket and socket",
      overSocket,
      northSocket,
      ["session.accepted", "session.joined", "session.joined", "session.activated"],
    ],
  ] as const;
  test.each(joinable)(
    "proposed and accepted over %s: who is there joins [SES-6]",
    (_n, asked, socket, kinds) => {
      const world = townUnder({});
      act(world, asked);
      expect(kindsOf(act(world, { ...accept, socket }, now + 5))).toEqual(kinds);
      expect(side(world, "provider")).toMatchObject({ instance: cast.north1, boundAt: now + 5 });
    },
  );

  const cannot: Readonly<Record<string, (world: World) => void>> = {
    "has gone since": (world) => patch(world, "connections", { instance: cast.scout1 }, { state: "closed" }),
    "holds joinedSessionsPerConnection": (world) =>
      holdAs(world, cast.scout, cast.scout1, limits.joinedSessionsPerConnection, 40_000),
  };
  test.each(Object.entries(cannot))(
    "a proposer that %s does not join, and the provider has its yes",
    (_n, spoil) => {
      const world = townUnder({});
      act(world, overSocket);
      spoil(world);
      expect(kindsOf(act(world, accept, now + 5))).toEqual(["session.accepted"]);
    },
  );

  test("an operator's acceptance binds no instance", () => {
    const world = townUnder({ acceptance: "operator" });
    act(world, propose);
    const statement = acceptanceOf(cast.bea, id, { proposal: propose.statement.digest });
    act(world, { ...accept, caller: callerOf(world, cast.bea), statement }, now + 5);
    expect(side(world, "provider")).toMatchObject({ instance: null, boundAt: null, state: "accepted" });
    expect(lifeOf(world)).toMatchObject({ acceptedBy: cast.bea });
  });

  test("a sibling may join what another has proposed, and is bound from then on [SES-14]", () => {
    const world = townUnder({});
    act(world, propose);
    act(world, accept, now + 5);
    const connection = get(world, "connections", { instance: cast.scout1 });
    if (connection === undefined) throw new Error("the first instance is not connected");
    put(world, "connections", { ...connection, instance: cast.scout2 });
    const made = { ...join(world, cast.scout1), caller: callerOf(world, cast.scout2) };
    expect(kindsOf(act(world, made, now + 7))).toEqual(["session.joined"]);
    expect(side(world, "consumer")).toMatchObject({
      instance: cast.scout2,
      boundAt: now + 7,
      joinedAt: now + 7,
    });
  });
});

describe("limits, at the limit and one past it", () => {
  const room = { maxConcurrentSessions: 1_000 };
  const rows = [
    [
      "openProposalsPerAgent",
      (world: World, n: number) => fill(n, (at) => proposeAs(world, cast.scout, { n: at }), world),
    ],
    ["openSessionsPerAgent", (world: World, n: number) => holdAs(world, cast.scout, cast.scout2, n, 40_000)],
  ] as const;
  const fill = (count: number, one: (n: number) => void, world: World) => {
    for (let n = 0; n < count; n++) {
      one(n);
      const key = { session: cast.idOf("session", 20_000 + n), side: "consumer" };
      // To other providers: the pair is another bound.
      patch(world, "sides", key, { counterpart: cast.idOf("agent", 900) });
    }
  };
  test.each(rows)("%s", (rule, occupy) => {
    for (const [count, verdict] of [
      [limits[rule] - 1, "accepted"],
      [limits[rule], "refused"],
    ] as const) {
      const world = townUnder(room);
      occupy(world, count);
      const judged = act(world, propose);
      expect(judged.verdict).toBe(verdict);
      if (judged.verdict === "refused")
        expect(judged.refusal).toEqual({ code: "limit.reached", rule, limit: count, used: count });
    }
  });

  test("openProposalsPerPair: of all agents of the organisation to one provider", () => {
    for (const [count, verdict] of [
      [limits.openProposalsPerPair - 1, "accepted"],
      [limits.openProposalsPerPair, "refused"],
    ] as const) {
      const world = townUnder(room);
      for (let n = 0; n < count; n++) proposeAs(world, n % 2 ? cast.miner : cast.scout, { n });
      expect(act(world, propose)).toMatchObject({
        verdict,
        ...(verdict === "refused" && {
          refusal: { rule: "openProposalsPerPair", limit: count, used: count },
        }),
      });
    }
  });
});

test("no bound of a proposal is filled by strangers, whatever they have proposed to the same provider [SES-5]", () => {
  const world = townUnder({ maxConcurrentSessions: 1 });
  const { openProposalsPerAgent, openProposalsPerPair, openSessionsPerAgent } = limits;
  const most = Math.max(openProposalsPerAgent, openProposalsPerPair, openSessionsPerAgent);
  for (let n = 0; n < most; n++) {
    proposeAs(world, city.drift, { n });
    const key = { session: cast.idOf("session", 20_000 + n), side: "consumer" };
    patch(world, "sides", key, { organisation: city.delta });
  }
  expect(act(world, propose)).toMatchObject({ verdict: "accepted" });
});

describe("what is proposed", () => {
  test("is frozen: terms, digests and signatures as they are in that moment [SES-4]", () => {
    const world = townUnder({ maxEnvelopes: 7 });
    const [fact] = act(world, propose).facts;
    expect(fact?.content.data).toMatchObject({
      session: {
        terms: { maxEnvelopes: 7 },
        termsDigest: city.weatherDigest,
        proposalDigest: propose.statement.digest,
      },
      statements: {
        proposal: propose.statement.text,
        advertisement: "signed-weather",
        contract: "signed-terms",
      },
    });
    const [version] = world.rows.contractVersions.values();
    if (version) put(world, "contractVersions", { ...version, terms: { ...version.terms, maxEnvelopes: 9 } });
    expect(get(world, "sessions", { id })?.terms.maxEnvelopes).toBe(7);
  });

  test("names the advertisement under which it is offered there, not the one for elsewhere [ADV-7]", () => {
    const world = townUnder({});
    patch(world, "advertisements", { id: city.weather }, { statement: "signed-for-elsewhere", version: 2 });
    const [fact] = act(world, propose).facts;
    expect(fact?.content.data).toMatchObject({ statements: { advertisement: "signed-weather" } });
  });

  const hidden: Readonly<Record<string, (world: World) => void>> = {
    "is nowhere": (world) => world.rows.advertisements.clear(),
    "is not shown in that workgroup": (world) => world.rows.offers.clear(),
    "is of an agent that is suspended": (world) =>
      patch(world, "agents", { id: cast.north }, { standing: "suspended" }),
    "is in a workgroup where the caller may not engage": (world) =>
      patch(world, "memberships", { workgroup: city.channel, agent: cast.scout }, { engage: false }),
    "requires a workgroup that the caller is not in": (world) => {
      const [offer] = world.rows.offers.values();
      if (offer) put(world, "offers", { ...offer, requires: [cast.idOf("workgroup", 99)] });
    },
  };
  test("hidden and absent are one answer of the same questions [SES-3]", () => {
    const answers = Object.values(hidden).map((hide) => {
      const world = townUnder({});
      hide(world);
      const { verdict, asked } = decide(world, propose, now);
      return { refusal: verdict.verdict === "refused" && verdict.refusal, asked };
    });
    for (const one of answers)
      expect(one).toEqual({ refusal: { code: "not-found" }, asked: answers[0]?.asked });
  });
});

test.each([
  ["session.join", "connection.replaced"],
  ["session.accept", "connection.replaced"],
  ["session.propose", "connection.replaced"],
  ["session.close", "session.not-held"],
] as const)("%s over an older connection is %s [SES-13]", (kind, code) => {
  const older = {
    ...(kind === "session.propose" || kind === "session.close" ? scoutSocket : northSocket),
    epoch: 1,
  };
  const made = command(kind, { socket: older });
  expect(act(city.city(), made as Command)).toMatchObject({ refusal: { code }, cuts: [] });
});

test.each([
  ["session.join", "connection.replaced", cast.north1],
  ["session.accept", "connection.replaced", cast.north1],
  ["session.propose", "connection.replaced", cast.scout1],
  ["session.close", "session.not-held", cast.scout1],
] as const)("%s over a connection that has ended is %s [SES-13]", (kind, code, instance) => {
  const world = city.city();
  patch(world, "connections", { instance }, { state: "closed" });
  const socket = instance === cast.north1 ? northSocket : scoutSocket;
  expect(act(world, command(kind, { socket }) as Command)).toMatchObject({ refusal: { code } });
});
