/**
 * Contracts: a provider's terms, under a name of its organisation, in versions that never change. What a version says is
 * signed by who made it; whom it binds, and when, is for advertisements and sessions [CON-4].
 */
import { limits, type Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, homeOf, partyOf, roleOf } from "../caller.js";
import type { Contract, ContractVersion } from "../engagement-entities.js";
import type { Prior } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { told } from "../identity/taking-away.js";
import { noContract } from "../nobody.js";
import { find } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { ask, rule, sure } from "../rule.js";
import { keyIsCurrent, saysElse } from "../signature.js";
import { accept, no } from "../verdict.js";
import {
  askRequired,
  observationFits,
  ownSeekerOf,
  type RequiredState,
  requiredWorkgroupsAreSeen,
  termsFitCeilings,
} from "./contract-terms.js";

/** What an organisation offers is said by its admins, or by its agents themselves. */
export function isAdminOrInstance({ caller }: Pick<CallerState, "caller">): Refusal | undefined {
  const speaks = caller?.kind === "instance" || roleOf(caller) === "admin";
  return speaks ? undefined : no("role.missing", { rule: "admin" });
}

interface CreateState extends CallerState, RequiredState {
  readonly prior: Prior | undefined;
  readonly made: Contract | undefined;
  readonly version: ContractVersion | undefined;
  readonly named: Contract | undefined;
  readonly count: number;
}

interface Signing {
  readonly termsDigest: string;
  readonly statement: { readonly claims: { readonly name: string; readonly termsDigest: string } };
}

const signedTerms = ({ statement, termsDigest }: Signing, name: string): Refusal | undefined =>
  saysElse(statement.claims, { name, termsDigest }, ["termsDigest"]);

function contractIsSigned(_state: object, command: Signing & { readonly name: string }): Refusal | undefined {
  return signedTerms(command, command.name);
}

function contractNameIsFree({ named }: CreateState): Refusal | undefined {
  return named === undefined ? undefined : no("contract.name-taken");
}

function contractsLeft({ count: used }: CreateState): Refusal | undefined {
  const limit = limits.contractsPerOrganisation;
  return used < limit ? undefined : no("limit.reached", { rule: "contractsPerOrganisation", limit, used });
}

export const createContract = rule<"contract.create", CreateState>({
  *gather(command) {
    const first = yield* ask({ ...askCaller(command), prior: askPrior(command) });
    const seeker = ownSeekerOf(first.caller);
    const { organisation } = seeker;
    const { name, terms, termsDigest } = command;
    const contract = first.prior?.subject ?? "";
    const rest = yield* ask({
      made: find("contract", { ...seeker, id: contract }),
      version: find("contractVersion", { ...seeker, contract, termsDigest }),
      named: find("contractNamed", { organisation, name }),
      count: find("contractCount", { organisation }),
    });
    const required = yield* askRequired(first.caller, terms);
    return { ...first, ...rest, required, party: partyOf(first.caller) };
  },
  who: [callerStands, isAdminOrInstance, keyFits],
  repeat({ prior, made, version }, _command, now) {
    const isThere = isRemembered(prior, now) && made !== undefined && version !== undefined;
    return isThere ? accept({ repeated: true, contract: made, version }) : undefined;
  },
  what: [
    keyIsCurrent,
    contractIsSigned,
    requiredWorkgroupsAreSeen,
    termsFitCeilings,
    observationFits,
    contractNameIsFree,
    contractsLeft,
  ],
  settle(state, command, now) {
    const organisation = homeOf(state.caller);
    const { contract: id, name, terms, termsDigest } = command;
    const contract: Contract = { id, organisation, name, state: "active", latest: 1, createdAt: now };
    const { text: statement } = command.statement;
    const by = command.caller.principal;
    const version: ContractVersion = {
      contract: id,
      number: 1,
      organisation,
      terms,
      termsDigest,
      statement,
      by,
      createdAt: now,
    };
    const fact = happened(
      streamOf(organisation),
      "contract.created",
      { ...told(command, id), ...keyOf(command) },
      { contract, version },
    );
    return accept({ repeated: false, contract, version }, { facts: [fact] });
  },
});

interface Target {
  readonly target: Contract | undefined;
}

function contractIsSeen({ target }: Target): Refusal | undefined {
  return target === undefined ? no("not-found") : undefined;
}

/** What was deleted gets no version any more: its name may be another contract's. */
function contractIsNotDeleted({ target }: Target): Refusal | undefined {
  return target?.state === "deleted" ? no("not-found") : undefined;
}

interface VersionState extends CallerState, RequiredState, Target {
  readonly known: ContractVersion | undefined;
  readonly count: number;
}

function versionIsSigned({ target }: VersionState, command: Signing): Refusal | undefined {
  return signedTerms(command, sure(target).name);
}

function versionsLeft({ count: used }: VersionState): Refusal | undefined {
  const limit = limits.versionsPerContract;
  return used < limit ? undefined : no("limit.reached", { rule: "versionsPerContract", limit, used });
}

export const versionContract = rule<"contract.version", VersionState>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const seeker = ownSeekerOf(first.caller);
    const { contract, terms, termsDigest } = command;
    const { target, known } = yield* ask({
      target: find("contract", { ...seeker, id: contract }),
      known: find("contractVersion", { ...seeker, contract, termsDigest }),
    });
    const { count } = yield* ask({ count: find("versionCount", { contract: target?.id ?? noContract }) });
    const required = yield* askRequired(first.caller, terms);
    return { ...first, target, known, count, required, party: partyOf(first.caller) };
  },
  who: [callerStands, contractIsSeen, contractIsNotDeleted, isAdminOrInstance],
  /** [CON-5] The same terms are the same version, whoever says them again. */
  repeat({ target, known }) {
    return known ? accept({ repeated: true, contract: sure(target), version: known }) : undefined;
  },
  what: [
    keyIsCurrent,
    versionIsSigned,
    requiredWorkgroupsAreSeen,
    termsFitCeilings,
    observationFits,
    versionsLeft,
  ],
  settle(state, command, now) {
    const target = sure(state.target);
    const number = target.latest + 1;
    const { id, organisation } = target;
    const { terms, termsDigest } = command;
    const version: ContractVersion = {
      contract: id,
      number,
      organisation,
      terms,
      termsDigest,
      statement: command.statement.text,
      by: command.caller.principal,
      createdAt: now,
    };
    const fact = happened(streamOf(organisation), "contract.versioned", told(command, id), { version });
    return accept({ repeated: false, contract: { ...target, latest: number }, version }, { facts: [fact] });
  },
});

interface DeleteState extends CallerState, Target {
  readonly uses: number;
}

/** [CON-8] */
function contractIsNotInUse({ uses: used }: DeleteState): Refusal | undefined {
  return used === 0 ? undefined : no("contract.in-use", { used });
}

export const deleteContract = rule<"contract.delete", DeleteState>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const seeker = ownSeekerOf(first.caller);
    const { target } = yield* ask({ target: find("contract", { ...seeker, id: command.contract }) });
    const { uses } = yield* ask({ uses: find("contractUses", { contract: target?.id ?? noContract }) });
    return { ...first, target, uses, party: partyOf(first.caller) };
  },
  who: [callerStands, contractIsSeen, isAdminOrInstance],
  what: [contractIsNotInUse],
  settle({ target }, command) {
    const contract = sure(target);
    if (contract.state === "deleted") return accept({ contract });
    const { id, organisation } = contract;
    const fact = happened(streamOf(organisation), "contract.deleted", told(command, id), { contract: id });
    return accept({ contract: { ...contract, state: "deleted" } }, { facts: [fact] });
  },
});
