/** What the broker shows over REST: one schema per thing, used by routes, OpenAPI, SDK and command line alike [API-1]. */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { publicKeySchema, thumbprintSchema } from "./statements.js";
import { timeSchema } from "./time.js";

export const standingSchema = z.enum(["active", "suspended", "revoked", "expired"]);
export type Standing = z.infer<typeof standingSchema>;

export const roleSchema = z.enum(["platform", "admin", "auditor", "enroller"]);
export type Role = z.infer<typeof roleSchema>;

export const organisationSchema = z.object({
  id: idSchema("organisation"),
  name: z.string(),
  displayName: z.string(),
  standing: standingSchema,
  createdAt: timeSchema,
  version: z.int(),
});
export type OrganisationView = z.infer<typeof organisationSchema>;

export const operatorSchema = z.object({
  id: idSchema("operator"),
  organisation: idSchema("organisation").nullable(),
  name: z.string(),
  role: roleSchema,
  agents: z.array(idSchema("agent")),
  standing: standingSchema,
  spiffeId: z.string(),
  keyThumbprint: thumbprintSchema.nullable(),
  createdAt: timeSchema,
  enrolledAt: timeSchema.nullable(),
  version: z.int(),
});
export type OperatorView = z.infer<typeof operatorSchema>;

export const agentSchema = z.object({
  id: idSchema("agent"),
  organisation: idSchema("organisation"),
  name: z.string(),
  tags: z.record(z.string(), z.string()),
  owner: z.string(),
  standing: standingSchema,
  createdAt: timeSchema,
  version: z.int(),
});
export type AgentView = z.infer<typeof agentSchema>;

export const instanceSchema = z.object({
  id: idSchema("instance"),
  agent: idSchema("agent"),
  organisation: idSchema("organisation"),
  standing: standingSchema,
  spiffeId: z.string(),
  keyThumbprint: thumbprintSchema,
  ephemeral: z.boolean(),
  enrolledAt: timeSchema,
  lastSeenAt: timeSchema,
  connectedSince: timeSchema.nullable(),
});
export type InstanceView = z.infer<typeof instanceSchema>;

export const enrolmentTokenSchema = z.object({
  id: idSchema("enrolmentToken"),
  for: z.union([idSchema("operator"), idSchema("agent")]),
  mintedBy: idSchema("operator").nullable(),
  state: z.enum(["waiting", "open", "used", "expired", "voided"]),
  uses: z.int(),
  usesLeft: z.int(),
  ephemeral: z.boolean(),
  mintedAt: timeSchema,
  notBefore: timeSchema,
  expiresAt: timeSchema,
});
export type EnrolmentTokenView = z.infer<typeof enrolmentTokenSchema>;

/** A token as it is answered once: the repeat of the same Idempotency-Key has `null` in place of the secret. */
export const mintedTokenSchema = enrolmentTokenSchema.extend({ token: z.string().nullable() });
export type MintedTokenView = z.infer<typeof mintedTokenSchema>;

/** What a taking away has cut, and the sockets that would not die, if any. */
export const cutSchema = z.object({
  sockets: z.int(),
  sessions: z.int(),
  surviving: z.array(idSchema("connection")),
});
export type CutView = z.infer<typeof cutSchema>;

/** An agent as a change of it is answered: tags that are taken take memberships with them, and those their sessions. */
export const changedAgentSchema = agentSchema.extend({ cut: cutSchema });

/** To the platform: how many sessions an organisation had is not told to it [SES-2]. */
export const socketsCutSchema = cutSchema.omit({ sessions: true });
export type SocketsCutView = z.infer<typeof socketsCutSchema>;

export const whoamiSchema = z.object({
  principal: z.union([idSchema("operator"), idSchema("instance")]),
  kind: z.enum(["operator", "instance"]),
  name: z.string(),
  role: roleSchema.nullable(),
  organisation: z.object({ id: idSchema("organisation"), name: z.string() }).nullable(),
  agent: z.object({ id: idSchema("agent"), name: z.string() }).nullable(),
  spiffeId: z.string(),
  keyThumbprint: thumbprintSchema,
});
export type WhoamiView = z.infer<typeof whoamiSchema>;

/** One fact: the skeleton is for ever, the content may become null. */
export const factSchema = z.object({
  stream: z.string(),
  position: z.int(),
  kind: z.string(),
  at: timeSchema,
  contentDigest: z.string(),
  previous: z.string(),
  hash: z.string(),
  content: z.record(z.string(), z.unknown()).nullable(),
});
export type FactView = z.infer<typeof factSchema>;

export const alertSchema = z.object({
  id: idSchema("alert"),
  kind: z.enum(["replaced-key-used", "admin-token-minted-by-platform"]),
  subject: z.string(),
  detail: z.string(),
  raisedAt: timeSchema,
});
export type AlertView = z.infer<typeof alertSchema>;

export const brokerKeyUses = ["access", "receipt", "checkpoint"] as const;
/** A public key of the broker, with the signature of the key before it over this one. */
export const brokerKeySchema = publicKeySchema.extend({
  kid: z.string(),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
  "parley:use": z.enum(brokerKeyUses),
  "parley:since": timeSchema,
  "parley:retired": timeSchema.nullable(),
  "parley:endorsement": z.string().nullable(),
});
export type BrokerKeyView = z.infer<typeof brokerKeySchema>;
export const jwksSchema = z.object({ keys: z.array(brokerKeySchema) });

export const enrolledSchema = z.object({
  principalId: z.union([idSchema("operator"), idSchema("instance")]),
  spiffeId: z.string(),
  trustDomain: z.string(),
  issuer: z.string(),
  brokerKeys: z.array(brokerKeySchema),
});
export type EnrolledView = z.infer<typeof enrolledSchema>;

export const accessTokenSchema = z.object({
  access_token: z.string(),
  token_type: z.literal("DPoP"),
  expires_in: z.int(),
});

export const metadataSchema = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  grant_types_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  dpop_signing_alg_values_supported: z.array(z.string()),
  service_documentation: z.string(),
});

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const issueSchema = z.object({ path: z.string(), expected: z.string() });
