/** The broker's no, as the SDK's user catches it: an answer with a code, the rule, the limit and what was used [ERR-2]. */
import { type LeftToSend, problemSchema, type RefusalCode, type Retry, refusals } from "@parley/protocol";
import { z } from "zod";

/** A newer broker may refuse for a reason that this SDK has no name for yet: what is known is offered, the rest is text. */
export type KnownOrNewCode = RefusalCode | (string & {});

const problemOfAnyAge = problemSchema.extend({ code: z.string() });
type ProblemOfAnyAge = z.infer<typeof problemOfAnyAge>;

const isKnown = (code: string): code is RefusalCode => Object.hasOwn(refusals, code);

/** The broker's no: an answer, not a failure. `isRefused(error, "contract.changed")` tells one from another. */
export class ParleyRefusal extends Error {
  override readonly name = "ParleyRefusal";
  /** Stable, and the same over REST and sockets: what a program decides by. */
  readonly code: KnownOrNewCode;
  /** That of HTTP, also where it came over a socket. */
  readonly status: number;
  /** For people; never parsed. */
  readonly title: string;
  /** For people: what this one is about. */
  readonly detail: string | undefined;
  /** Which term, limit or role it was. */
  readonly rule: string | undefined;
  /** How much there may be. */
  readonly limit: number | undefined;
  /** How much there was. */
  readonly used: number | undefined;
  /** When it can succeed, where that is known. */
  readonly retryAfterMs: number | undefined;
  /** In which state the thing is, where that is what does not allow it. */
  readonly state: string | undefined;
  /** The digest of what stands now, where another was named. */
  readonly digest: string | undefined;
  /** What was wrong with the request, field by field. */
  readonly issues: readonly { readonly path: string; readonly expected: string }[];
  /** Of an envelope: what the terms leave to its side. What is refused has used up nothing. */
  readonly left: LeftToSend | undefined;

  constructor(problem: ProblemOfAnyAge, left?: LeftToSend) {
    super(problem.detail === undefined ? problem.title : `${problem.title}: ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.rule = problem.rule;
    this.limit = problem.limit;
    this.used = problem.used;
    this.retryAfterMs = problem.retryAfterMs;
    this.state = problem.state;
    this.digest = problem.digest;
    this.issues = problem.issues ?? [];
    this.left = left;
  }

  /** Whether the same request can succeed later. */
  get retry(): Retry {
    if (isKnown(this.code)) return refusals[this.code].retry;
    return this.status === 429 || this.status >= 500 ? "later" : "never";
  }
}

/** The refusal that a body states, or undefined when it states none. */
export function readRefusal(body: unknown, left?: LeftToSend): ParleyRefusal | undefined {
  const problem = problemOfAnyAge.safeParse(body);
  return problem.success ? new ParleyRefusal(problem.data, left) : undefined;
}

/** Whether it was refused with one of these codes, which the compiler then knows. */
export const isRefused = <C extends RefusalCode>(
  error: unknown,
  ...codes: readonly C[]
): error is ParleyRefusal & { readonly code: C } =>
  error instanceof ParleyRefusal && codes.some((code) => code === error.code);
