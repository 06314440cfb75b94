/** Agents of an organisation, and the tokens with which their instances enrol. */
import {
  agentSchema,
  changeAgentRequest,
  changedAgentSchema,
  createAgentRequest,
  enrolmentTokenSchema,
  instanceSchema,
  makeId,
  mintedTokenSchema,
  mintTokenRequest,
  pageQuery,
} from "@parley/protocol";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import {
  etagOf,
  type Spiffe,
  viewAgent,
  viewCut,
  viewInstance,
  viewListedToken,
  viewToken,
} from "../../present/identities.js";
import { makeSecret } from "../../secret.js";
import { answer, created, ok, viewMinted } from "../answer.js";
import { expectedVersion } from "../if-match.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { agentParam, noBody, noParams, noQuery, tokenParam } from "../schemas.js";
import { standingRoutes } from "../standing-routes.js";

const tag = "agents";

const createRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/agents",
    name: "createAgent",
    tag,
    summary: "Create an agent",
    allowed: "admin",
    creates: true,
    params: noParams,
    query: noQuery,
    body: createAgentRequest,
    answers: { 201: agentSchema },
    async handle({ body, carried, idempotency }) {
      const outcome = await relay({
        kind: "agent.create",
        ...carried,
        ...idempotency,
        agent: makeId("agent"),
        ...body,
      });
      return answer(outcome, ({ agent }) => {
        const reply = created(viewAgent(agent), `/v1/agents/${agent.id}`);
        return { ...reply, headers: { ...reply.headers, etag: etagOf(agent) } };
      });
    },
  });

const changeRoute = (relay: Relay) =>
  forPrincipals({
    method: "PATCH",
    path: "/v1/agents/{agent}",
    name: "changeAgent",
    tag,
    summary: "Change an agent's tags or owner",
    allowed: "admin",
    changes: true,
    params: agentParam,
    query: noQuery,
    body: changeAgentRequest,
    answers: { 200: changedAgentSchema },
    async handle({ params, body: { tags, owner }, carried, request }) {
      const version = expectedVersion(request);
      if (typeof version !== "number") return version;
      const changes = {
        ...(tags && { tags }),
        ...(owner !== undefined && { owner }),
        expectedVersion: version,
      };
      const outcome = await relay({ kind: "agent.change", ...carried, agent: params.agent, ...changes });
      return answer(outcome, ({ agent }, cut) =>
        ok({ ...viewAgent(agent), cut: viewCut(cut) }, { etag: etagOf(agent) }),
      );
    },
  });

const standingOf = (relay: Relay) =>
  standingRoutes({
    thing: "agent",
    allowed: "admin",
    reach: ", with every instance of it",
    params: agentParam,
    schema: agentSchema,
    async run(verb, { params, carried }) {
      const outcome = await relay({ kind: `agent.${verb}`, ...carried, agent: params.agent });
      if (outcome.outcome === "refused") return outcome.refusal;
      return { view: viewAgent(outcome.answer.agent), cut: outcome.cut };
    },
  });

export const agentCommands = (relay: Relay): readonly Route[] => [
  createRoute(relay),
  changeRoute(relay),
  ...standingOf(relay),
];

export function tokenCommands(relay: Relay): readonly Route[] {
  const mint = forPrincipals({
    method: "POST",
    path: "/v1/agents/{agent}/enrolment-tokens",
    name: "mintEnrolmentToken",
    tag,
    summary: "Mint an enrolment token for an agent: shown in this answer, and never again",
    allowed: "admin; enrollers for the agents they are named for",
    creates: true,
    params: agentParam,
    query: noQuery,
    body: mintTokenRequest,
    answers: { 201: mintedTokenSchema },
    async handle({ params: { agent }, body, carried, idempotency }) {
      const { secret, token } = makeSecret(body);
      const outcome = await relay({ kind: "enrolment-token.mint", ...carried, ...idempotency, agent, token });
      const location = `/v1/agents/${agent}/enrolment-tokens`;
      return answer(outcome, ({ token, repeated }, _cut, at) =>
        created(viewMinted(token, secret, repeated, at), location),
      );
    },
  });

  const voidToken = forPrincipals({
    method: "POST",
    path: "/v1/enrolment-tokens/{token}/void",
    name: "voidEnrolmentToken",
    tag,
    summary: "Void an enrolment token",
    allowed: "admin; platform its own",
    params: tokenParam,
    query: noQuery,
    body: noBody,
    answers: { 200: enrolmentTokenSchema },
    async handle({ params, carried }) {
      const outcome = await relay({ kind: "enrolment-token.void", ...carried, token: params.token });
      return answer(outcome, ({ token }, _cut, at) => ok(viewToken(token, at)));
    },
  });

  return [mint, voidToken];
}

export function agentReads(records: Records, look: Look, spiffe: Spiffe): readonly Route[] {
  const list = look.page({
    path: "/v1/agents",
    name: "listAgents",
    tag,
    summary: "List agents",
    allowed: "admin, auditor; enrollers those they are named for; instances their own",
    params: noParams,
    query: pageQuery,
    item: agentSchema,
    list: (principal, paging: Paging<string>) => records.listAgents(principal, paging),
    view: viewAgent,
  });

  const show = look.one({
    path: "/v1/agents/{agent}",
    name: "showAgent",
    tag,
    summary: "Show an agent",
    allowed: "admin, auditor; enrollers those they are named for; instances their own",
    params: agentParam,
    shows: agentSchema,
    async show(principal, { params }) {
      const found = await records.showAgent(principal, params.agent);
      return "code" in found ? found : ok(viewAgent(found), { etag: etagOf(found) });
    },
  });

  const instances = look.page({
    path: "/v1/agents/{agent}/instances",
    name: "listInstances",
    tag,
    summary: "List the instances of an agent, and which of them are connected",
    allowed: "admin, auditor",
    params: agentParam,
    query: pageQuery,
    item: instanceSchema,
    list: (principal, paging: Paging<After>, { params }) =>
      records.listInstances(principal, params.agent, paging),
    view: (record) => viewInstance(record, spiffe),
  });

  const tokens = look.page({
    path: "/v1/agents/{agent}/enrolment-tokens",
    name: "listAgentTokens",
    tag,
    summary: "List the enrolment tokens that were minted for an agent",
    allowed: "admin, auditor; enrollers those they are named for",
    params: agentParam,
    query: pageQuery,
    item: enrolmentTokenSchema,
    list: (principal, paging: Paging<After>, { params }) => records.listTokens(principal, params, paging),
    view: viewListedToken,
  });

  return [list, show, instances, tokens];
}
