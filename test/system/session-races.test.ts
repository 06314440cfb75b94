/**
 * Two who want something of one session at the same moment, over real connections, in both orders and while the broker
 * stands still: whoever wins, it is one, the other is told how things stand, and every reader finds the same afterwards.
 */
import type { SessionView } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Speaking } from "../fixtures/calling.js";
import { addMember, publish } from "../fixtures/dealings.js";
import { jsonOf } from "../fixtures/exchange.js";
import { engage, proposal, proposeTo } from "../fixtures/market.js";
import { type Act, asks, calls, type Judged, type Told, toldBy } from "../fixtures/sessions.js";
import { makeInstance } from "../fixtures/world.js";
import { openStage, rounds } from "./session-stage.js";

const { opened, stage, judged, together } = openStage("exchange");

/** Over REST in every third round, over the sockets in the others. */
const act = (round: number, by: Speaking, what: Act, session: SessionView): Promise<Told> =>
  round % 3 === 0 && what !== "join" ? asks(by.principal, what, session) : calls(by, what, session);

const count = (kinds: readonly string[], kind: string): number =>
  kinds.filter((each) => each === `session.${kind}`).length;

/** One of them has done it, and each of the others is told the state that there is. */
function oneWins(told: readonly Told[], { view }: Judged): number {
  const winner = told.findIndex(({ done }) => done);
  const losers = told.filter((_each, at) => at !== winner);
  expect(winner).not.toBe(-1);
  expect(losers).toEqual(losers.map(() => ({ done: false, code: "session.state", state: view.state })));
  return winner;
}

interface Rival {
  readonly act: (round: number, session: SessionView) => Promise<Told>;
  /** Whether the acceptance has won. */
  readonly holds: (accepted: Told, rival: Told, found: Judged) => boolean;
  readonly after?: () => Promise<unknown>;
}

const rivals: Readonly<Record<string, Rival>> = {
  "the accept of a sibling": {
    act: (round, session) => act(round, stage().second, "accept", session),
    holds(one, two, found) {
      const winner = oneWins([one, two], found);
      expect(count(found.kinds, "accepted")).toBe(1);
      expect(found.view.provider.instance).toBe([stage().first, stage().second][winner]?.principal.id);
      return winner === 0;
    },
  },
  "the withdrawal": {
    act: (round, session) => act(round, stage().consumer, "withdraw", session),
    holds(accepted, withdrawn, found) {
      const winner = oneWins([accepted, withdrawn], found);
      expect(found.view.closed?.reason).toBe(winner === 0 ? undefined : "withdrawn");
      return winner === 0;
    },
  },
  "the rejection by the provider's admin": {
    act: (_round, session) => asks(opened.world.b.admin, "reject", session),
    holds(accepted, rejected, found) {
      const winner = oneWins([accepted, rejected], found);
      expect(found.view.closed?.reason).toBe(winner === 0 ? undefined : "rejected");
      return winner === 0;
    },
  },
  "the retraction of the advertisement": {
    act: async () => toldBy(await stage().first.principal.ask("DELETE", decidedPath())),
    holds(accepted, retracted, { view }) {
      expect(retracted.done).toBe(true);
      if (!accepted.done) expect(accepted).toEqual({ done: false, code: "session.state", state: "closed" });
      expect([view.state, view.closed?.reason]).toEqual(
        accepted.done ? ["accepted", undefined] : ["closed", "advertisement_retracted"],
      );
      return accepted.done;
    },
    after: () => {
      const { market, first, decided } = stage();
      return publish(first.principal, market.offering, "decided", market.workgroup, decided.contract);
    },
  },
  "the consumer's removal from the workgroup": {
    act: async () => toldBy(await opened.world.a.admin.ask("DELETE", memberPath())),
    holds(accepted, removed, { view, kinds }) {
      expect(removed.done).toBe(true);
      if (!accepted.done) expect(accepted).toEqual({ done: false, code: "session.state", state: "closed" });
      expect(count(kinds, "accepted")).toBe(accepted.done ? 1 : 0);
      expect([view.state, view.closed?.reason]).toEqual(["closed", "membership_removed"]);
      return accepted.done;
    },
    after: () => addMember(opened.world.a.admin, stage().market.workgroup, stage().market.engaging),
  },
};

