/** What an agent reaches, as REST shows it: of each kind of thing one, and a contract that would not take it. */
import { type BlastRadiusView, blastRadiusSchema, makeId } from "@parley/protocol";
import { agent, organisation } from "./views.js";

const at = "2026-01-05T09:00:00.000Z";
const channel = { id: makeId("workgroup"), address: "markets-co/channel" };
const research = { id: makeId("workgroup"), address: "quant-house/research" };
const other = { id: makeId("organisation"), name: "quant-house" };
const oracle = { agent: { id: makeId("agent"), name: "oracle" }, organisation: other };
const digest = "t".repeat(43);
const contract = {
  ...{ id: makeId("contract"), termsDigest: digest, acceptance: "provider" },
  ...{ requiredWorkgroups: [], requiredTags: {}, minAgentAgeDays: 0 },
};
const equities = { id: makeId("advertisement"), name: "equities" };
const members = [{ id: organisation.id, name: "markets-co" }, other];
const by = { named: { offer: false, engage: true }, selectors: [] };
const tagged = { id: makeId("selector"), tags: { env: "prod" }, offer: true, engage: true };
const seat = { kind: "workgroup", since: at, organisations: members };

export const radius: BlastRadiusView = blastRadiusSchema.parse({
  agent: { id: agent.id, name: agent.name },
  ...{ at, standing: "active" },
  items: [
    { ...seat, workgroup: channel, offer: false, engage: true, ...by },
    { ...seat, workgroup: research, offer: true, engage: true, named: null, selectors: [tagged] },
    { kind: "agent", workgroup: channel, ...oracle, offer: true, engage: false },
    { kind: "agent", workgroup: research, ...oracle, offer: true, engage: false },
    {
      ...{ kind: "offer", advertisement: equities, workgroup: channel, ...oracle, contract },
      ...{ capabilities: ["markets.equity", "markets.index"], admitted: true, unmet: null },
    },
    {
      ...{ kind: "offer", workgroup: research, ...oracle, contract },
      advertisement: { id: makeId("advertisement"), name: "forecasts" },
      ...{ capabilities: ["macro.forecast"], admitted: false },
      unmet: { code: "contract.unmet", rule: "requiredTags", detail: "region" },
    },
    {
      ...{ kind: "session", session: makeId("session"), state: "active", since: at, side: "consumer" },
      ...{ ...oracle, workgroup: channel.id, advertisement: equities.id, capability: "markets.equity" },
    },
    {
      ...{ kind: "session", session: makeId("session"), state: "proposed", since: at, side: "provider" },
      ...{ ...oracle, workgroup: research.id, capability: "quotes.spot" },
      advertisement: makeId("advertisement"),
    },
  ],
  nextCursor: null,
});
