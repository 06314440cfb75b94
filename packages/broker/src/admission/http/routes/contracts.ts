/** Contracts: an organisation's terms of engagement, and the broker's own. */
import {
  contractReportSchema,
  contractSchema,
  contractVersionSchema,
  createContractRequest,
  createVersionRequest,
  idSchema,
  pageQuery,
} from "@parley/protocol";
import { z } from "zod";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import { type Engagements, isOutcome } from "../../engagements.js";
import { viewContract, viewReport, viewVersion } from "../../present/engagements.js";
import { answer, created, ok } from "../answer.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { contractParam, noBody, noParams, noQuery } from "../schemas.js";

const tag = "contracts";
const makers = "admin, instances";

const createRoute = (engagements: Engagements, records: Records) =>
  forPrincipals({
    method: "POST",
    path: "/v1/contracts",
    name: "createContract",
    tag,
    summary: "Create a contract with its first version, signed by who creates it",
    allowed: makers,
    creates: true,
    params: noParams,
    query: noQuery,
    body: createContractRequest,
    answers: { 201: contractSchema },
    async handle({ body, carried, by, idempotency }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      const done = await engagements.createContract(signer, body, idempotency);
      if (!isOutcome(done)) return done;
      if (done.outcome === "refused") return done.refusal;
      const { contract, version } = done.answer;
      return created(
        viewContract(await records.nameContract(contract, version)),
        `/v1/contracts/${contract.id}`,
      );
    },
  });

const versionRoute = (engagements: Engagements) =>
  forPrincipals({
    method: "POST",
    path: "/v1/contracts/{contract}/versions",
    name: "addContractVersion",
    tag,
    summary:
      "Add a version: it binds nobody until an advertisement names it. The same terms are the same version",
    allowed: makers,
    repeats: true,
    params: contractParam,
    query: noQuery,
    body: createVersionRequest,
    answers: { 200: contractVersionSchema, 201: contractVersionSchema },
    async handle({ params, body, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      const done = await engagements.addVersion(signer, params.contract, body);
      if (!isOutcome(done)) return done;
      return answer(done, ({ version, repeated }) =>
        repeated
          ? ok(viewVersion(version))
          : created(viewVersion(version), `/v1/contracts/${version.contract}/versions`),
      );
    },
  });

const deleteRoute = (relay: Relay) =>
  forPrincipals({
    method: "DELETE",
    path: "/v1/contracts/{contract}",
    name: "deleteContract",
    tag,
    summary: "Take a contract out of use that no active advertisement names",
    allowed: makers,
    params: contractParam,
    query: noQuery,
    body: noBody,
    answers: { 200: z.object({ contract: idSchema("contract") }) },
    async handle({ params, carried }) {
      const outcome = await relay({ kind: "contract.delete", ...carried, ...params });
      return answer(outcome, ({ contract }) => ok({ contract: contract.id }));
    },
  });

export const contractCommands = (
  relay: Relay,
  engagements: Engagements,
  records: Records,
): readonly Route[] => [createRoute(engagements, records), versionRoute(engagements), deleteRoute(relay)];

const readers = "admin, auditor, instances; others what an advertisement that they may engage names";

const reportQuery = pageQuery.extend({
  number: z
    .string()
    .regex(/^[1-9][0-9]{0,5}$/, "expected the number of a version")
    .transform(Number)
    .optional(),
});

export const contractReads = (records: Records, look: Look): readonly Route[] => [
  look.page({
    path: "/v1/contracts",
    name: "listContracts",
    tag,
    summary: "List one's own organisation's contracts",
    allowed: "admin, auditor, instances",
    params: noParams,
    query: pageQuery,
    item: contractSchema,
    list: (principal, paging: Paging<string>) => records.listContracts(principal, paging),
    view: viewContract,
  }),
  look.one({
    path: "/v1/contracts/{contract}",
    name: "showContract",
    tag,
    summary: "Show a contract with the newest version that one may see",
    allowed: readers,
    params: contractParam,
    shows: contractSchema,
    async show(principal, { params }) {
      const found = await records.showContract(principal, params.contract);
      return "code" in found ? found : ok(viewContract(found));
    },
  }),
  look.page({
    path: "/v1/contracts/{contract}/versions",
    name: "listContractVersions",
    tag,
    summary: "List the versions of a contract that one may see, newest first",
    allowed: readers,
    params: contractParam,
    query: pageQuery,
    item: contractSchema.shape.latest,
    list: (principal, paging: Paging<number>, { params }) =>
      records.listVersions(principal, params.contract, paging),
    view: viewVersion,
  }),
  look.paged({
    path: "/v1/contracts/{contract}/report",
    name: "reportContract",
    tag,
    summary:
      "Show what terms that are tried out would have refused: of the newest such version, or of one by number",
    allowed: "admin, auditor, instances",
    params: contractParam,
    query: reportQuery,
    shows: contractReportSchema,
    read: (principal, paging: Paging<After>, { params, query }) =>
      records.reportContract(principal, params.contract, query.number ?? null, paging),
    view: viewReport,
  }),
];
