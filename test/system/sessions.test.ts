/**
 * Sessions from outside, over real connections: who is offered one and who may accept it, what happens to it when
 * something that it relies on is taken away, and that it is as it was when the broker comes back.
 */
import type { SessionView } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { startAgain } from "../fixtures/broker-process.js";
import { Speaking } from "../fixtures/calling.js";
import { engage, type Market, offer, openMarket, proposeTo } from "../fixtures/market.js";
import type { Principal } from "../fixtures/principal.js";
import { asks, calls, judge, readSession } from "../fixtures/sessions.js";
import { makeInstance, makeOrganisation, type World } from "../fixtures/world.js";
import { openStage, type Stage } from "./session-stage.js";

const { opened, stage, judged } = openStage("exchange");
const serving = { capabilities: ["quotes"] };
let count = 0;

describe("of two instances that serve [SOC-23]", () => {
  test("one is offered a proposal, the other after a while, and either may take it", async () => {
    const { consumer, first, second, decided } = stage();
    for (const each of [first, second]) await each.done("serve", serving);
    const session = await proposeTo(consumer.principal, decided);
    const offers = [first, second].map(async (each) => {
      expect(await each.event("session.available", session.id)).toMatchObject({
        why: "proposed",
        capability: "quotes",
      });
      return each;
    });
    const told = await Promise.race(offers);
    await Promise.all(offers);
    const other = told === first ? second : first;
    expect(told.heard("session.available", session.id)).toBe(0);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(session.proposedAt) + 2_000);
    expect(await calls(other, "accept", session)).toMatchObject({ done: true });
    await asks(opened.world.b.admin, "close", session);
    for (const each of [consumer, told, other])
      expect(await each.event("session.closed", session.id)).toMatchObject({ reason: "operator_closed" });
  });

  test("the busier one is offered it later, and may take it all the same", async () => {
    const { consumer, first, second, decided, open } = stage();
    const held = await engage(consumer, open);
    await calls(first, "join", held);
    for (const each of [first, second]) await each.done("serve", serving);
    for (let round = 0; round < 5; round++) {
      const session = await engage(consumer, decided);
      await second.event("session.available", session.id);
      expect(await calls(first, "accept", session)).toMatchObject({ done: true, state: "active" });
      expect(await consumer.event("session.accepted", session.id)).toMatchObject({ joined: true });
      expect(first.heard("session.available", session.id)).toBe(0);
      await asks(opened.world.b.admin, "close", session);
    }
    await asks(opened.world.b.admin, "close", held);
  });
});

type Who = (world: World, stage: Stage) => Principal;
const people: Readonly<Record<string, Who>> = {
  "the consumer's instance": (_world, { consumer }) => consumer.principal,
  "the consumer's admin": ({ a }) => a.admin,
  "the consumer's auditor": ({ a }) => a.auditor,
  "another agent of the provider's organisation": ({ b }) => b.instance,
  "the provider's auditor": ({ b }) => b.auditor,
  "the platform": ({ platform }) => platform,
};
const notAllowed: Readonly<Record<string, string>> = {
  "another agent of the provider's organisation": "not-found",
  "the platform": "not-found",
};

describe("under acceptance by", () => {
  test.each([
    ["provider", "decided", { ...people, "the provider's admin": ({ b }: World) => b.admin }],
    [
      "operator",
      "ruled",
      { ...people, "the provider's instance": (_: World, on: Stage) => on.first.principal },
    ],
  ] as const)("the %s nobody else accepts [SES-7]", async (_name, offered, all) => {
    const session = await proposeTo(stage().consumer.principal, stage()[offered]);
    const before = await judged(session);
    for (const [name, who] of Object.entries(all)) {
      const by = who(opened.world, stage());
      const refused = { done: false, code: notAllowed[name] ?? "role.missing" };
      expect([name, await asks(by, "accept", session)]).toEqual([name, expect.objectContaining(refused)]);
    }
    expect(await judged(session)).toEqual(before);
    const by = offered === "ruled" ? opened.world.b.admin : stage().second.principal;
    expect(await asks(by, "accept", session)).toEqual({ done: true, code: null, state: "accepted" });
    expect((await judged(session)).view.provider.instance).toBe(offered === "ruled" ? null : by.id);
    await asks(opened.world.a.admin, "close", session);
  });

  test("nobody, it is accepted in the same answer, and nobody accepts it again [SES-7]", async () => {
    const { consumer, first, open } = stage();
    const session = await proposeTo(consumer.principal, open);
    expect(session.state).toBe("accepted");
    const { a, b } = opened.world;
    for (const by of [first.principal, b.admin, a.admin, consumer.principal])
      expect(await asks(by, "accept", session)).toEqual({
        done: false,
        code: "session.state",
        state: "accepted",
      });
    expect((await judged(session)).kinds).toEqual(["session.proposed", "session.accepted"]);
    await asks(a.admin, "close", session);
  });
});

