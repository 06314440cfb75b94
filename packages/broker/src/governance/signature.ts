/**
 * The signature under what binds an organisation: admission has verified it, here it is compared with who asks and with
 * what is asked, as both are in the transaction of the decision [STM-1].
 */
import type { Refusal } from "@parley/protocol";
import type { Signed } from "./command.js";
import type { Principal } from "./question.js";
import { no } from "./verdict.js";

const currentKeyOf = (caller: Principal): string | null =>
  caller.kind === "operator" ? caller.operator.thumbprint : caller.instance.thumbprint;

/** What a replaced key signs binds nobody, though an access token of it lasts out its minutes. */
export function keyIsCurrent(
  { caller }: { readonly caller: Principal | undefined },
  { statement }: { readonly statement: Signed<unknown> },
): Refusal | undefined {
  return caller && currentKeyOf(caller) === statement.thumbprint ? undefined : no("key.replaced");
}

/**
 * What a statement says that the request does not. `digests` are those of the claims that are digests: the one that
 * would be right is answered, so that who signs can compare.
 */
export function saysElse<C extends object>(
  claims: C,
  expected: Partial<C>,
  digests: readonly (keyof C & string)[] = [],
): Refusal | undefined {
  const wrong = (Object.keys(expected) as (keyof C & string)[]).find((key) => claims[key] !== expected[key]);
  if (wrong === undefined) return undefined;
  const right = expected[wrong];
  return digests.includes(wrong) && typeof right === "string"
    ? no("statement.invalid", { rule: wrong, digest: right })
    : no("statement.invalid", { rule: wrong });
}
