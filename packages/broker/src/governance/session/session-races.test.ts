/** Races, in both orders: whoever comes first has won, and the other gets the state as it is. */
import { limits, type SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command, CommandKind } from "../command.js";
import { callerOf, command } from "../testing/asked.js";
import { acceptanceOf, proposalOf, scoutSocket } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide, settle } from "../testing/decide.js";
import { holdAs, proposeAs } from "../testing/session-scenes.js";
import { all, get, patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now } = cast;
const acceptAs =
  (session: SessionId, by: typeof cast.north1 | typeof cast.ada | typeof cast.bea) => (world: World) =>
    command("session.accept", {
      session,
      caller: callerOf(world, by),
      statement: acceptanceOf(by, session),
    });
const stateOf = (world: World, id: string = city.proposed) => get(world, "sessions", { id })?.life.state;
const codeOf = (verdict: Verdict) => (verdict.verdict === "refused" ? verdict.refusal.code : "accepted");
const kindsOf = (verdict: Verdict) =>
  verdict.facts.map(({ kind }) => kind).filter((kind) => kind !== "request.refused");

/** Decides and applies whatever it is, at that moment. */
const act = (world: World, made: Command, at = now): Verdict =>
  settle(world, made as Command<CommandKind>, at);

const accept = acceptAs(city.proposed, cast.north1);
const rivals = {
  withdraw: { make: () => command("session.withdraw"), left: "closed" },
  reject: { make: () => command("session.reject"), left: "closed" },
  "the accept of a sibling": {
    make: acceptAs(city.proposed, city.north2 as typeof cast.north1),
    left: "accepted",
  },
} as const;

describe("one wins, the loser gets the state as it is, and nothing is half done [SES-9]", () => {
  test.each(Object.entries(rivals))("accept, then %s", (_name, { make }) => {
    const world = city.city();
    expect(codeOf(act(world, accept(world)))).toBe("accepted");
    const lost = act(world, make(world));
    expect(lost).toMatchObject({ verdict: "refused", refusal: { code: "session.state", state: "accepted" } });
    expect(kindsOf(lost)).toEqual([]);
    expect(stateOf(world)).toBe("accepted");
  });

  test.each(Object.entries(rivals))("%2$s before accept: %s", (_name, { make, left }) => {
    const world = city.city();
    expect(codeOf(act(world, make(world)))).toBe("accepted");
    const lost = act(world, accept(world));
    expect(lost).toMatchObject({ verdict: "refused", refusal: { code: "session.state", state: left } });
    expect(stateOf(world)).toBe(left);
  });

  test("close against close: the first one's reason stands, and the holder of the other side is told that it is closed", () => {
    const world = city.city();
    act(world, command("session.close"));
    const other = command("session.close", { caller: callerOf(world, cast.north1), socket: null });
    expect(act(world, other)).toMatchObject({ refusal: { code: "session.state", state: "closed" } });
    const again = act(world, command("session.close"));
    expect([codeOf(again), kindsOf(again)]).toEqual(["accepted", []]);
    expect(get(world, "sessions", { id: city.active })?.life).toMatchObject({
      ending: { reason: "completed_by_consumer", by: cast.scout1 },
    });
  });

  test("accept against the end of the proposal: at its last millisecond, and at the next", () => {
    const { expiresAt } = city.lives.proposed;
    const early = city.city();
    expect(codeOf(act(early, accept(early), expiresAt - 1))).toBe("accepted");
    const late = city.city();
    expect(act(late, accept(late), expiresAt)).toMatchObject({
      refusal: { code: "session.state", state: "closed" },
    });
  });
});

