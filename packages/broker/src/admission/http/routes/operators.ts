/** Operators of an organisation, or of the platform: whoever asks sees and changes those of its own. */
import {
  changeOperatorRequest,
  enrolmentTokenSchema,
  inviteOperatorRequest,
  makeId,
  mintedTokenSchema,
  operatorSchema,
  pageQuery,
} from "@parley/protocol";
import { z } from "zod";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import { etagOf, type Spiffe, viewListedToken, viewOperator } from "../../present/identities.js";
import { makeSecret } from "../../secret.js";
import { answer, created, ok, viewMinted } from "../answer.js";
import { expectedVersion } from "../if-match.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { noParams, noQuery, operatorParam } from "../schemas.js";
import { standingRoutes } from "../standing-routes.js";

const tag = "operators";

const inviteRoute = (relay: Relay, spiffe: Spiffe) =>
  forPrincipals({
    method: "POST",
    path: "/v1/operators",
    name: "inviteOperator",
    tag,
    summary: "Invite an operator: the answer carries its enrolment token, once",
    allowed: "admin; platform for platform operators",
    creates: true,
    params: noParams,
    query: noQuery,
    body: inviteOperatorRequest,
    answers: { 201: z.object({ operator: operatorSchema, token: mintedTokenSchema }) },
    async handle({ body, carried, idempotency }) {
      const { name, role, agents, expiresInSeconds } = body;
      const { secret, token } = makeSecret({ expiresInSeconds });
      const made = { operator: makeId("operator"), name, role, agents, token };
      const outcome = await relay({ kind: "operator.invite", ...carried, ...idempotency, ...made });
      return answer(outcome, ({ operator, token, repeated }, _cut, at) => {
        const minted = viewMinted(token, secret, repeated, at);
        return created(
          { operator: viewOperator(operator, spiffe), token: minted },
          `/v1/operators/${operator.id}`,
        );
      });
    },
  });

const changeRoute = (relay: Relay, spiffe: Spiffe) =>
  forPrincipals({
    method: "PATCH",
    path: "/v1/operators/{operator}",
    name: "changeOperator",
    tag,
    summary: "Give an operator another role",
    allowed: "admin",
    changes: true,
    params: operatorParam,
    query: noQuery,
    body: changeOperatorRequest,
    answers: { 200: operatorSchema },
    async handle({ params, body, carried, request }) {
      const version = expectedVersion(request);
      if (typeof version !== "number") return version;
      const { operator } = params;
      const outcome = await relay({
        kind: "operator.change",
        ...carried,
        operator,
        ...body,
        expectedVersion: version,
      });
      return answer(outcome, ({ operator }) =>
        ok(viewOperator(operator, spiffe), { etag: etagOf(operator) }),
      );
    },
  });

const standingOf = (relay: Relay, spiffe: Spiffe) =>
  standingRoutes({
    thing: "operator",
    allowed: "admin; platform for platform operators",
    reach: "",
    params: operatorParam,
    schema: operatorSchema,
    async run(verb, { params, carried }) {
      const outcome = await relay({ kind: `operator.${verb}`, ...carried, operator: params.operator });
      if (outcome.outcome === "refused") return outcome.refusal;
      return { view: viewOperator(outcome.answer.operator, spiffe), cut: outcome.cut };
    },
  });

export const operatorCommands = (relay: Relay, spiffe: Spiffe): readonly Route[] => [
  inviteRoute(relay, spiffe),
  changeRoute(relay, spiffe),
  ...standingOf(relay, spiffe),
];

export function operatorReads(records: Records, look: Look, spiffe: Spiffe): readonly Route[] {
  const list = look.page({
    path: "/v1/operators",
    name: "listOperators",
    tag,
    summary: "List operators",
    allowed: "admin, auditor; platform its own",
    params: noParams,
    query: pageQuery,
    item: operatorSchema,
    list: (principal, paging: Paging<After>) => records.listOperators(principal, paging),
    view: (operator) => viewOperator(operator, spiffe),
  });

  const show = look.one({
    path: "/v1/operators/{operator}",
    name: "showOperator",
    tag,
    summary: "Show an operator",
    allowed: "admin, auditor; platform its own; enrollers themselves",
    params: operatorParam,
    shows: operatorSchema,
    async show(principal, { params }) {
      const found = await records.showOperator(principal, params.operator);
      return "code" in found ? found : ok(viewOperator(found, spiffe), { etag: etagOf(found) });
    },
  });

  const tokens = look.page({
    path: "/v1/operators/{operator}/enrolment-tokens",
    name: "listOperatorTokens",
    tag,
    summary: "List the enrolment tokens that were minted for an operator",
    allowed: "admin, auditor; platform its own",
    params: operatorParam,
    query: pageQuery,
    item: enrolmentTokenSchema,
    list: (principal, paging: Paging<After>, { params }) => records.listTokens(principal, params, paging),
    view: viewListedToken,
  });

  return [list, show, tokens];
}
