/** A no as it travels: problem details (RFC 9457) with the code and the typed fields of the rule [ERR-2]. */
import { z } from "zod";
import { type RefusalCode, refusalCodes, refusals } from "./refusals.js";
import { issueSchema } from "./resources.js";

export interface Refusal {
  readonly code: RefusalCode;
  readonly rule?: string;
  readonly limit?: number;
  readonly used?: number;
  readonly retryAfterMs?: number;
  readonly detail?: string;
  /** The state in which the thing is, where that is what does not allow it. */
  readonly state?: string;
  /** The digest of what stands now, where another was named. */
  readonly digest?: string;
}

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(refusalCodes),
  detail: z.string().optional(),
  rule: z.string().optional(),
  limit: z.number().optional(),
  used: z.number().optional(),
  retryAfterMs: z.int().optional(),
  state: z.string().optional(),
  digest: z.string().optional(),
  issues: z.array(issueSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export function problemOf(refusal: Refusal): Problem {
  const { status, title } = refusals[refusal.code];
  return { type: `urn:parley:refusal:${refusal.code}`, title, status, ...refusal };
}
