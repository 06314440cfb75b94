/** What an agent could do and reach, for its own organisation and itself. */
import { explainQuery, explanationSchema } from "@parley/protocol";
import type { Records } from "../../../records/records.js";
import { viewExplanation } from "../../present/reach.js";
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
];
