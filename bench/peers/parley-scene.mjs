/**
 * Who talks through Parley: two companies that share a workgroup, so many providers and consumers of them, and terms with
 * every number at its ceiling. One session takes 6,000 envelopes of a side in a minute, which is a ceiling as well: a
 * pair therefore has several sessions, made before the clock runs, and goes on in the next where one is spent.
 */
import { atOnce } from "../principals.mjs";
import * as market from "../sessions/market.mjs";
import { Wire } from "../sessions/wire.mjs";
import { demand } from "./lane.mjs";

const { ceilings } = await import(new URL("../../packages/protocol/dist/index.js", import.meta.url).href);

/** Below the ceiling of a minute, so that what is on the way when one is spent is below it as well. */
export const envelopesPerSession = ceilings.maxEnvelopesPerMinute - 100;
/** One connection may be in 256. Who needs more than these is told so when they are spent. */
const joinedMax = 250;

const terms = {
  ...{ acceptance: "open", maxConcurrentSessions: ceilings.maxConcurrentSessions },
  ...{ maxEnvelopes: ceilings.maxEnvelopes, maxEnvelopeBytes: ceilings.maxEnvelopeBytes },
  ...{ maxTotalBytes: ceilings.maxTotalBytes, maxEnvelopesPerMinute: ceilings.maxEnvelopesPerMinute },
};

export class Scene {
  #pairs = [];

  static async open({ issuer, token }, more = {}) {
    const scene = new Scene();
    scene.opened = await market.openMarket({ issuer, firstToken: () => token });
    scene.contract = await market.contract(scene.opened.acme, "bench", { ...terms, ...more });
    return scene;
  }

  async pairs(count) {
    const { acme, globex, workgroup, home } = this.opened;
    await home.refresh();
    await acme.admin.signIn();
    await globex.admin.signIn();
    const missing = Array.from({ length: count - this.#pairs.length }, (_, at) => this.#pairs.length + at);
    await atOnce(8, missing, async (number) => {
      const feed = await market.member(acme, workgroup, `feed-${number}`, { offer: true });
      const desk = await market.member(globex, workgroup, `desk-${number}`, { engage: true });
      const said = { workgroup, contract: this.contract };
      const offer = await market.advertise(acme, feed.id, "bench", said);
      this.#pairs[number] = { offer, provider: feed.instances[0], consumer: desk.instances[0] };
    });
    return this.#pairs.slice(0, count);
  }
}

/** Both of a pair, connected. */
export async function connectPair({ offer, provider, consumer }) {
  const [consumes, provides] = await Promise.all([Wire.open(consumer), Wire.open(provider)]);
  return { offer, consumer: consumes, provider: provides };
}

/** A session that both are in. */
export async function engage({ offer, consumer, provider }) {
  const statement = market.proposal(consumer.principal, offer);
  const { id, state } = await consumer.call("propose", { statement });
  demand(state === "accepted", `an open contract left the session ${state}`);
  const joined = await provider.call("join", { session: id });
  demand(joined.state === "active", `both are in and the session is ${joined.state}`);
  demand(joined.resume?.after === 0, "a session begins after something");
  return id;
}

/** As many as are needed for so many envelopes, or may be had. */
export async function engageFor(pair, envelopes) {
  const count = Math.min(Math.ceil(envelopes / envelopesPerSession) + 1, joinedMax);
  const sessions = [];
  await atOnce(8, Array(count).fill(pair), async (one) => sessions.push(await engage(one)));
  return sessions;
}

/** The record, asked by who was in it: how much each side has sent there. */
export async function sentIn(principal, session) {
  const { consumer, provider } = await principal.ask("GET", `/v1/sessions/${session}`);
  return { consumer: consumer.sent, provider: provider.sent };
}