describe("an acceptance is judged by what stands at that moment", () => {
  const gone: Readonly<Record<string, (world: World) => void>> = {
    "the consumer may not engage any more": (world) =>
      patch(world, "memberships", { workgroup: city.channel, agent: cast.scout }, { engageTakenAt: now - 1 }),
    "the provider may not offer any more": (world) =>
      patch(world, "memberships", { workgroup: city.channel, agent: cast.north }, { offerTakenAt: now - 1 }),
    "the consumer's organisation has left": (world) =>
      patch(
        world,
        "participations",
        { workgroup: city.channel, organisation: cast.acme },
        { takenAt: now - 1 },
      ),
    "the workgroup is dissolved": (world) =>
      patch(world, "workgroups", { id: city.channel }, { takenAt: now - 1, state: "dissolved" }),
    "the proposer was suspended and is back": (world) =>
      patch(world, "instances", { id: cast.scout1 }, { takenAt: now - 1 }),
    "the consumer was suspended and is back": (world) =>
      patch(world, "agents", { id: cast.scout }, { takenAt: now - 1 }),
    "the offer was retracted, and is back": (world) =>
      patch(world, "advertisements", { id: city.weather }, { takenAt: now - 1 }),
    "the era is another": (world) => {
      world.era = 2;
      patch(world, "instances", { id: cast.north1 }, { era: 2 });
    },
  };
  test.each(Object.entries(gone))("not when %s [SES-8] [SES-10]", (_name, take) => {
    const world = city.city();
    take(world);
    expect(act(world, accept(world))).toMatchObject({ refusal: { code: "session.state", state: "closed" } });
  });

  test("a retraction voids at once what was proposed before it, also when it is offered again [ADV-5]", () => {
    const world = city.city();
    const offered = all(world, "offers");
    act(world, command("advertisement.retract"));
    patch(world, "advertisements", { id: city.weather }, { state: "active" });
    for (const row of offered) put(world, "offers", row);
    expect(act(world, accept(world), now + 1)).toMatchObject({
      refusal: { code: "session.state", state: "closed" },
    });
    const joined = act(world, command("session.join", { session: city.accepted }), now + 1);
    expect(codeOf(joined)).toBe("accepted");
    const propose = command("session.propose");
    expect(act(world, propose)).toMatchObject({ refusal: { code: "broker.busy", retryAfterMs: 1 } });
    expect(codeOf(act(world, propose, now + 1))).toBe("accepted");
    expect(stateOf(world, propose.session)).toBe("proposed");
  });

  test.each([
    ["is marked, where tags are tried out", [], ["acceptance"]],
    ["is not marked twice", [{ rule: "requiredTags", at: "proposal", detail: "env" }], ["proposal"]],
  ] as const)(
    "a tag that is lost after the proposal %s [SES-17] [SES-18]",
    (_title, wouldRefuse, expected) => {
      const world = city.city();
      const until = new Date(now + 1_000).toISOString();
      const observe = { until, terms: ["requiredTags" as const] };
      const terms = { ...city.weatherTerms, requiredTags: { region: "eu", env: "test" }, observe };
      patch(world, "sessions", { id: city.proposed }, { terms, wouldRefuse });
      const accepted = act(world, accept(world));
      const marks = get(world, "sessions", { id: city.proposed })?.wouldRefuse;
      expect([codeOf(accepted), marks?.map(({ at }) => at)]).toEqual(["accepted", expected]);
      const stated = { env: "prod" };
      expect(accepted.facts[0]?.content).toMatchObject({ data: { wouldRefuse: marks, stated } });
    },
  );

  test("what lacks only for the moment leaves the proposal", () => {
    const world = city.city();
    patch(world, "agents", { id: cast.scout }, { tags: {} });
    const { terms } = get(world, "sessions", { id: city.proposed }) ?? {};
    const required = { ...terms, requiredTags: { env: "prod" } } as typeof city.weatherTerms;
    patch(world, "sessions", { id: city.proposed }, { terms: required });
    expect(codeOf(act(world, accept(world)))).toBe("contract.unmet");
    expect(stateOf(world)).toBe("proposed");
    patch(world, "agents", { id: cast.scout }, { tags: { env: "prod" } });
    expect(codeOf(act(world, accept(world)))).toBe("accepted");
  });

  test("this session is one of those that the contract counts", () => {
    const world = city.city();
    const terms = { ...city.weatherTerms, maxConcurrentSessions: 3 };
    patch(world, "sessions", { id: city.proposed }, { terms });
    const full = city.city();
    patch(full, "sessions", { id: city.proposed }, { terms: { ...terms, maxConcurrentSessions: 2 } });
    expect(codeOf(act(world, accept(world)))).toBe("accepted");
    expect(act(full, accept(full))).toMatchObject({
      refusal: { rule: "maxConcurrentSessions", limit: 2, used: 2 },
    });
  });
});