const decidedPath = () => `/v1/agents/${stage().market.offering}/advertisements/decided`;
const memberPath = () => `/v1/workgroups/${stage().market.workgroup}/members/${stage().market.engaging}`;
describe("an acceptance against", () => {
  test.each(Object.entries(rivals))("%s: one of them wins [SES-9] [SES-10]", async (_name, rival) => {
    const won = { acceptance: 0, rival: 0 };
    for (let round = 0; round < rounds; round++) {
      const { consumer, first, decided } = stage();
      const session = await proposeTo(consumer.principal, decided);
      const [accepted, other] = await together(round, [
        () => act(round, first, "accept", session),
        () => rival.act(round, session),
      ]);
      if (accepted === undefined || other === undefined) throw new TypeError("two were asked");
      const found = await judged(session);
      won[rival.holds(accepted, other, found) ? "acceptance" : "rival"] += 1;
      if (found.view.state !== "closed")
        expect(await asks(opened.world.a.admin, "close", session)).toMatchObject({ done: true });
      await rival.after?.();
    }
    // A race that always ends alike was none.
    expect(Math.min(won.acceptance, won.rival)).toBeGreaterThan(0);
  });

  test("the end of the proposal's time: before it, or not at all [SES-11]", async () => {
    const { consumer, first, second, brief } = stage();
    const proposed = await Promise.all(
      Array.from({ length: rounds }, () => proposeTo(consumer.principal, brief)),
    );
    const outcomes = await Promise.all(
      proposed.map(async (session, round) => {
        const by = round % 2 === 0 ? first : second;
        const until = Date.parse(session.closesBy ?? "");
        const at = round === 0 ? 0 : until - 24 + 2 * round;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
        return { session, until, told: await act(round, by, "accept", session) };
      }),
    );
    for (const { session, until, told } of outcomes) {
      if (!told.done) expect(told).toEqual({ done: false, code: "session.state", state: "closed" });
      // It is closed from that millisecond on; that it was written so is told.
      if (!told.done)
        expect(await consumer.event("session.closed", session.id)).toMatchObject({
          reason: "proposal_expired",
        });
      const { view, kinds } = await judged(session);
      expect(count(kinds, "accepted")).toBe(told.done ? 1 : 0);
      if (told.done) expect(Date.parse(view.acceptedAt ?? "")).toBeLessThan(until);
      else expect(view.closed?.reason).toBe("proposal_expired");
      if (told.done) await asks(opened.world.a.admin, "close", session);
    }
    expect(new Set(outcomes.map(({ told }) => told.done)).size).toBe(2);
  });

  test("itself: the winner repeats it, at once and when all is over, and is told so each time [SES-9]", async () => {
    const { consumer, first, decided } = stage();
    for (let round = 0; round < rounds; round++) {
      const session = await proposeTo(consumer.principal, decided);
      const again = () => [asks(first.principal, "accept", session), calls(first, "accept", session)];
      const told = await together(
        round,
        Array.from({ length: 4 }, (_none, at) => () => act(at, first, "accept", session)),
      );
      expect(told).toEqual(told.map(() => ({ done: true, code: null, state: "accepted" })));
      const { kinds } = await judged(session);
      expect(count(kinds, "accepted")).toBe(1);
      await asks(opened.world.b.admin, "close", session);
      const after = await judged(session);
      for (const late of await Promise.all(again()))
        expect(late).toEqual({ done: true, code: null, state: "closed" });
      expect(await judged(session)).toEqual(after);
    }
  });
});