/** Two organisations of their own, an active session, and a proposal by another instance that waits. */
interface Stand extends Market {
  readonly consuming: Speaking;
  readonly other: Speaking;
  readonly providing: Speaking;
  readonly active: SessionView;
  readonly waiting: SessionView;
}

async function openStand(platform: Principal): Promise<Stand> {
  count += 1;
  const name = `stand-${count}`;
  const provider = await makeOrganisation(platform, `${name}-provider`);
  const market = await openMarket(provider, await makeOrganisation(platform, `${name}-consumer`), name);
  const { offering, engaging, consumer } = market;
  const providing = await Speaking.as(await makeInstance(provider.admin, offering), ["quotes"]);
  const consuming = await Speaking.as(await makeInstance(consumer.admin, engaging));
  const other = await Speaking.as(await makeInstance(consumer.admin, engaging));
  const offered = await offer(market, providing.principal, "offer");
  const active = await engage(consuming, offered);
  expect(await calls(providing, "accept", active)).toMatchObject({ state: "active" });
  const waiting = await engage(other, offered);
  return { ...market, consuming, other, providing, active, waiting };
}

interface Taking {
  readonly by: (stand: Stand, world: World) => Principal;
  readonly path: (stand: Stand) => string;
  readonly reason: string;
  /** Whether what waits relies on it too. */
  readonly waitingToo: boolean;
  /** Whose sockets stay, and hear of it; whose admin still reads. */
  readonly stays: "consumer" | "provider" | "both";
}

const atInstance = (which: "consuming" | "providing", verb: string) => (stand: Stand) =>
  `/v1/instances/${stand[which].principal.id}/${verb}`;
const ofConsumer = ({ consumer }: Stand) => consumer.admin;
const ofProvider = ({ provider }: Stand) => provider.admin;
const takings: Readonly<Record<string, Taking>> = {
  "the consumer's instance is revoked": {
    by: ofConsumer,
    path: atInstance("consuming", "revoke"),
    reason: "identity_revoked",
    waitingToo: false,
    stays: "provider",
  },
  "the provider's instance is suspended": {
    by: ofProvider,
    path: atInstance("providing", "suspend"),
    reason: "identity_suspended",
    waitingToo: false,
    stays: "consumer",
  },
  "the consumer's agent is suspended": {
    by: ofConsumer,
    path: ({ engaging }) => `/v1/agents/${engaging}/suspend`,
    reason: "identity_suspended",
    waitingToo: true,
    stays: "provider",
  },
  "the provider's agent is revoked": {
    by: ofProvider,
    path: ({ offering }) => `/v1/agents/${offering}/revoke`,
    reason: "identity_revoked",
    waitingToo: true,
    stays: "consumer",
  },
  "the provider's organisation is suspended": {
    by: (_stand, { platform }) => platform,
    path: ({ provider }) => `/v1/organisations/${provider.id}/suspend`,
    reason: "identity_suspended",
    waitingToo: true,
    stays: "consumer",
  },
  "the consumer's membership is removed": {
    by: ofConsumer,
    path: ({ workgroup, engaging }) => `/v1/workgroups/${workgroup}/members/${engaging}/remove`,
    reason: "membership_removed",
    waitingToo: true,
    stays: "both",
  },
  "the consumer's organisation leaves": {
    by: ofConsumer,
    path: ({ workgroup }) => `/v1/workgroups/${workgroup}/leave`,
    reason: "organisation_left",
    waitingToo: true,
    stays: "both",
  },
  "the workgroup is dissolved": {
    by: ofProvider,
    path: ({ workgroup }) => `/v1/workgroups/${workgroup}/dissolve`,
    reason: "workgroup_dissolved",
    waitingToo: true,
    stays: "both",
  },
};

