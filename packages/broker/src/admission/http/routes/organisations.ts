/** Organisations, as the platform makes and ends them and as their own operators see them. */
import {
  createOrganisationRequest,
  makeId,
  mintedTokenSchema,
  operatorSchema,
  organisationSchema,
  pageQuery,
  recoverOrganisationRequest,
  socketsCutSchema,
} from "@parley/protocol";
import { z } from "zod";
import type { Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import {
  etagOf,
  type Spiffe,
  viewOperator,
  viewOrganisation,
  viewSocketsCut,
} from "../../present/identities.js";
import { makeSecret } from "../../secret.js";
import { answer, created, ok, viewMinted } from "../answer.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { noParams, noQuery, organisationParam } from "../schemas.js";
import { standingRoutes } from "../standing-routes.js";

const tag = "organisations";

const createRoute = (relay: Relay, spiffe: Spiffe) =>
  forPrincipals({
    method: "POST",
    path: "/v1/organisations",
    name: "createOrganisation",
    tag,
    summary: "Create an organisation, with the enrolment token of its first admin",
    allowed: "platform",
    creates: true,
    params: noParams,
    query: noQuery,
    body: createOrganisationRequest,
    answers: {
      201: z.object({ organisation: organisationSchema, operator: operatorSchema, token: mintedTokenSchema }),
    },
    async handle({ body, carried, idempotency }) {
      const { secret, token } = makeSecret({ expiresInSeconds: body.expiresInSeconds });
      const admin = { operator: makeId("operator"), name: body.adminName };
      const { name, displayName = name } = body;
      const made = { organisation: makeId("organisation"), name, displayName, admin, token };
      const outcome = await relay({ kind: "organisation.create", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ organisation, operator, token, repeated }, _cut, at) => {
        const minted = viewMinted(token, secret, repeated, at);
        const body = {
          organisation: viewOrganisation(organisation),
          operator: viewOperator(operator, spiffe),
          token: minted,
        };
        return created(body, `/v1/organisations/${organisation.id}`);
      });
    },
  });

const recoverRoute = (relay: Relay, spiffe: Spiffe) =>
  forPrincipals({
    method: "POST",
    path: "/v1/organisations/{organisation}/recovery-tokens",
    name: "recoverOrganisation",
    tag,
    summary:
      "Mint an admin token for an organisation without admins: it works after 72 hours, unless voided before",
    allowed: "platform",
    creates: true,
    params: organisationParam,
    query: noQuery,
    body: recoverOrganisationRequest,
    answers: { 201: z.object({ operator: operatorSchema, token: mintedTokenSchema }) },
    async handle({ params, body, carried, idempotency }) {
      const { secret, token } = makeSecret({ expiresInSeconds: body.expiresInSeconds });
      const admin = { operator: makeId("operator"), name: body.adminName };
      const made = { organisation: params.organisation, admin, token, alert: makeId("alert") };
      const outcome = await relay({ kind: "organisation.recover", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ operator, token, repeated }, _cut, at) => {
        const minted = viewMinted(token, secret, repeated, at);
        return created(
          { operator: viewOperator(operator, spiffe), token: minted },
          `/v1/operators/${operator.id}`,
        );
      });
    },
  });

const standingOf = (relay: Relay) =>
  standingRoutes({
    thing: "organisation",
    allowed: "platform",
    reach: ", with everybody in it",
    params: organisationParam,
    schema: organisationSchema,
    cut: { schema: socketsCutSchema, view: viewSocketsCut },
    async run(verb, { params, carried }) {
      const outcome = await relay({
        kind: `organisation.${verb}`,
        ...carried,
        organisation: params.organisation,
      });
      if (outcome.outcome === "refused") return outcome.refusal;
      return { view: viewOrganisation(outcome.answer.organisation), cut: outcome.cut };
    },
  });

export const organisationCommands = (relay: Relay, spiffe: Spiffe): readonly Route[] => [
  createRoute(relay, spiffe),
  recoverRoute(relay, spiffe),
  ...standingOf(relay),
];

export function organisationReads(records: Records, look: Look): readonly Route[] {
  const list = look.page({
    path: "/v1/organisations",
    name: "listOrganisations",
    tag,
    summary: "List organisations: all of them for the platform, its own for anybody else",
    allowed: "every principal",
    params: noParams,
    query: pageQuery,
    item: organisationSchema,
    list: (principal, paging: Paging<string>) => records.listOrganisations(principal, paging),
    view: viewOrganisation,
  });

  const show = look.one({
    path: "/v1/organisations/{organisation}",
    name: "showOrganisation",
    tag,
    summary: "Show an organisation",
    allowed: "platform; every principal its own",
    params: organisationParam,
    shows: organisationSchema,
    async show(principal, { params }) {
      const found = await records.showOrganisation(principal, params.organisation);
      return "code" in found ? found : ok(viewOrganisation(found), { etag: etagOf(found) });
    },
  });

  return [list, show];
}
