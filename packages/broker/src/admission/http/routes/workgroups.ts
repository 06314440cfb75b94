/** Workgroups: the boundary of visibility. `{workgroup}` is an id, `owner/name`, or a name of which only one is seen. */
import {
  createWorkgroupRequest,
  cutSchema,
  handOverRequest,
  idSchema,
  invitationSchema,
  makeId,
  pageQuery,
  workgroupSchema,
} from "@parley/protocol";
import { z } from "zod";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import { viewCut } from "../../present/identities.js";
import { viewInvitation, viewWorkgroup } from "../../present/workgroups.js";
import { answer, created, ok } from "../answer.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { noBody, noParams, noQuery, workgroupParam } from "../schemas.js";

const tag = "workgroups";

const createRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups",
    name: "createWorkgroup",
    tag,
    summary: "Create a workgroup, with one's own organisation alone in it",
    allowed: "admin",
    creates: true,
    params: noParams,
    query: noQuery,
    body: createWorkgroupRequest,
    answers: { 201: workgroupSchema },
    async handle({ body, carried, idempotency }) {
      const made = { workgroup: makeId("workgroup"), ...body };
      const outcome = await relay({ kind: "workgroup.create", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ record }) =>
        created(viewWorkgroup(record), `/v1/workgroups/${record.workgroup.id}`),
      );
    },
  });

const handOverRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups/{workgroup}/hand-over",
    name: "handOverWorkgroup",
    tag,
    summary: "Offer the workgroup to an organisation that is in: it is the owner once it has consented",
    allowed: "admin of the owner",
    creates: true,
    params: workgroupParam,
    query: noQuery,
    body: handOverRequest,
    answers: { 201: invitationSchema },
    async handle({ params, body, carried, idempotency }) {
      const made = { ...params, ...body, invitation: makeId("invitation") };
      const outcome = await relay({ kind: "workgroup.hand-over", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ record }) => {
        const { id, workgroup } = record.invitation;
        return created(viewInvitation(record), `/v1/workgroups/${workgroup}/invitations/${id}`);
      });
    },
  });

const leaveRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups/{workgroup}/leave",
    name: "leaveWorkgroup",
    tag,
    summary: "Leave a workgroup, with every agent of one's organisation",
    allowed: "admin of an organisation that is in",
    params: workgroupParam,
    query: noQuery,
    body: noBody,
    answers: { 200: z.object({ workgroup: idSchema("workgroup"), cut: cutSchema }) },
    async handle({ params, carried }) {
      const outcome = await relay({ kind: "workgroup.leave", ...carried, ...params });
      return answer(outcome, ({ workgroup }, cut) => ok({ workgroup, cut: viewCut(cut) }));
    },
  });

const dissolveRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups/{workgroup}/dissolve",
    name: "dissolveWorkgroup",
    tag,
    summary: "Dissolve a workgroup, for every organisation that is in",
    allowed: "admin of the owner",
    params: workgroupParam,
    query: noQuery,
    body: noBody,
    answers: { 200: z.object({ workgroup: workgroupSchema, cut: cutSchema }) },
    async handle({ params, carried }) {
      const outcome = await relay({ kind: "workgroup.dissolve", ...carried, ...params });
      return answer(outcome, ({ record }, cut) =>
        ok({ workgroup: viewWorkgroup(record), cut: viewCut(cut) }),
      );
    },
  });

export const workgroupCommands = (relay: Relay): readonly Route[] => [
  createRoute(relay),
  handOverRoute(relay),
  leaveRoute(relay),
  dissolveRoute(relay),
];

export function workgroupReads(records: Records, look: Look): readonly Route[] {
  const list = look.page({
    path: "/v1/workgroups",
    name: "listWorkgroups",
    tag,
    summary: "List the workgroups that one's organisation is in, or in which one's agent may do something",
    allowed: "admin, auditor, instances",
    params: noParams,
    query: pageQuery,
    item: workgroupSchema,
    list: (principal, paging: Paging<After>) => records.listWorkgroups(principal, paging),
    view: viewWorkgroup,
  });

  const show = look.one({
    path: "/v1/workgroups/{workgroup}",
    name: "showWorkgroup",
    tag,
    summary: "Show a workgroup, and the organisations that are in",
    allowed: "admin, auditor, instances",
    params: workgroupParam,
    shows: workgroupSchema,
    async show(principal, { params }) {
      const found = await records.showWorkgroup(principal, params.workgroup);
      return "code" in found ? found : ok(viewWorkgroup(found));
    },
  });

  return [list, show];
}
