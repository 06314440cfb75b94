/** Organisations: made by the platform together with the token of their first admin, and recovered by it when no admin can act. */
import { limits, type OrganisationId, type Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, isPlatform, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { EnrolmentToken, Millis, Operator, Organisation, Prior } from "../entities.js";
import { happened, platformStream, streamOf } from "../fact.js";
import { nowhere } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { accept, no } from "../verdict.js";
import { mintToken, targetGeneration } from "./mint.js";
import { seesOrganisation } from "./visibility.js";

/** The operator and the organisation that a token was minted for: what a repeated creation is answered with. */
export interface MadeWithToken {
  readonly token: EnrolmentToken | undefined;
  readonly operator: Operator | undefined;
  readonly organisation: Organisation | undefined;
}

export function* askMadeWithToken(prior: Prior | undefined): Asking<MadeWithToken> {
  const organisation = prior?.organisation ?? null;
  const { token } = yield* ask({ token: find("enrolmentToken", { organisation, id: prior?.subject ?? "" }) });
  const rest = yield* ask({
    operator: find("operator", { organisation, id: token?.for ?? "" }),
    organisation: find("organisation", { id: organisation ?? "" }),
  });
  return { token, ...rest };
}

export const invited = (
  at: { readonly id: Operator["id"]; readonly name: string; readonly organisation: OrganisationId | null },
  role: Pick<Operator, "role" | "agents">,
  era: number,
  now: Millis,
): Operator => ({
  ...at,
  ...role,
  standing: "active",
  generation: 0,
  era,
  thumbprint: null,
  enrolledAt: null,
  createdAt: now,
  version: 1,
});

interface CreateState extends CallerState {
  readonly prior: Prior | undefined;
  readonly made: MadeWithToken;
  readonly named: Organisation | undefined;
  readonly count: number;
}

function nameIsFree(state: { readonly named: unknown }): Refusal | undefined {
  return state.named === undefined ? undefined : no("organisation.name-taken");
}

function organisationsLeft(state: { readonly count: number }): Refusal | undefined {
  const limit = limits.organisations;
  return state.count < limit
    ? undefined
    : no("limit.reached", { rule: "organisations", limit, used: state.count });
}

export const createOrganisation = rule<"organisation.create", CreateState>({
  *gather(command) {
    const first = yield* ask({
      ...askCaller(command),
      prior: askPrior(command),
      named: find("organisationNamed", { name: command.name }),
      count: find("organisationCount", {}),
    });
    return { ...first, party: partyOf(first.caller), made: yield* askMadeWithToken(first.prior) };
  },
  who: [callerStands, isPlatform, keyFits],
  repeat({ prior, made: { token, operator, organisation } }, _command, now) {
    if (!isRemembered(prior, now) || !token || !operator || !organisation) return undefined;
    return accept({ repeated: true, organisation, operator, token });
  },
  what: [nameIsFree, organisationsLeft],
  settle: (state, command, now) => found(state, command, now),
});

function found(state: CreateState, command: Command<"organisation.create">, now: Millis) {
  const organisation: Organisation = {
    id: command.organisation,
    name: command.name,
    displayName: command.displayName,
    standing: "active",
    generation: 0,
    takenAt: 0,
    createdAt: now,
    version: 1,
  };
  const { operator: id, name } = command.admin;
  const operator = invited(
    { id, name, organisation: organisation.id },
    { role: "admin", agents: [] },
    state.era,
    now,
  );
  const token = mintToken(
    {
      token: command.token,
      organisation: organisation.id,
      for: id,
      targetGeneration: 0,
      by: state.caller,
      era: state.era,
    },
    now,
  );
  const told = { actor: command.caller.principal, cause: command.id };
  const stream = streamOf(organisation.id);
  const facts = [
    happened(platformStream, "organisation.created", { ...told, subject: organisation.id }, { organisation }),
    happened(stream, "organisation.created", { ...told, subject: organisation.id }, { organisation }),
    happened(stream, "operator.invited", { ...told, subject: id }, { operator }),
    happened(stream, "enrolment-token.minted", { ...told, ...keyOf(command), subject: token.id }, { token }),
  ];
  return accept({ repeated: false, organisation, operator, token }, { facts });
}

interface RecoverState extends CallerState {
  readonly prior: Prior | undefined;
  readonly made: MadeWithToken;
  readonly target: Organisation | undefined;
  readonly openOfAll: number;
}

/** An organisation cannot be asked for together with its owner, so what is hidden is not looked up at all. */
export const askOrganisation = (caller: Principal | undefined, id: string) =>
  find("organisation", { id: caller && seesOrganisation(caller, id as OrganisationId) ? id : nowhere });

export function organisationIsSeen({
  caller,
  target,
}: {
  readonly caller: Principal | undefined;
  readonly target: Organisation | undefined;
}): Refusal | undefined {
  return caller && target && seesOrganisation(caller, target.id) ? undefined : no("not-found");
}

/** Whoever could void the token must be able to act while it waits. */
function isNotSuspended(state: { readonly target: Organisation | undefined }): Refusal | undefined {
  return state.target?.standing === "suspended" ? no("organisation.suspended") : undefined;
}

function isNotRevoked(state: { readonly target: Organisation | undefined }): Refusal | undefined {
  return state.target?.standing === "revoked" ? no("standing.final") : undefined;
}

/** The platform cannot fill an organisation's record with recoveries. */
function recoveriesLeft({ openOfAll: used }: RecoverState): Refusal | undefined {
  const limit = limits.recoveriesPerOrganisation;
  return used < limit ? undefined : no("limit.reached", { rule: "recoveriesPerOrganisation", limit, used });
}

/** [ID-9] A token for an organisation that has lost its admins: seen by them at once, working only after 72 hours. */
export const recoverOrganisation = rule<"organisation.recover", RecoverState>({
  *gather(command, now) {
    const first = yield* ask({ ...askCaller(command), prior: askPrior(command) });
    const { target } = yield* ask({ target: askOrganisation(first.caller, command.organisation) });
    const id = target?.id ?? null;
    const { openOfAll } = yield* ask({ openOfAll: find("openRecoveryCount", { organisation: id, now }) });
    return {
      ...first,
      target,
      openOfAll,
      party: partyOf(first.caller),
      made: yield* askMadeWithToken(first.prior),
    };
  },
  who: [callerStands, organisationIsSeen, isPlatform, keyFits],
  repeat({ prior, made: { token, operator } }, _command, now) {
    return isRemembered(prior, now) && token && operator
      ? accept({ repeated: true, operator, token })
      : undefined;
  },
  what: [isNotRevoked, isNotSuspended, recoveriesLeft],
  settle: (state, command, now) => recover(state, command, now),
});

function recover(
  { caller, era, target }: RecoverState,
  command: Command<"organisation.recover">,
  now: Millis,
) {
  const organisation = sure(target).id;
  const { operator: id, name } = command.admin;
  const operator = invited({ id, name, organisation }, { role: "admin", agents: [] }, era, now);
  const delaySeconds = limits.recoveryDelaySeconds;
  const token = mintToken(
    {
      token: command.token,
      organisation,
      for: id,
      targetGeneration: targetGeneration(target, operator),
      by: caller,
      era,
      delaySeconds,
    },
    now,
  );
  const detail = `operator ${id}; works from ${new Date(token.notBefore).toISOString()} unless an admin voids it before`;
  const alert = {
    id: command.alert,
    organisation,
    kind: "admin-token-minted-by-platform",
    subject: token.id,
    detail,
    raisedAt: now,
  } as const;
  const told = { actor: command.caller.principal, cause: command.id };
  const stream = streamOf(organisation);
  const facts = [
    happened(stream, "operator.invited", { ...told, subject: id }, { operator }),
    happened(stream, "enrolment-token.minted", { ...told, ...keyOf(command), subject: token.id }, { token }),
    happened(stream, "alert.raised", { ...told, subject: token.id }, { alert }),
  ];
  return accept({ repeated: false, operator, token }, { facts });
}
