/** Two agents that talk under terms of the test's choice, each term over the wire: consumers, providers, and their sessions. */

import type { SessionView } from "@parley/protocol";
import { afterAll } from "vitest";
import { type Market, type Offered, offer, openMarket, proposal } from "../fixtures/market.js";
import { type Opened, openWorld } from "../fixtures/opened-world.js";
import type { Principal } from "../fixtures/principal.js";
import { Talking } from "../fixtures/talking.js";
import { makeInstance } from "../fixtures/world.js";

export interface Pair {
  readonly session: string;
  readonly consumer: Talking;
  readonly provider: Talking;
}

export interface TalkStage {
  readonly opened: Opened;
  market(): Market;
  consumer(): Talking;
  provider(): Talking;
  /** Under these terms; `acceptance: open`, a great many sessions, and no bound that is not asked for. */
  offered(terms?: object): Promise<Offered>;
  /** Active: both have joined, and all of the joining has been heard. */
  pair(terms?: object | Offered, who?: Partial<Pick<Pair, "consumer" | "provider">>): Promise<Pair>;
  /** Over a new connection of the same instance. */
  again(talking: Talking): Promise<Talking>;
  /** A new instance of its agent, connected. */
  another(of: "consumer" | "provider"): Promise<Talking>;
}

export const plenty = {
  acceptance: "open",
  maxConcurrentSessions: 1_000,
  maxEnvelopes: 100_000,
  maxEnvelopesPerMinute: 6_000,
  maxEnvelopeBytes: 1_048_576,
  maxTotalBytes: 1_073_741_824,
  violationsAllowed: 10,
};

export function openTalkStage(name: string): TalkStage {
  let made: { readonly market: Market; readonly by: Principal } | undefined;
  let talkers: { consumer: Talking; provider: Talking } | undefined;
  const all: Talking[] = [];
  let offers = 0;
  const keep = (talking: Talking) => {
    all.push(talking);
    return talking;
  };
  const opened = openWorld(async ({ a, b }) => {
    const market = await openMarket(b, a, name);
    const by = await makeInstance(b.admin, market.offering);
    made = { market, by };
    talkers = {
      consumer: keep(await Talking.as(await makeInstance(a.admin, market.engaging))),
      provider: keep(await Talking.as(await makeInstance(b.admin, market.offering))),
    };
  });
  afterAll(async () => {
    for (const talking of all) await talking.end();
  });
  const there = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error("the stage is set with the world");
    return one;
  };
  const offered = (terms: object = {}) => {
    const { market, by } = there(made);
    offers += 1;
    return offer(market, by, `offer-${offers}`, { ...plenty, ...terms });
  };
  return {
    opened,
    offered,
    market: () => there(made).market,
    consumer: () => there(talkers).consumer,
    provider: () => there(talkers).provider,
    async pair(terms = {}, who = {}) {
      const { consumer, provider } = { ...there(talkers), ...who };
      const under = "advertisement" in terms ? (terms as Offered) : await offered(terms);
      const proposed = proposal(consumer.principal, under);
      const { id: session } = await consumer.speaking.done<SessionView>("propose", proposed);
      await provider.join(session);
      await consumer.speaking.event("session.active", session);
      return { session, consumer, provider };
    },
    async again(talking) {
      return keep(await Talking.as(talking.principal));
    },
    async another(of) {
      const { a, b } = opened.world;
      const { engaging, offering } = there(made).market;
      const enrolled = of === "consumer" ? makeInstance(a.admin, engaging) : makeInstance(b.admin, offering);
      return keep(await Talking.as(await enrolled));
    },
  };
}