describe("both sides are in, and", () => {
  test("one close wins against the other side's and an admin's: its reason stands [SES-15]", async () => {
    const { consumer, first, decided } = stage();
    const reasons = new Map<number, string>();
    for (let round = 0; round < rounds; round++) {
      const session = await engage(consumer, decided);
      expect(await calls(first, "accept", session)).toMatchObject({ done: true, state: "active" });
      const told = await together(round, [
        () => act(round, consumer, "close", session),
        () => act(round, first, "close", session),
        () => asks(opened.world.b.admin, "close", session),
      ]);
      const found = await judged(session);
      const winner = oneWins(told, found);
      expect(count(found.kinds, "closed")).toBe(1);
      const { reason } = found.view.closed ?? {};
      expect(reason).toBe(["completed_by_consumer", "completed_by_provider", "operator_closed"][winner]);
      reasons.set(winner, reason ?? "");
      for (const side of [consumer, first])
        expect(await side.event("session.closed", session.id)).toMatchObject({ reason });
    }
    expect(reasons.size).toBeGreaterThan(1);
  });
});

describe("nobody is in yet, and", () => {
  test("one of two instances joins; the other is told that it is held [SES-14]", async () => {
    const { consumer, first, second, open } = stage();
    for (let round = 0; round < rounds; round++) {
      const session = await engage(consumer, open);
      const told = await together(
        round,
        [first, second].map((by) => () => calls(by, "join", session)),
      );
      const { view, kinds } = await judged(session);
      const winner = told.findIndex(({ done }) => done);
      expect(told.toSpliced(winner, 1)).toEqual([{ done: false, code: "session.not-held", state: null }]);
      expect([view.state, view.provider.instance]).toEqual(["active", [first, second][winner]?.principal.id]);
      expect([count(kinds, "joined"), count(kinds, "activated")]).toEqual([2, 1]);
      await asks(opened.world.a.admin, "close", session);
    }
  });

  test("one proposal that is sent several times is one session [SES-9]", async () => {
    const { consumer, open } = stage();
    for (let round = 0; round < rounds; round++) {
      const said = proposal(consumer.principal, open);
      const ids: string[] = [];
      const keep = (id: unknown): Told => {
        ids.push(String(id));
        return { done: true, code: null, state: null };
      };
      const rest = async () =>
        keep((await consumer.principal.done<SessionView>("POST", "/v1/sessions", said)).id);
      const socket = async () => keep((await consumer.done<SessionView>("propose", said)).id);
      await together(round, [rest, socket, rest, socket]);
      expect(new Set(ids).size).toBe(1);
      const { kinds } = await judged({ id: ids[0] as SessionView["id"] });
      expect([count(kinds, "proposed"), count(kinds, "accepted")]).toEqual([1, 1]);
      await asks(opened.world.a.admin, "close", { id: ids[0], proposalDigest: "" } as SessionView);
    }
  });

  test("who proposes is revoked: refused, or closed as it is made; nothing of it stays open [SES-10]", async () => {
    const { market, open } = stage();
    const { a } = opened.world;
    const ends = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const instance = await makeInstance(a.admin, market.engaging);
      await instance.token();
      const made: SessionView[] = [];
      const [proposed, revoked] = await together(round, [
        async () => {
          const answer = await instance.post("/v1/sessions", proposal(instance, open));
          if (answer.status === 201) made.push(jsonOf<SessionView>(answer));
          return toldBy(answer);
        },
        async () => toldBy(await a.admin.post(`/v1/instances/${instance.id}/revoke`)),
      ]);
      expect([proposed?.done, revoked?.done]).toEqual([made.length === 1, true]);
      ends.add(proposed?.code ?? "made");
      // One page of each: nothing else is open here.
      const stillOpen = ["proposed", "accepted", "active"].map((state) =>
        a.admin.done<{ items: SessionView[] }>("GET", `/v1/sessions?state=${state}`),
      );
      const items = (await Promise.all(stillOpen)).flatMap((page) => page.items);
      expect(items.filter(({ consumer }) => consumer.instance === instance.id)).toEqual([]);
      for (const session of made)
        expect((await judged(session)).view.closed).toMatchObject({ reason: "identity_revoked" });
    }
    expect([...ends].sort()).toEqual(["identity.revoked", "made"]);
  });
});
