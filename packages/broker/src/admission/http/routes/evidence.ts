/** What can be checked without trusting the broker: the head of one's own log, proofs in it, receipts, chains. */
import {
  chainQuery,
  checkpointShownSchema,
  exportLineSchema,
  exportQuery,
  linkSchema,
  proofQuery,
  proofSchema,
  receiptShownSchema,
} from "@parley/protocol";
import type { BrokerKeys } from "../../../keys.js";
import type { BundlePlace } from "../../../records/bundles.js";
import type { Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import { viewCheckpoint, viewLink, viewReceipt } from "../../present/evidence.js";
import { ok } from "../answer.js";
import type { Look } from "../look.js";
import type { Route } from "../route.js";
import { noParams, sessionParam } from "../schemas.js";

const participants = "instances of either agent; admin, auditor of both organisations";

export interface EvidenceNeeds {
  readonly records: Records;
  readonly look: Look;
  readonly keys: BrokerKeys;
  readonly issuer: () => string;
}

export const evidenceRoutes = (needs: EvidenceNeeds): readonly Route[] => [
  ...proofRoutes(needs),
  ...sessionRoutes(needs),
  exportRoute(needs),
];

const exportRoute = ({ records, look, keys, issuer }: EvidenceNeeds): Route =>
  look.page({
    path: "/v1/audit/export",
    name: "exportRecord",
    tag: "record",
    summary: "Read one's record as the lines of a bundle that anybody can verify offline",
    allowed: `admin, auditor; platform the broker's own; with \`session\`: ${participants}`,
    params: noParams,
    query: exportQuery,
    item: exportLineSchema,
    list(principal, paging: Paging<BundlePlace>, { query }) {
      const { limit: _limit, cursor: _cursor, ...asked } = query;
      const of = { issuer: issuer(), keys: keys.published() };
      return records.readBundle(of, principal, asked, paging);
    },
    view: (line) => line,
  });

function proofRoutes({ records, look }: EvidenceNeeds): readonly Route[] {
  const checkpoint = look.one({
    path: "/v1/audit/checkpoint",
    name: "showCheckpoint",
    tag: "record",
    summary: "Show the last signed head of one's own log",
    allowed: "instances; admin, auditor; platform of the broker's own",
    params: noParams,
    shows: checkpointShownSchema,
    async show(principal) {
      const found = await records.showCheckpoint(principal);
      if (found === null) return ok({ checkpoint: null });
      return "code" in found ? found : ok({ checkpoint: viewCheckpoint(found) });
    },
  });

  const proof = look.one({
    path: "/v1/audit/proof",
    name: "prove",
    tag: "record",
    summary: "Prove that a leaf stands in one's own log, or that the log has only grown",
    allowed: "admin, auditor; platform in the broker's own",
    params: noParams,
    query: proofQuery,
    shows: proofSchema,
    async show(principal, { query }) {
      const found = await records.prove(principal, query);
      return "code" in found ? found : ok(found);
    },
  });

  return [checkpoint, proof];
}

function sessionRoutes({ records, look }: EvidenceNeeds): readonly Route[] {
  const receipt = look.one({
    path: "/v1/sessions/{session}/receipt",
    name: "showReceipt",
    tag: "session",
    summary: "Show what the broker states of a closed session, with the proof in one's own log",
    allowed: participants,
    params: sessionParam,
    shows: receiptShownSchema,
    async show(principal, { params }) {
      const found = await records.showReceipt(principal, params.session);
      if (found === null) return ok({ receipt: null });
      return "code" in found ? found : ok({ receipt: viewReceipt(found) });
    },
  });

  const chain = look.page({
    path: "/v1/sessions/{session}/chain",
    name: "listChain",
    tag: "session",
    summary: "Read the skeletons of a session's facts, in order",
    allowed: participants,
    params: sessionParam,
    query: chainQuery,
    item: linkSchema,
    list: (principal, paging: Paging<number>, { params }) =>
      records.listChain(principal, params.session, paging),
    view: viewLink,
  });

  return [receipt, chain];
}
