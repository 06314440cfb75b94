/** The broker's no, as the SDK's user catches it: an answer with a code, the rule, the limit and what was used [ERR-2]. */
import { problemSchema, type RefusalCode, type Retry, refusals } from "@parley/protocol";
import { z } from "zod";

/** A newer broker may refuse for a reason that this SDK has no name for yet. */
export type KnownOrNewCode = RefusalCode | (string & {});

const problemOfAnyAge = problemSchema.extend({ code: z.string() });
type ProblemOfAnyAge = z.infer<typeof problemOfAnyAge>;

const isKnown = (code: string): code is RefusalCode => Object.hasOwn(refusals, code);

export class ParleyRefusal extends Error {
  override readonly name = "ParleyRefusal";
  readonly code: KnownOrNewCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly rule: string | undefined;
  readonly limit: number | undefined;
  readonly used: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** What was wrong with the request, field by field. */
  readonly issues: readonly { readonly path: string; readonly expected: string }[];

  constructor(problem: ProblemOfAnyAge) {
    super(problem.detail === undefined ? problem.title : `${problem.title}: ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.rule = problem.rule;
    this.limit = problem.limit;
    this.used = problem.used;
    this.retryAfterMs = problem.retryAfterMs;
    this.issues = problem.issues ?? [];
  }

  /** Whether the same request can succeed later. */
  get retry(): Retry {
    if (isKnown(this.code)) return refusals[this.code].retry;
    return this.status === 429 || this.status >= 500 ? "later" : "never";
  }
}

/** The refusal that a body states, or undefined when it states none. */
export function readRefusal(body: unknown): ParleyRefusal | undefined {
  const problem = problemOfAnyAge.safeParse(body);
  return problem.success ? new ParleyRefusal(problem.data) : undefined;
}

export const isRefused = (error: unknown, ...codes: readonly RefusalCode[]): error is ParleyRefusal =>
  error instanceof ParleyRefusal && codes.some((code) => code === error.code);
