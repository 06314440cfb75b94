/** Invitations into workgroups: each organisation answers for itself, by the signature of its own admin. */
import {
  consentClaims,
  invitationSchema,
  inviteOrganisationRequest,
  makeId,
  pageQuery,
  statementRequest,
  statementTypes,
} from "@parley/protocol";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Outcome, Relay } from "../../../relay.js";
import { viewInvitation } from "../../present/workgroups.js";
import type { ReadSigned } from "../../statements.js";
import { answer, created, ok } from "../answer.js";
import type { Look } from "../look.js";
import { forPrincipals, isRefusal, type Route } from "../route.js";
import {
  invitationParam,
  noBody,
  noParams,
  noQuery,
  workgroupInvitationParams,
  workgroupParam,
} from "../schemas.js";

const tag = "invitations";
const onePath = "/v1/workgroups/{workgroup}/invitations/{invitation}";
const answered = (outcome: Outcome<"invitation.consent" | "invitation.decline" | "invitation.withdraw">) =>
  answer(outcome, ({ record }) => ok(viewInvitation(record)));

const inviteRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: "/v1/workgroups/{workgroup}/invitations",
    name: "inviteOrganisation",
    tag,
    summary: "Invite an organisation by its id: whether anybody has that id is not told",
    allowed: "admin of the owner",
    creates: true,
    params: workgroupParam,
    query: noQuery,
    body: inviteOrganisationRequest,
    answers: { 201: invitationSchema },
    async handle({ params, body, carried, idempotency }) {
      const made = { ...params, ...body, invitation: makeId("invitation") };
      const outcome = await relay({ kind: "workgroup.invite", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ record }) => {
        const { id, workgroup } = record.invitation;
        return created(viewInvitation(record), `/v1/workgroups/${workgroup}/invitations/${id}`);
      });
    },
  });

const consentRoute = (relay: Relay, read: ReadSigned) =>
  forPrincipals({
    method: "POST",
    path: `${onePath}/consent`,
    name: "consentToInvitation",
    tag,
    summary: "Consent, by a signature over the digest of what the invitation shows",
    allowed: "admin of an organisation that is asked",
    params: workgroupInvitationParams,
    query: noQuery,
    body: statementRequest,
    answers: { 200: invitationSchema },
    async handle({ params, body, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      const statement = await read(body.statement, statementTypes.consent, consentClaims, signer);
      if (isRefusal(statement)) return statement;
      return answered(await relay({ kind: "invitation.consent", ...carried, ...params, statement }));
    },
  });

const declineRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: `${onePath}/decline`,
    name: "declineInvitation",
    tag,
    summary: "Say no to an invitation: it is closed",
    allowed: "admin of an organisation that is asked",
    params: workgroupInvitationParams,
    query: noQuery,
    body: noBody,
    answers: { 200: invitationSchema },
    handle: async ({ params, carried }) =>
      answered(await relay({ kind: "invitation.decline", ...carried, ...params })),
  });

const withdrawRoute = (relay: Relay) =>
  forPrincipals({
    method: "POST",
    path: `${onePath}/withdraw`,
    name: "withdrawInvitation",
    tag,
    summary: "Take an invitation back",
    allowed: "admin of the owner",
    params: workgroupInvitationParams,
    query: noQuery,
    body: noBody,
    answers: { 200: invitationSchema },
    handle: async ({ params, carried }) =>
      answered(await relay({ kind: "invitation.withdraw", ...carried, ...params })),
  });

export const invitationCommands = (relay: Relay, read: ReadSigned): readonly Route[] => [
  inviteRoute(relay),
  consentRoute(relay, read),
  declineRoute(relay),
  withdrawRoute(relay),
];

/** Those of a workgroup, for the organisations that are in. */
const workgroupInvitationReads = (records: Records, look: Look): readonly Route[] => [
  look.page({
    path: "/v1/workgroups/{workgroup}/invitations",
    name: "listWorkgroupInvitations",
    tag,
    summary: "List the invitations into a workgroup, newest first",
    allowed: "admin, auditor of an organisation that is in",
    params: workgroupParam,
    query: pageQuery,
    item: invitationSchema,
    list: (principal, paging: Paging<After>, { params, now }) =>
      records.listWorkgroupInvitations(principal, params.workgroup, paging, now),
    view: viewInvitation,
  }),
  look.one({
    path: onePath,
    name: "showWorkgroupInvitation",
    tag,
    summary: "Show an invitation into a workgroup",
    allowed: "admin, auditor of an organisation that is in",
    params: workgroupInvitationParams,
    shows: invitationSchema,
    async show(principal, { params, now }) {
      const found = await records.showWorkgroupInvitation(principal, params, now);
      return "code" in found ? found : ok(viewInvitation(found));
    },
  }),
];

export const invitationReads = (records: Records, look: Look): readonly Route[] => [
  ...workgroupInvitationReads(records, look),
  look.page({
    path: "/v1/invitations",
    name: "listInvitations",
    tag,
    summary: "List the invitations to one's own organisation, newest first",
    allowed: "admin, auditor",
    params: noParams,
    query: pageQuery,
    item: invitationSchema,
    list: (principal, paging: Paging<After>, { now }) => records.listInvitations(principal, paging, now),
    view: viewInvitation,
  }),
  look.one({
    path: "/v1/invitations/{invitation}",
    name: "showInvitation",
    tag,
    summary: "Show an invitation to one's own organisation, and the digest to which it would consent",
    allowed: "admin, auditor",
    params: invitationParam,
    shows: invitationSchema,
    async show(principal, { params, now }) {
      const found = await records.showInvitation(principal, params.invitation, now);
      return "code" in found ? found : ok(viewInvitation(found));
    },
  }),
];
