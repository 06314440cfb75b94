/** Workgroups, invitations and members, as the broker shows them and as it is asked about them. */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { thumbprintSchema } from "./statements.js";
import { introductionSchema, nameSchema, purposeSchema, rulesSchema, tagsSchema } from "./text.js";
import { timeSchema } from "./time.js";

export const namedOrganisationSchema = z.object({ id: idSchema("organisation"), name: z.string() });
export const namedAgentSchema = z.object({ id: idSchema("agent"), name: z.string() });

export const admissionSchema = z.enum(["unanimous", "owner"]);
export type Admission = z.infer<typeof admissionSchema>;

export const workgroupSchema = z.object({
  id: idSchema("workgroup"),
  name: z.string(),
  /** `owner/name`: how it is addressed from wherever it is seen, while it is active. */
  address: z.string(),
  owner: namedOrganisationSchema,
  purpose: z.string(),
  rules: z.string(),
  admission: admissionSchema,
  state: z.enum(["active", "dissolved"]),
  organisations: z.array(namedOrganisationSchema.extend({ since: timeSchema })),
  createdAt: timeSchema,
});
export type WorkgroupView = z.infer<typeof workgroupSchema>;

export const invitationStateSchema = z.enum(["open", "consented", "declined", "withdrawn", "expired"]);
export type InvitationState = z.infer<typeof invitationStateSchema>;

/** What its digest is taken of is all here, so that who consents can compute it. */
export const invitationSchema = z.object({
  id: idSchema("invitation"),
  workgroup: z.object({
    id: idSchema("workgroup"),
    name: z.string(),
    purpose: z.string(),
    rules: z.string(),
    admission: admissionSchema,
    owner: idSchema("organisation"),
  }),
  organisations: z.array(namedOrganisationSchema),
  /** Null when it is not in any more, but to the invited one. */
  inviter: namedOrganisationSchema.nullable(),
  organisation: idSchema("organisation"),
  as: z.enum(["member", "owner"]),
  introduction: z.string(),
  state: invitationStateSchema,
  digest: thumbprintSchema,
  /** Those that are in and have consented, or have yet to: the invited one comes after them. */
  consented: z.array(idSchema("organisation")),
  awaited: z.array(idSchema("organisation")),
  createdAt: timeSchema,
  expiresAt: timeSchema,
});
export type InvitationView = z.infer<typeof invitationSchema>;

export const memberSchema = z.object({
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  offer: z.boolean(),
  engage: z.boolean(),
  since: timeSchema,
});
export type MemberView = z.infer<typeof memberSchema>;

export const selectorSchema = z.object({
  id: idSchema("selector"),
  workgroup: idSchema("workgroup"),
  tags: z.record(z.string(), z.string()),
  offer: z.boolean(),
  engage: z.boolean(),
  createdAt: timeSchema,
});
export type SelectorView = z.infer<typeof selectorSchema>;

export const createWorkgroupRequest = z.strictObject({
  name: nameSchema,
  purpose: purposeSchema,
  rules: z.union([rulesSchema, z.literal("")]).default(""),
  admission: admissionSchema.default("unanimous"),
});

export const inviteOrganisationRequest = z.strictObject({
  organisation: idSchema("organisation"),
  introduction: z.union([introductionSchema, z.literal("")]).default(""),
});
export const handOverRequest = z.strictObject({ organisation: idSchema("organisation") });

const rights = { offer: z.boolean().default(false), engage: z.boolean().default(false) };
const givesSomething = ({ offer, engage }: { offer: boolean; engage: boolean }) => offer || engage;
const expectedRight = "expected offer, engage or both";
export const addMemberRequest = z
  .strictObject({ agent: idSchema("agent"), ...rights })
  .refine(givesSomething, expectedRight);
export const addSelectorRequest = z
  .strictObject({
    tags: tagsSchema.refine((tags) => Object.keys(tags).length > 0, "expected at least one tag"),
    ...rights,
  })
  .refine(givesSomething, expectedRight);
