/** Advertisements: what an agent offers. Publishing is create-or-update by name, signed by who publishes. */
import { advertisementSchema, cutSchema, pageQuery, publishRequest } from "@parley/protocol";
import { z } from "zod";
import type { Advertisement } from "../../../governance/engagement-entities.js";
import type { Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import { digestOf } from "../../authenticate/statement.js";
import { type Engagements, isOutcome } from "../../engagements.js";
import { viewAdvertisement } from "../../present/engagements.js";
import { etagOf, viewCut } from "../../present/identities.js";
import { created, ok } from "../answer.js";
import { expectedVersionIfAny } from "../if-match.js";
import type { Look } from "../look.js";
import { type Authenticated, forPrincipals, isRefusal, type Route } from "../route.js";
import { advertisementParam, agentParam, noBody, noQuery, ownAdvertisementParams } from "../schemas.js";

const tag = "advertisements";
const path = "/v1/agents/{agent}/advertisements/{name}";
const owners = "admin, the agent's instances";

/** As who has published it sees it. */
async function ownView(records: Records, { caller }: Authenticated, advertisement: Advertisement) {
  const { organisation, agent } = advertisement;
  const seeker = { organisation, agent: caller.principal.startsWith("ins_") ? agent : null };
  return viewAdvertisement(await records.describeOwn(seeker, advertisement));
}

const publishRoute = (engagements: Engagements, records: Records) =>
  forPrincipals({
    method: "PUT",
    path,
    name: "publishAdvertisement",
    tag,
    summary:
      "Publish an advertisement: the same signed content again changes nothing, other content replaces it",
    allowed: owners,
    replaces: true,
    repeats: true,
    params: ownAdvertisementParams,
    query: noQuery,
    body: publishRequest,
    answers: { 200: advertisementSchema, 201: advertisementSchema },
    async handle({ params, body, carried, by, request }) {
      const expectedVersion = expectedVersionIfAny(request);
      if (expectedVersion !== null && typeof expectedVersion !== "number") return expectedVersion;
      const signer = { ...carried, thumbprint: by.thumbprint };
      const done = await engagements.publish(signer, { ...params, expectedVersion }, body, null);
      if (!isOutcome(done)) return done;
      if (done.outcome === "refused") return done.refusal;
      const { advertisement, repeated } = done.answer;
      const view = await ownView(records, by, advertisement);
      const etag = etagOf(advertisement);
      if (repeated || advertisement.version > 1) return ok(view, { etag });
      const reply = created(view, `/v1/advertisements/${advertisement.id}`);
      return { ...reply, headers: { ...reply.headers, etag } };
    },
  });

const retractRoute = (engagements: Engagements, records: Records) =>
  forPrincipals({
    method: "DELETE",
    path,
    name: "retractAdvertisement",
    tag,
    summary: "Retract an advertisement: its open proposals are closed, and no accepted session is touched",
    allowed: owners,
    params: ownAdvertisementParams,
    query: noQuery,
    body: noBody,
    answers: { 200: z.object({ advertisement: advertisementSchema, cut: cutSchema }) },
    async handle({ params, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      const done = await engagements.retract(signer, params.agent, params.name, null);
      if (!isOutcome(done)) return done;
      if (done.outcome === "refused") return done.refusal;
      const { advertisement } = done.answer;
      const view = await ownView(records, by, advertisement);
      return ok({ advertisement: view, cut: viewCut(done.cut) }, { etag: etagOf(advertisement) });
    },
  });

export const advertisementCommands = (engagements: Engagements, records: Records): readonly Route[] => [
  publishRoute(engagements, records),
  retractRoute(engagements, records),
];

/** Its version is its organisation's alone: for others what they are shown tells itself apart [ADV-7]. */
function shown(found: Awaited<ReturnType<Records["showAdvertisement"]>>) {
  if (isRefusal(found)) return found;
  const { version } = found;
  const view = viewAdvertisement(found);
  return ok(view, { etag: version === null ? `"${digestOf(JSON.stringify(view))}"` : etagOf({ version }) });
}

export const advertisementReads = (records: Records, look: Look): readonly Route[] => [
  look.page({
    path: "/v1/agents/{agent}/advertisements",
    name: "listAdvertisements",
    tag,
    summary: "List what an agent advertises, or has advertised",
    allowed: "admin, auditor, the agent's instances",
    params: agentParam,
    query: pageQuery,
    item: advertisementSchema,
    list: (principal, paging: Paging<string>, { params }) =>
      records.listAdvertisements(principal, params.agent, paging),
    view: viewAdvertisement,
  }),
  look.one({
    path,
    name: "showOwnAdvertisement",
    tag,
    summary: "Show what an agent advertises under a name",
    allowed: "admin, auditor, the agent's instances",
    params: ownAdvertisementParams,
    shows: advertisementSchema,
    show: async (principal, { params }) =>
      shown(await records.showOwnAdvertisement(principal, params.agent, params.name)),
  }),
  look.one({
    path: "/v1/advertisements/{advertisement}",
    name: "showAdvertisement",
    tag,
    summary: "Show an advertisement, with the workgroups in which one may see it",
    allowed: "whoever may engage it; its organisation",
    params: advertisementParam,
    shows: advertisementSchema,
    show: async (principal, { params }) =>
      shown(await records.showAdvertisement(principal, params.advertisement)),
  }),
];