describe("planted bugs that are not there", () => {
  test("the winner repeats accept: told so again, whatever has become of it, and nothing changes [SES-9]", () => {
    const world = city.city();
    const first = act(world, accept(world));
    const again = act(world, accept(world));
    expect([codeOf(again), kindsOf(again), again.work]).toEqual(["accepted", [], []]);
    expect(again).toMatchObject({ answer: (first as { answer: object }).answer });
    patch(world, "memberships", { workgroup: city.channel, agent: cast.scout }, { engageTakenAt: now });
    expect(act(world, accept(world), now + 1)).toMatchObject({
      verdict: "accepted",
      answer: { session: { life: { state: "closed", ending: { reason: "membership_removed" } } } },
      facts: [],
    });
  });

  test.each(["provider", "operator", "open"] as const)(
    "the consumer's admin accepts under %s",
    (acceptance) => {
      const world = city.city();
      patch(world, "sessions", { id: city.proposed }, { terms: { ...city.weatherTerms, acceptance } });
      expect(codeOf(act(world, acceptAs(city.proposed, cast.ada)(world)))).toMatch(
        /^(role.missing|session.state)$/,
      );
      expect(stateOf(world)).toBe("proposed");
    },
  );

  test("a bound that strangers fill: others' proposals to the same provider are not counted [SES-5]", () => {
    const world = city.city();
    world.rows.sessions.clear();
    world.rows.sides.clear();
    for (let n = 0; n < 4 * limits.openProposalsPerAgent; n++) {
      proposeAs(world, city.drift, { n });
      patch(
        world,
        "sides",
        { session: cast.idOf("session", 20_000 + n), side: "consumer" },
        { organisation: city.delta },
      );
    }
    holdAs(world, cast.north, cast.north1, limits.openSessionsPerAgent, 40_000);
    for (const side of all(world, "sides"))
      if (side.side === "consumer")
        put(world, "sides", { ...side, agent: city.drift, organisation: city.delta });
    expect(codeOf(act(world, command("session.propose", { socket: scoutSocket })))).toBe("accepted");
  });

  test("a proposal and a revocation in one batch, in both orders", () => {
    const world = city.city();
    const propose = command("session.propose");
    expect(codeOf(act(world, propose))).toBe("accepted");
    const revoked = act(world, command("instance.revoke"));
    expect(kindsOf(revoked)).toEqual(["instance.revoked", "sweep.began"]);
    const statement = acceptanceOf(cast.north1, propose.session, { proposal: propose.statement.digest });
    const late = { ...acceptAs(propose.session, cast.north1)(world), statement };
    expect(act(world, late)).toMatchObject({ refusal: { code: "session.state", state: "closed" } });

    const other = city.city();
    act(other, command("instance.revoke"));
    expect(codeOf(act(other, propose))).toBe("identity.revoked");
  });

  test.each(["organisations", "agents", "workgroups"] as const)(
    "what is taken from %s in the millisecond of the proposal is taken from it",
    (table) => {
      const world = city.city();
      act(world, command("session.propose"));
      const id = { organisations: cast.acme, agents: cast.north, workgroups: city.channel }[table];
      patch(world, table, { id }, { takenAt: now });
      const withdrawn = command("session.withdraw", { session: command("session.propose").session });
      expect(act(world, withdrawn)).toMatchObject({ refusal: { code: "session.state", state: "closed" } });
    },
  );

  test.each([
    ["agent.suspend", "agent.resume", { agent: cast.scout }],
    ["instance.suspend", "instance.resume", { instance: cast.scout1 }],
  ] as const)(
    "%s, %s and a proposal in one millisecond: told to come again in the next",
    (suspend, resume, of) => {
      const world = city.city();
      act(world, command(suspend, of));
      act(world, command(resume, of));
      const propose = command("session.propose", { caller: callerOf(world, cast.scout1) });
      expect(act(world, propose)).toMatchObject({ refusal: { code: "broker.busy", retryAfterMs: 1 } });
      expect(codeOf(act(world, propose, now + 1))).toBe("accepted");
      expect(stateOf(world, propose.session)).toBe("proposed");
    },
  );
});

describe("a proposal that is sent again", () => {
  test("by the same instance gets the first answer, whatever the state is now, and asks the same [SES-9]", () => {
    const world = city.city();
    const propose = command("session.propose", { socket: scoutSocket });
    act(world, propose);
    world.rows.offers.clear();
    const again = decide(world, { ...propose, session: cast.idOf("session", 501) }, now + 5);
    expect(again.verdict).toMatchObject({
      answer: { repeated: true, session: { id: propose.session } },
      facts: [],
    });
  });

  test("when its time has passed is told so, whether anybody has written it or not [SES-9] [SES-11]", () => {
    const world = city.city();
    const propose = command("session.propose");
    act(world, propose);
    expect(act(world, propose, now + 60_000)).toMatchObject({
      answer: {
        repeated: true,
        session: { life: { state: "closed", ending: { reason: "proposal_expired" } } },
      },
      facts: [],
    });
  });

  test("with anything else under its id is refused, by the proposer and by its siblings", () => {
    const world = city.city();
    act(world, command("session.propose"));
    const other = proposalOf(cast.scout1, { purpose: "something else" });
    expect(codeOf(act(world, command("session.propose", { statement: other })))).toBe("proposal.reused");
    const sibling = { caller: callerOf(world, cast.scout2), statement: proposalOf(cast.scout2) };
    expect(codeOf(act(world, command("session.propose", sibling)))).toBe("proposal.reused");
  });
});
