/** What is asked about contracts, advertisements, the catalog and sessions: over REST and over the socket alike [API-9]. */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { pageQuery } from "./requests.js";
import { interactionPatterns } from "./signed-content.js";
import { statementSchema, thumbprintSchema } from "./statements.js";
import { termsRequest } from "./terms.js";
import {
  capabilityNameSchema,
  descriptionSchema,
  detailSchema,
  metadataValueSchema,
  nameSchema,
  tagKeySchema,
  unplainIn,
  workgroupAddressSchema,
} from "./text.js";

export const statementRequest = z.strictObject({ statement: statementSchema });

export const createContractRequest = z.strictObject({
  name: nameSchema,
  terms: termsRequest,
  statement: statementSchema,
});
export const createVersionRequest = z.strictObject({ terms: termsRequest, statement: statementSchema });

const unplain = "expected keys and texts that are well-formed, in NFC, without control characters";
const utf8 = new TextEncoder();
const jsonSchema = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => utf8.encode(JSON.stringify(value)).length <= limits.schemaBytesMax,
    "expected at most 32 KiB",
  )
  .superRefine((value, { addIssue }) => {
    const at = unplainIn(value);
    if (at) addIssue({ code: "custom", path: [...at], message: unplain });
  });
const metadata = z
  .record(tagKeySchema, metadataValueSchema)
  .refine((entries) => Object.keys(entries).length <= limits.metadataPerCapability, "too many entries");
const capability = z.strictObject({
  name: capabilityNameSchema,
  description: z.union([descriptionSchema, z.literal("")]).optional(),
  requestSchema: jsonSchema.nullable().optional(),
  responseSchema: jsonSchema.nullable().optional(),
  metadata: metadata.optional(),
});
const namesEachOnce = (items: readonly { readonly name: string }[]) =>
  new Set(items.map(({ name }) => name)).size === items.length;

export const publishRequest = z.strictObject({
  description: z.union([descriptionSchema, z.literal("")]).optional(),
  capabilities: z
    .array(capability)
    .min(1)
    .max(limits.capabilitiesPerAdvertisement)
    .refine(namesEachOnce, "expected each capability once"),
  patterns: z.array(z.enum(interactionPatterns)).max(interactionPatterns.length).optional(),
  workgroups: z.array(idSchema("workgroup")).min(1).max(limits.workgroupsPerAdvertisement),
  contract: z.strictObject({ id: idSchema("contract"), termsDigest: thumbprintSchema }),
  statement: statementSchema,
});

const reason = z.strictObject({ detail: detailSchema.optional() });
export const rejectRequest = reason.optional().nullable();
export const closeRequest = reason.optional().nullable();

const words = z.string().min(1).max(limits.searchLengthMax);
/** `markets.equity` is exactly that; `markets.*` is everything that begins so. */
const capabilityPattern = z
  .string()
  .min(1)
  .max(limits.capabilityLengthMax)
  .regex(/^[a-z0-9.-]+(?:\.\*)?$/, "expected a capability, or the beginning of one with .* after it");
export const searchFilter = {
  capability: capabilityPattern.optional(),
  q: words.optional(),
  workgroup: workgroupAddressSchema.optional(),
  organisation: z.string().min(1).max(64).optional(),
  pattern: z.enum(interactionPatterns).optional(),
};
export const catalogQuery = pageQuery.extend({
  ...searchFilter,
  available: z.enum(["true", "false"]).optional(),
  /** For an admin: on whose behalf. */
  agent: z.string().min(1).max(64).optional(),
});
export const sessionsQuery = pageQuery.extend({
  state: z.enum(["open", "proposed", "accepted", "active", "closed"]).optional(),
  side: z.enum(["consumer", "provider"]).optional(),
  agent: z.string().min(1).max(64).optional(),
});

/** What an instance asks over its socket: the same commands and looks, the same answers. */
const session = idSchema("session");
const id = z.string().min(1).max(64);
const search = { ...searchFilter, available: z.boolean().optional() };
export const callSchema = z.discriminatedUnion("call", [
  z.strictObject({ id, call: z.literal("propose"), statement: statementSchema }),
  z.strictObject({ id, call: z.literal("accept"), session, statement: statementSchema }),
  z.strictObject({ id, call: z.literal("reject"), session, detail: detailSchema.optional() }),
  z.strictObject({ id, call: z.literal("withdraw"), session }),
  /** `after` and `era` are a cursor: one does not come without the other. */
  z.strictObject({
    id,
    call: z.literal("join"),
    session,
    cursor: z
      .strictObject({
        after: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
        era: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
      })
      .optional(),
  }),
  z.strictObject({ id, call: z.literal("close"), session, detail: detailSchema.optional() }),
  z.strictObject({
    id,
    call: z.literal("search"),
    ...search,
    limit: z.int().min(1).max(limits.pageMax).optional(),
    cursor: z.string().min(1).max(1_024).optional(),
  }),
  z.strictObject({ id, call: z.literal("watch"), watch: id, ...search }),
  z.strictObject({ id, call: z.literal("unwatch"), watch: id }),
  z.strictObject({ id, call: z.literal("advertise"), name: nameSchema, ...publishRequest.shape }),
  z.strictObject({ id, call: z.literal("retract"), name: nameSchema }),
  /** Which capabilities this connection takes sessions for: all of them are named each time. */
  z.strictObject({
    id,
    call: z.literal("serve"),
    capabilities: z.array(capabilityNameSchema).max(limits.servedCapabilitiesPerConnection),
  }),
]);
export type Call = z.infer<typeof callSchema>;
export type CallName = Call["call"];
