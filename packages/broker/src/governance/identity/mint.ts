/** Minting enrolment tokens: by whom, for whom, until when, and the generations that void them when anything is taken. */
import { type AgentId, limits, type OperatorId, type OrganisationId, type Refusal } from "@parley/protocol";
import type { NewToken } from "../command.js";
import type { EnrolmentToken, Millis } from "../entities.js";
import { find, type Principal } from "../question.js";
import { no } from "../verdict.js";

interface Minting {
  readonly token: NewToken;
  readonly organisation: OrganisationId | null;
  readonly for: OperatorId | AgentId;
  readonly targetGeneration: number;
  readonly by: Principal | undefined;
  readonly era: number;
  readonly delaySeconds?: number;
}

export function mintToken(minting: Minting, now: Millis): EnrolmentToken {
  const { token, by } = minting;
  const notBefore = now + (minting.delaySeconds ?? 0) * 1_000;
  return {
    id: token.id,
    digest: token.digest,
    organisation: minting.organisation,
    for: minting.for,
    mintedBy: by?.kind === "operator" ? by.operator.id : null,
    minterGeneration: by?.kind === "operator" ? by.operator.generation : 0,
    targetGeneration: minting.targetGeneration,
    era: minting.era,
    uses: token.uses,
    usesLeft: token.uses,
    ephemeral: token.ephemeral,
    mintedAt: now,
    notBefore,
    expiresAt: notBefore + token.expiresInSeconds * 1_000,
    voidedAt: null,
  };
}

export const askOpenTokens = (organisation: OrganisationId | null, target: AgentId | null, now: Millis) =>
  find("openTokenCount", { organisation, for: target, now });

interface OpenTokens {
  readonly openOfAll: number;
}

/** Filled only by the organisation that is told of it. */
export function tokensLeft(state: OpenTokens): Refusal | undefined {
  const limit = limits.openEnrolmentTokensPerOrganisation;
  return state.openOfAll < limit
    ? undefined
    : no("limit.reached", { rule: "openEnrolmentTokensPerOrganisation", limit, used: state.openOfAll });
}

/**
 * What a token is bound to of what it is for: it rises whenever something is taken from the target or from its
 * organisation. So the platform cannot suspend an organisation past the time in which its admins could void a token.
 */
export const targetGeneration = (
  organisation: { readonly generation: number } | null | undefined,
  target: { readonly generation: number },
): number => (organisation?.generation ?? 0) + target.generation;

interface Authority {
  readonly era: number;
  readonly minter: Principal | undefined;
  readonly targetGeneration: number;
}

/** [ID-7] A token lives no longer than the authority of who made it and of what it is for. */
export function tokenStands(token: EnrolmentToken, { era, minter, targetGeneration }: Authority): boolean {
  if (token.voidedAt !== null || token.era !== era || token.targetGeneration !== targetGeneration)
    return false;
  if (token.mintedBy === null) return true;
  return minter?.kind === "operator" && minter.operator.generation === token.minterGeneration;
}
