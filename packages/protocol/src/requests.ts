/** What operators and instances ask over REST. Unknown fields are refused by name [API-2]. */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { publicKeySchema } from "./statements.js";
import { displayNameSchema, nameSchema, ownerSchema, tagsSchema } from "./text.js";

const jws = z.string().min(1).max(limits.tokenLengthMax);

export const enrolRequest = z.strictObject({
  token: z.string().min(1).max(128),
  publicKey: publicKeySchema,
  proof: jws,
});

export const tokenRequest = z.strictObject({
  grant_type: z.string(),
  client_assertion_type: z.string(),
  client_assertion: jws,
  client_id: z.string().max(64).optional(),
});
export const assertionTypeUrn = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export const replaceKeyRequest = z.strictObject({ publicKey: publicKeySchema, oldProof: jws, newProof: jws });

const expiresInSeconds = z.int().min(1).max(limits.enrolmentSecondsMax);

export const createOrganisationRequest = z.strictObject({
  name: nameSchema,
  displayName: displayNameSchema.optional(),
  adminName: nameSchema.default("admin"),
  expiresInSeconds: expiresInSeconds.default(limits.enrolmentSecondsDefault),
});

/** A recovery token begins to work only days later: whoever waits for it should not have to hit the hour. */
export const recoverOrganisationRequest = z.strictObject({
  adminName: nameSchema.default("recovered-admin"),
  expiresInSeconds: expiresInSeconds.default(limits.recoverySecondsDefault),
});

const enrollerAgents = z.array(idSchema("agent")).max(limits.agentsPerEnroller);
export const inviteOperatorRequest = z.strictObject({
  name: nameSchema,
  role: z.enum(["platform", "admin", "auditor", "enroller"]),
  agents: enrollerAgents.default([]),
  expiresInSeconds: expiresInSeconds.default(limits.enrolmentSecondsDefault),
});
export const changeOperatorRequest = z.strictObject({
  role: z.enum(["admin", "auditor", "enroller"]),
  agents: enrollerAgents.default([]),
});

export const createAgentRequest = z.strictObject({
  name: nameSchema,
  owner: ownerSchema,
  tags: tagsSchema.default({}),
});
export const changeAgentRequest = z
  .strictObject({ owner: ownerSchema.optional(), tags: tagsSchema.optional() })
  .refine(
    (change) => change.owner !== undefined || change.tags !== undefined,
    "expected owner, tags or both",
  );

export const mintTokenRequest = z.strictObject({
  uses: z.int().min(1).max(limits.enrolmentUsesMax).default(1),
  expiresInSeconds: expiresInSeconds.default(limits.enrolmentSecondsDefault),
  ephemeral: z.boolean().default(false),
});

export const rotateBrokerKeyRequest = z.strictObject({
  use: z.enum(["access", "receipt", "checkpoint", "cursor"]),
});

/** A query's numbers come as text: only plain digits are one. */
const pageLimit = z
  .string()
  .regex(/^[1-9][0-9]{0,2}$/, `expected 1 to ${limits.pageMax}`)
  .transform(Number)
  .refine((limit) => limit <= limits.pageMax, `expected 1 to ${limits.pageMax}`);
export const pageQuery = z.strictObject({
  limit: pageLimit.optional(),
  cursor: z.string().min(1).max(1_024).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

const typed = z.string().min(1).max(64).optional();
const timeAsked = z.iso.datetime({ offset: true, error: "expected a time of RFC 3339" }).max(64).optional();
/** What somebody looks for in the record; whatever is named and hidden is looked for as what is not there [API-18]. */
export const factFilter = {
  kind: z
    .string()
    .regex(
      /^[a-z]+(?:-[a-z]+)*\.(?:\*|[a-z]+(?:-[a-z]+)*)$/,
      "expected a kind of fact, like agent.created, or session.* for several",
    )
    .max(64)
    .optional(),
  stream: typed,
  /** Not before this, and before that. */
  from: timeAsked,
  to: timeAsked,
  actor: typed,
  agent: typed,
  instance: typed,
  workgroup: typed,
  session: typed,
  contract: typed,
  decision: z.enum(["accepted", "refused"]).optional(),
  correlation: z.string().min(1).max(limits.headerValueLengthMax).optional(),
};
export const factsQuery = pageQuery.extend(factFilter);
export const factStreamQuery = z.strictObject(factFilter);
export type FactsAsked = z.infer<typeof factStreamQuery>;

/** Frames of the socket whose part is JSON. */
export const helloFrame = z.strictObject({ token: jws, proof: jws });
export const challengeFrame = z.object({ nonce: z.string() });
export const welcomeFrame = z.object({
  principal: idSchema("instance"),
  agent: idSchema("agent"),
  organisation: idSchema("organisation"),
  connection: idSchema("connection"),
  epoch: z.int(),
  era: z.int(),
  /** The last signed head of the organisation's log; null within its first second [REC-8]. */
  checkpoint: z.string().nullable(),
  expiresAt: z.string(),
  limits: z.record(z.string(), z.number()),
});
export type Welcome = z.infer<typeof welcomeFrame>;
export const renewedFrame = z.object({ expiresAt: z.string() });
export const goingAwayFrame = z.object({ retryAfterMs: z.int() });
export const pingFrame = z.strictObject({});
