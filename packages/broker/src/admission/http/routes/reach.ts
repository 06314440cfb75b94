/** What an agent could do and reach, for its own organisation and itself. */
import { blastRadiusQuery, blastRadiusSchema, explainQuery, explanationSchema } from "@parley/protocol";
import type { Paging } from "../../../records/page.js";
import type { ReachPlace } from "../../../records/reach.js";
import type { Records } from "../../../records/records.js";
import { viewBlastRadius, viewExplanation } from "../../present/reach.js";
import { ok } from "../answer.js";
import type { Look } from "../look.js";
import { isRefusal, type Route } from "../route.js";
import { agentParam } from "../schemas.js";

const tag = "agents";

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
    read(principal, paging: Paging<ReachPlace>, { params, query, now }) {
      const { at, workgroup = null } = query;
      const asked = { at: at === undefined ? null : Date.parse(at), workgroup };
      return records.readReach(principal, params.agent, asked, paging, now);
    },
    view: viewBlastRadius,
  }),
];
