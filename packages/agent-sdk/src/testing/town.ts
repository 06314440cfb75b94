/** What a fake broker shows of offers and sessions, and a town in which an agent meets it. */
import {
  type CatalogItemView,
  defaultContract,
  defaultTerms,
  defaultTermsDigest,
  makeId,
  type SessionView,
  type SideName,
} from "@parley/protocol";
import type { AgentOptions } from "../agent.js";
import { FakeCalls } from "./fake-calls.js";
import { proposedAs, type Unsigned } from "./signed-proposal.js";
import { connected } from "./watched-agent.js";
import { type World, world } from "./world.js";

export const digest = "A".repeat(43);

export interface Town extends World {
  readonly calls: FakeCalls;
  /** What the broker shows of sessions over REST. */
  readonly sessions: Map<string, SessionView>;
  readonly agent: Awaited<ReturnType<typeof connected>>["agent"];
  readonly watch: Awaited<ReturnType<typeof connected>>["watch"];
  readonly troubles: unknown[];
  /** Shows a session from now on. */
  show(view: SessionView): SessionView;
  /** The connection is lost, and there is another. */
  reconnect(): Promise<void>;
}

export async function town(more: Partial<AgentOptions> = {}): Promise<Town> {
  const there = await world();
  const calls = new FakeCalls(there.broker);
  const sessions = new Map<string, SessionView>();
  there.broker.routes.set("GET /v1/sessions", ({ query }) => {
    const asked = new URLSearchParams(query);
    const isAsked = ({ state, provider }: SessionView) =>
      (asked.get("state") ?? state) === state &&
      (asked.get("side") !== "provider" || provider.agent.id === there.broker.agentId);
    return { status: 200, body: { items: [...sessions.values()].filter(isAsked), nextCursor: null } };
  });
  const { agent, watch } = await connected(there, more);
  const troubles: unknown[] = [];
  agent.on("trouble", (trouble) => troubles.push(trouble));
  const show = (view: SessionView) => {
    sessions.set(view.id, view);
    there.broker.routes.set(`GET /v1/sessions/${view.id}`, () => ({
      status: 200,
      body: sessions.get(view.id),
    }));
    return view;
  };
  const reconnect = async () => {
    there.broker.sockets.at(-1)?.close(4408);
    there.clock.step((await watch.next("waiting")).forMs);
    await watch.next("connected");
  };
  return { ...there, calls, sessions, agent, watch, troubles, show, reconnect };
}

export function offerOf(more: Partial<CatalogItemView> = {}): CatalogItemView {
  return {
    advertisement: makeId("advertisement"),
    name: "equity-feed",
    description: "",
    agent: { id: makeId("agent"), name: "feed" },
    organisation: { id: makeId("organisation"), name: "markets-co" },
    capabilities: [capabilityOf("markets.equity")],
    patterns: ["request-response"],
    contract: { id: defaultContract, termsDigest: defaultTermsDigest, terms: defaultTerms },
    publishedAt: "2026-01-05T09:00:00.000Z",
    workgroup: { id: makeId("workgroup"), address: "markets-co/channel" },
    available: true,
    ...more,
  };
}

export const capabilityOf = (name: string) => ({
  name,
  description: "",
  requestSchema: null,
  responseSchema: null,
  metadata: {},
});

/** A session in which the town's agent is on this side. */
export function sessionOf(
  { broker }: Pick<World, "broker">,
  side: SideName,
  more: Partial<SessionView> = {},
): SessionView {
  const own = {
    agent: { id: broker.agentId, name: "own" },
    organisation: { id: broker.organisationId, name: "own-co" },
    instance: null,
    stated: {},
    joinedAt: null,
    sent: { envelopes: 0, bytes: 0, acknowledged: 0 },
  };
  const other = {
    agent: { id: makeId("agent"), name: "other" },
    organisation: { id: makeId("organisation"), name: "other-co" },
    instance: null,
    stated: {},
    joinedAt: null,
    sent: { envelopes: 0, bytes: 0, acknowledged: 0 },
  };
  const consumer =
    side === "consumer"
      ? { ...own, instance: broker.principalId }
      : { ...other, instance: makeId("instance") };
  const view: Unsigned = {
    id: makeId("session"),
    state: "proposed",
    proposal: makeId("proposal"),
    acceptanceStatement: null,
    workgroup: makeId("workgroup"),
    advertisement: makeId("advertisement"),
    capability: "markets.equity",
    contract: defaultContract,
    termsDigest: defaultTermsDigest,
    terms: defaultTerms,
    purpose: null,
    consumer,
    provider: side === "provider" ? own : other,
    wouldRefuse: [],
    proposedAt: new Date(broker.nowMs()).toISOString(),
    acceptedAt: null,
    activeAt: null,
    closedAt: null,
    closesBy: null,
    closed: null,
    ...more,
  };
  return { ...view, ...proposedAs(view, broker.issuer), ...more };
}

export const at = ({ broker }: Pick<World, "broker">): string => new Date(broker.nowMs()).toISOString();

/** The same session, accepted; `joined` by this agent's side, if it is. */
export function accepted(there: World, view: SessionView, joined: SideName | undefined): SessionView {
  const now = at(there);
  const next: SessionView = { ...view, state: "accepted", acceptedAt: now };
  if (joined === undefined) return next;
  return { ...next, [joined]: { ...view[joined], instance: there.broker.principalId, joinedAt: now } };
}

export function closed(
  there: World,
  view: SessionView,
  reason: NonNullable<SessionView["closed"]>["reason"],
  detail: string | null = null,
): SessionView {
  const how = { reason, detail, side: null, rule: null, limit: null, used: null };
  return { ...view, state: "closed", closedAt: at(there), closed: how };
}
