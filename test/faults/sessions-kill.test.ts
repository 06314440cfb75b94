/**
 * kill -9 in the middle of a sweep: something is taken away on which several hundred sessions rely, and the broker dies
 * while it writes that they are closed. When it is ready again each of them has its closing fact, and no other has one.
 */
import { limits, type SessionView } from "@parley/protocol";
import { afterAll, describe, expect, test } from "vitest";
import { openBrokers } from "../fixtures/brokers.js";
import { Speaking } from "../fixtures/calling.js";
import { engage, type Market, type Offered, offer, openMarket } from "../fixtures/market.js";
import type { Principal } from "../fixtures/principal.js";
import { enrolPlatform, makeInstance, makeOrganisation } from "../fixtures/world.js";
import { recordedFacts } from "./store-inspection.js";

const brokers = openBrokers();
/** As many as one connection may hold: three batches of closing facts. */
const dependents = limits.joinedSessionsPerConnection;
const bystanders = 20;

/** Over one connection, which holds them all. */
async function sessionsOf(by: Speaking, offered: Offered, many: number): Promise<SessionView[]> {
  const sessions: SessionView[] = [];
  while (sessions.length < many) {
    const length = Math.min(limits.callsWaitingPerConnection, many - sessions.length);
    sessions.push(...(await Promise.all(Array.from({ length }, () => engage(by, offered)))));
  }
  return sessions;
}

interface Taking {
  readonly by: (market: Market) => Principal;
  readonly path: (market: Market) => string;
  readonly reason: string;
  /** Whose sockets are cut hears of no session: that is when it is killed then. */
  readonly cuts: boolean;
}

const takings: Readonly<Record<string, Taking>> = {
  "the consumer is removed from the workgroup": {
    by: ({ consumer }) => consumer.admin,
    path: ({ workgroup, engaging }) => `/v1/workgroups/${workgroup}/members/${engaging}/remove`,
    reason: "membership_removed",
    cuts: false,
  },
  "the workgroup is dissolved": {
    by: ({ provider }) => provider.admin,
    path: ({ workgroup }) => `/v1/workgroups/${workgroup}/dissolve`,
    reason: "workgroup_dissolved",
    cuts: false,
  },
  "the consumer's agent is revoked": {
    by: ({ consumer }) => consumer.admin,
    path: ({ engaging }) => `/v1/agents/${engaging}/revoke`,
    reason: "identity_revoked",
    cuts: true,
  },
};

type Facts = Awaited<ReturnType<typeof recordedFacts>>;

/** When it was closed: by one fact, the last of its chain, by the broker and for this reason. */
function closedAt(chain: Facts, reason: string): number {
  const closings = chain.filter(({ kind }) => kind === "session.closed");
  expect(closings).toEqual(chain.slice(-1));
  const [closing] = closings;
  expect(closing?.data).toMatchObject({ life: { state: "closed", ending: { by: "broker", reason } } });
  return closing?.at ?? 0;
}

const interrupted: string[] = [];

describe("the broker is killed while it closes what relies on something that is taken:", () => {
  test.each(Object.entries(takings))(
    "%s [SES-20]",
    async (name, { by, path, reason, cuts }) => {
      const broker = await brokers.start();
      const platform = await enrolPlatform(broker);
      const provider = await makeOrganisation(platform, "provider");
      const consumer = await makeOrganisation(platform, "consumer");
      const terms = { acceptance: "open", maxConcurrentSessions: 1_000 };
      const struck = await openMarket(provider, consumer, "struck");
      const spared = await openMarket(provider, consumer, "spared");
      const offerIn = async (market: Market, name: string) =>
        offer(market, await makeInstance(provider.admin, market.offering), name, terms);
      const speakIn = async ({ engaging }: Market) =>
        Speaking.as(await makeInstance(consumer.admin, engaging));
      const hearing = await speakIn(struck);
      const hit = await sessionsOf(hearing, await offerIn(struck, "ours"), dependents);
      const left = await sessionsOf(await speakIn(spared), await offerIn(spared, "theirs"), bystanders);
      const [first] = hit.toSorted((one, other) => (one.id < other.id ? -1 : 1));
      const heard = cuts ? hearing.closed : hearing.event("session.closed", first?.id ?? "");
      const taking = by(struck)
        .post(path(struck))
        .catch(() => "nothing");
      await heard;
      broker.signal("SIGKILL");
      await broker.ended;
      const killedAt = Date.now();
      const answered = (await taking) !== "nothing";

      await (await brokers.again(broker)).stop();
      const facts = await recordedFacts(broker.data);
      const chainOf = ({ id }: SessionView) => facts.filter(({ stream }) => stream === `session:${id}`);
      const closings = hit.map((session) => closedAt(chainOf(session), reason));
      const after = closings.filter((at) => at > killedAt).length;
      // What was answered had closed them all.
      if (answered) expect(after).toBe(0);
      if (after > 0) interrupted.push(name);
      for (const session of left)
        expect(chainOf(session).map(({ kind }) => kind)).not.toContain("session.closed");
      const sweeps = facts.filter(({ kind }) => kind.startsWith("sweep."));
      expect(sweeps.map(({ kind }) => kind)).toEqual(["sweep.began", "sweep.ended"]);
    },
    240_000,
  );
});

afterAll(() => {
  // Of three, one at least was cut off before its end: otherwise nothing was shown.
  expect(interrupted).not.toEqual([]);
});
