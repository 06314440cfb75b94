/** A market with its people connected, for tests of sessions: one consumer, two instances of the provider's agent. */
import type { SessionView } from "@parley/protocol";
import { afterAll } from "vitest";
import { Speaking } from "../fixtures/calling.js";
import { type Market, type Offered, offer, openMarket } from "../fixtures/market.js";
import { type Opened, openWorld } from "../fixtures/opened-world.js";
import { type Judged, judge, type Told } from "../fixtures/sessions.js";
import { makeInstance } from "../fixtures/world.js";

export interface Stage {
  readonly market: Market;
  readonly consumer: Speaking;
  readonly first: Speaking;
  readonly second: Speaking;
  /** Under `acceptance: provider`, `operator`, `open`; and one whose proposals wait for a second. */
  readonly decided: Offered;
  readonly ruled: Offered;
  readonly open: Offered;
  readonly brief: Offered;
}

export interface OpenStage {
  readonly opened: Opened;
  stage(): Stage;
  /** As both agents and both organisations find it. */
  judged(session: Pick<SessionView, "id">): Promise<Judged>;
  /** In the order of the contenders, whatever the order in which they were sent. */
  together(round: number, contenders: readonly Contender[]): Promise<Told[]>;
}

export type Contender = () => Promise<Told>;

export const rounds = 24;

const many = { maxConcurrentSessions: 1_000 };

export function openStage(name: string): OpenStage {
  let made: Stage | undefined;
  const opened = openWorld(async ({ a, b }) => {
    const market = await openMarket(b, a, name);
    const one = await makeInstance(b.admin, market.offering);
    made = {
      market,
      consumer: await Speaking.as(await makeInstance(a.admin, market.engaging)),
      first: await Speaking.as(one),
      second: await Speaking.as(await makeInstance(b.admin, market.offering)),
      decided: await offer(market, one, "decided", many),
      ruled: await offer(market, one, "ruled", { ...many, acceptance: "operator" }),
      open: await offer(market, one, "open", { ...many, acceptance: "open" }),
      brief: await offer(market, one, "brief", { ...many, proposalTimeoutSeconds: 1 }),
    };
  });
  const stage = () => {
    if (made === undefined) throw new Error("the stage is set with the world");
    return made;
  };
  afterAll(async () => {
    if (made === undefined) return;
    for (const speaking of [made.consumer, made.first, made.second]) await speaking.end();
  });
  return {
    opened,
    stage,
    together: (round, contenders) => together(opened, round, contenders),
    judged(session) {
      const { consumer, first, second } = stage();
      const { a, b } = opened.world;
      const readers = [consumer.principal, first.principal, second.principal];
      return judge(session, readers, [a.admin, b.admin]);
    },
  };
}

/**
 * Every other round begins with the other end. In half of the rounds the broker stands still meanwhile, so that it finds
 * all of them at once; in the others they come after each other, closer or less close. In the last two one waits for the
 * other's answer, so that each has won once.
 */
async function together({ world }: Opened, round: number, contenders: readonly Contender[]): Promise<Told[]> {
  const { broker } = world;
  const standsStill = round % 4 < 2;
  const gapMs = standsStill ? 0 : Math.floor(round / 4);
  if (standsStill) broker.signal("SIGSTOP");
  const asking = new Map<Contender, Promise<Told>>();
  for (const each of round % 2 === 0 ? contenders : contenders.toReversed()) {
    const asked = each();
    asking.set(each, asked);
    if (round >= rounds - 2) await asked;
    if (gapMs > 0) await new Promise((resolve) => setTimeout(resolve, gapMs));
  }
  // So that what is asked over new connections is on its way.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  if (standsStill) broker.signal("SIGCONT");
  return Promise.all(contenders.map(async (each) => asking.get(each) ?? each()));
}