describe("what is taken away closes what relies on it [SES-10] [SES-20]:", () => {
  test.each(Object.entries(takings))("%s", async (_name, { by, path, reason, waitingToo, stays }) => {
    const { world } = opened;
    const stand = await openStand(world.platform);
    const bystander = await engage(stage().consumer, stage().open);
    const { consuming, other, providing, active, waiting } = stand;
    const { cut } = await by(stand, world).done<{ cut: { sessions?: number } }>("POST", path(stand));
    // How many an organisation had is not told to the platform [SES-2].
    const told = by(stand, world) === world.platform ? undefined : waitingToo ? 2 : 1;
    expect(cut.sessions).toBe(told);
    const heard = (who: Speaking, session: SessionView) =>
      expect(who.event("session.closed", session.id)).resolves.toMatchObject({ reason });
    if (stays !== "consumer") await heard(providing, active);
    if (stays !== "provider") await heard(consuming, active);
    if (stays !== "provider" && waitingToo) await heard(other, waiting);
    const admins = [stand.consumer.admin, stand.provider.admin].filter(
      (_admin, at) => stays === "both" || stays === (at === 0 ? "consumer" : "provider"),
    );
    const { view, kinds } = await judge(active, [], admins);
    expect([view.closed?.reason, kinds.at(-1)]).toEqual([reason, "session.closed"]);
    const left = await judge(waiting, [], admins);
    expect([left.view.state, left.view.closed?.reason]).toEqual(
      waitingToo ? ["closed", reason] : ["proposed", undefined],
    );
    expect((await judged(bystander)).view.state).toBe("accepted");
    await asks(world.a.admin, "close", bystander);
    for (const speaking of [consuming, other, providing]) await speaking.end();
  });
});

describe("a broker that comes back", () => {
  test.each(["SIGTERM", "SIGKILL"] as const)(
    "after %s finds its sessions as they were, and each goes on",
    async (signal) => {
      const { platform } = opened.world;
      const stand = await openStand(platform);
      const [consumer, provider] = [stand.consuming.principal, stand.providing.principal];
      const offered = await offer(stand, provider, "another", { acceptance: "open" });
      const accepted = await engage(stand.consuming, offered);
      const all = [stand.active, stand.waiting, accepted];
      const read = () => Promise.all(all.map((each) => readSession(consumer, each)));
      const before = await read();
      expect(before.map(({ state }) => state)).toEqual(["active", "proposed", "accepted"]);
      opened.world.broker.signal(signal);
      await opened.world.broker.ended;
      opened.world = { ...opened.world, broker: await startAgain(opened.world.broker) };
      expect(await read()).toEqual(before);

      const providing = await Speaking.as(provider, ["quotes"]);
      const consuming = await Speaking.as(consumer);
      for (const [session, why] of [
        [stand.waiting, "proposed"],
        [accepted, "accepted"],
      ] as const)
        expect(await providing.event("session.available", session.id)).toMatchObject({ why });
      expect(await calls(providing, "accept", stand.waiting)).toMatchObject({
        done: true,
        state: "accepted",
      });
      expect(await calls(providing, "join", accepted)).toMatchObject({ done: true, state: "active" });
      await consuming.event("session.active", accepted.id);
      expect(await calls(consuming, "close", stand.active)).toMatchObject({ done: true, state: "closed" });
      expect(await providing.event("session.closed", stand.active.id)).toMatchObject({
        reason: "completed_by_consumer",
      });
      for (const session of all) await judge(session, [], [stand.consumer.admin, stand.provider.admin]);
      for (const speaking of [consuming, providing]) await speaking.end();
    },
  );
});
