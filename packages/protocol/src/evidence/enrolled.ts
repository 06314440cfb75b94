/** Which keys were a principal's, and when, as far as the log's own stream shows it. */
import { z } from "zod";
import { isPrincipalId } from "../ids.js";
import { thumbprintSchema } from "../statements.js";

/** Beyond, a principal is not remembered, and its keys count as not enrolled in the bundle. */
export const principalsMax = 100_000;
const keysMax = 16;

const key = z.object({ principal: z.string().refine(isPrincipalId), thumbprint: thumbprintSchema });
const enrolling = z.object({ key });

interface Enrolled {
  readonly thumbprint: string;
  readonly since: number;
}

const kinds: ReadonlySet<string> = new Set(["instance.enrolled", "operator.enrolled", "key.replaced"]);
export const isEnrolling = (kind: string): boolean => kinds.has(kind);

export class EnrolledKeys {
  readonly #keys = new Map<string, Enrolled[]>();

  get isFull(): boolean {
    return this.#keys.size >= principalsMax;
  }

  /** False if the fact does not say whose key it is. */
  tell(data: unknown, at: number): boolean {
    const fact = enrolling.safeParse(data).data;
    if (fact === undefined) return false;
    const { principal, thumbprint } = fact.key;
    const known = this.#keys.get(principal) ?? [];
    if (known.length === 0 && this.#keys.size >= principalsMax) return true;
    this.#keys.set(principal, [...known.slice(1 - keysMax), { thumbprint, since: at }]);
    return true;
  }

  /** Whether the key was its at that time, or once had been before. Undefined of who is not known here. */
  had(principal: string, thumbprint: string, at: number, orBefore: boolean): boolean | undefined {
    const known = this.#keys.get(principal);
    return known?.some((one, index) => {
      const until = known[index + 1]?.since ?? Number.POSITIVE_INFINITY;
      return one.thumbprint === thumbprint && one.since <= at && (orBefore || at <= until);
    });
  }
}
