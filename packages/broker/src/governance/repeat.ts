/** The Idempotency-Key [API-6]: what a principal made under a key is answered again for a day, never made twice. */
import { limits, type Refusal } from "@parley/protocol";
import type { Caller, Idempotency } from "./command.js";
import type { Millis, Prior } from "./entities.js";
import { find } from "./question.js";
import { no } from "./verdict.js";

interface Creating {
  readonly caller: Caller;
  readonly idempotency?: Idempotency;
}

/** A command without a key asks for the empty one, which nobody can have used. */
export const askPrior = (command: Creating) =>
  find("prior", { principal: command.caller.principal, key: command.idempotency?.key ?? "" });

export const isRemembered = (prior: Prior | undefined, now: Millis): prior is Prior =>
  prior !== undefined && now < prior.at + limits.idempotencySeconds * 1_000;

export function keyFits(
  state: { readonly prior: Prior | undefined },
  command: Creating,
  now: Millis,
): Refusal | undefined {
  if (!isRemembered(state.prior, now)) return undefined;
  return state.prior.digest === command.idempotency?.digest ? undefined : no("idempotency.reused");
}

export const keyOf = (command: Creating) => (command.idempotency ? { idempotency: command.idempotency } : {});
