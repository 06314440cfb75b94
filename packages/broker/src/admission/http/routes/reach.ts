/** What an agent could do and reach, for its own organisation and itself. */
import {
  type BlastRadiusQuery,
  blastRadiusQuery,
  blastRadiusSchema,
  explainQuery,
  explanationSchema,
  readersSchema,
} from "@parley/protocol";
import type { Paging } from "../../../records/page.js";
import type { ReachAsked, ReachPlace } from "../../../records/reach.js";
import type { ReaderPlace } from "../../../records/readers.js";
import type { Records } from "../../../records/records.js";
import { viewBlastRadius, viewExplanation, viewReaders } from "../../present/reach.js";
import { ok } from "../answer.js";
import type { Look } from "../look.js";
import { isRefusal, type Route } from "../route.js";
import { agentParam } from "../schemas.js";

const tag = "agents";

const askedOf = ({ at, workgroup }: BlastRadiusQuery): ReachAsked => ({
  at: at === undefined ? null : Date.parse(at),
  workgroup: workgroup ?? null,
});

export const reachRoutes = (records: Records, look: Look): readonly Route[] => [
  look.one({
    path: "/v1/agents/{agent}/explain",
    name: "explainEngagement",
    tag,
    summary: "Say whether an agent could engage an advertisement now, and which rule decides; writes nothing",
    allowed: "admin, auditor, the agent's instances",
    params: agentParam,
    query: explainQuery,
    shows: explanationSchema,
    async show(principal, { params, query, now }) {
      const found = await records.explainEngagement(principal, params.agent, query, now);
      return isRefusal(found) ? found : ok(viewExplanation(found, now));
    },
  }),
  look.paged({
    path: "/v1/agents/{agent}/blast-radius",
    name: "readBlastRadius",
    tag,
    summary: "Read what an agent can see, may engage and is engaged in, now or at a past moment, and by what",
    allowed: "admin, auditor",
    params: agentParam,
    query: blastRadiusQuery,
    shows: blastRadiusSchema,
    read: (principal, paging: Paging<ReachPlace>, { params, query, now }) =>
      records.readReach(principal, params.agent, askedOf(query), paging, now),
    view: viewBlastRadius,
  }),
  look.paged({
    path: "/v1/agents/{agent}/who-can-reach",
    name: "listReaders",
    tag,
    summary: "List the agents to which an agent's advertisements are shown, now or at a past moment",
    allowed: "admin, auditor",
    params: agentParam,
    query: blastRadiusQuery,
    shows: readersSchema,
    read: (principal, paging: Paging<ReaderPlace>, { params, query, now }) =>
      records.listReaders(principal, params.agent, askedOf(query), paging, now),
    view: viewReaders,
  }),
];
