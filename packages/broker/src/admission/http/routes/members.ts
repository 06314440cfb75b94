/** The agents in a workgroup: each organisation adds and removes its own, by name or by their tags. */
import {
  addMemberRequest,
  addSelectorRequest,
  cutSchema,
  makeId,
  memberSchema,
  pageQuery,
  selectorSchema,
} from "@parley/protocol";
import { z } from "zod";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Outcome, Relay } from "../../../relay.js";
import { viewCut } from "../../present/identities.js";
import { viewMember, viewSelector } from "../../present/workgroups.js";
import { answer, created, ok } from "../answer.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { memberParams, noBody, noQuery, selectorParams, workgroupParam } from "../schemas.js";

const tag = "members";
const allowed = "admin of an organisation that is in, for its own agents";
const changedMember = memberSchema.extend({ cut: cutSchema });
/** `members` is how many agents it has changed something for. */
const changedSelector = selectorSchema.extend({ members: z.int() });

async function memberAnswer(records: Records, outcome: Outcome<"member.add" | "member.remove">) {
  if (outcome.outcome === "refused") return outcome.refusal;
  const { membership, agentName } = outcome.answer;
  const { name } = await records.nameOrganisation(membership.organisation);
  return ok({ ...viewMember(membership, agentName, name), cut: viewCut(outcome.cut) });
}

const addRoute = (relay: Relay, records: Records) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups/{workgroup}/members",
    name: "addMember",
    tag,
    summary: "Say what an agent may do in a workgroup: offer, engage or both",
    allowed,
    params: workgroupParam,
    query: noQuery,
    body: addMemberRequest,
    answers: { 200: changedMember },
    handle: async ({ params, body, carried }) =>
      memberAnswer(records, await relay({ kind: "member.add", ...carried, ...params, ...body })),
  });

/** The same command behind both: actions are posted, and what was added can be deleted. */
const removeRoutes = (relay: Relay, records: Records) =>
  (
    [
      ["POST", "/remove", "removeMember"],
      ["DELETE", "", "deleteMember"],
    ] as const
  ).map(([method, verb, name]) =>
    forPrincipals({
      method,
      path: `/v1/workgroups/{workgroup}/members/{agent}${verb}`,
      name,
      tag,
      summary: "Take back what an agent was given by name in a workgroup",
      allowed,
      params: memberParams,
      query: noQuery,
      body: noBody,
      answers: { 200: changedMember },
      handle: async ({ params, carried }) =>
        memberAnswer(records, await relay({ kind: "member.remove", ...carried, ...params })),
    }),
  );

const addSelectorRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups/{workgroup}/selectors",
    name: "addSelector",
    tag,
    summary: "Let all agents with these tags in, for as long as they have them",
    allowed,
    creates: true,
    params: workgroupParam,
    query: noQuery,
    body: addSelectorRequest,
    answers: { 201: changedSelector },
    async handle({ params, body, carried, idempotency }) {
      const made = { ...params, ...body, selector: makeId("selector") };
      const outcome = await relay({ kind: "selector.add", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ selector, members }) =>
        created(
          { ...viewSelector(selector), members },
          `/v1/workgroups/${selector.workgroup}/selectors/${selector.id}`,
        ),
      );
    },
  });

const removeSelectorRoute = (relay: Relay) =>
  forPrincipals({
    method: "DELETE",
    path: "/v1/workgroups/{workgroup}/selectors/{selector}",
    name: "removeSelector",
    tag,
    summary: "Take a selector back",
    allowed,
    params: selectorParams,
    query: noQuery,
    body: noBody,
    answers: { 200: changedSelector.extend({ cut: cutSchema }) },
    async handle({ params, carried }) {
      const outcome = await relay({ kind: "selector.remove", ...carried, ...params });
      return answer(outcome, ({ selector, members }, cut) =>
        ok({ ...viewSelector(selector), members, cut: viewCut(cut) }),
      );
    },
  });

export const memberCommands = (relay: Relay, records: Records): readonly Route[] => [
  addRoute(relay, records),
  ...removeRoutes(relay, records),
  addSelectorRoute(relay),
  removeSelectorRoute(relay),
];

export const memberReads = (records: Records, look: Look): readonly Route[] => [
  look.page({
    path: "/v1/workgroups/{workgroup}/members",
    name: "listMembers",
    tag,
    summary: "List the agents in a workgroup, of every organisation that is in",
    allowed: "admin, auditor, instances that are in",
    params: workgroupParam,
    query: pageQuery,
    item: memberSchema,
    list: (principal, paging: Paging<string>, { params }) =>
      records.listMembers(principal, params.workgroup, paging),
    view: ({ membership, agentName, organisationName }) =>
      viewMember(membership, agentName, organisationName),
  }),
  look.page({
    path: "/v1/workgroups/{workgroup}/selectors",
    name: "listSelectors",
    tag,
    summary: "List one's own organisation's selectors in a workgroup",
    allowed: "admin, auditor",
    params: workgroupParam,
    query: pageQuery,
    item: selectorSchema,
    list: (principal, paging: Paging<After>, { params }) =>
      records.listSelectors(principal, params.workgroup, paging),
    view: viewSelector,
  }),
];
