/**
 * Looking back at identities: who asks is judged as for a command, and every page is one statement that touches only
 * what the caller may see. Changes nothing; a refused look is recorded by whoever refuses it.
 */
import type { NamedOrganisation, OrganisationId, Refusal } from "@parley/protocol";
import { askCaller, callerStands, homeOf, roleOf } from "../governance/caller.js";
import type { Caller } from "../governance/command.js";
import type { Agent, EnrolmentToken, Instance, Operator, Organisation } from "../governance/entities.js";
import { targetGeneration, tokenStands } from "../governance/identity/mint.js";
import {
  agentsListed,
  seesAgent,
  seesInstance,
  seesOperator,
  seesOrganisation,
} from "../governance/identity/visibility.js";
import { nowhere } from "../governance/nobody.js";
import { find, type Principal } from "../governance/question.js";
import { organisationOf } from "../governance/standing.js";
import { no } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import { type After, byCreation, cut, type Page, type Paging } from "./page.js";
import { looksBack } from "./seeker.js";

export interface InstanceRecord {
  readonly instance: Instance;
  readonly seenAt: number;
  readonly connectedSince: number | null;
}

export interface Speaker {
  readonly principal: Principal;
  readonly era: number;
}

/** The caller in good standing, as it stands now, or why it is none. */
export async function speaker(store: Store, caller: Caller): Promise<Speaker | Refusal> {
  const state = await store.read(askCaller({ caller }));
  const refusal = callerStands({ ...state, party: undefined }, { caller });
  if (refusal) return refusal;
  return state.caller ? { principal: state.caller, era: state.era } : no("access.invalid");
}

/** Whether anybody has enrolled with this key: who has not is not worth a signature check. */
export async function knowsKey(store: Store, thumbprint: string): Promise<boolean> {
  return (await store.read({ key: find("key", { thumbprint }) })).key !== undefined;
}

/** Whether such an enrolment token was ever minted. A secret of 256 bits is not found by asking. */
export async function knowsToken(store: Store, digest: string): Promise<boolean> {
  return (await store.read({ token: find("enrolmentDigest", { digest }) })).token !== undefined;
}

/** When an instance was last seen, for an answer about it that was decided already. */
export async function presenceOf(store: Store, instance: Instance): Promise<InstanceRecord> {
  const { organisation, id } = instance;
  const { row } = await store.read({ row: { find: "instanceRow", by: { organisation, id } } });
  const { seenAt, connectedSince } = row ?? { seenAt: instance.enrolledAt, connectedSince: null };
  return { instance, seenAt, connectedSince };
}

export async function listOrganisations(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<string>,
) {
  if (roleOf(principal) !== "platform") {
    const own = principal.organisation;
    return { items: own && after === null ? [own] : [], next: null } satisfies Page<Organisation, string>;
  }
  const { page } = await store.read({ page: { find: "organisationsPage", by: { after, limit: limit + 1 } } });
  return cut(page, limit, (last) => last.name);
}

export async function showOrganisation(
  store: Store,
  principal: Principal,
  id: string,
): Promise<Organisation | Refusal> {
  // An organisation is nobody's to be asked for together with its owner: what is hidden is not even looked up.
  const asked = seesOrganisation(principal, id as OrganisationId) ? id : nowhere;
  const { found } = await store.read({ found: find("organisation", { id: asked }) });
  return found ?? no("not-found");
}

export async function listOperators(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<After>,
): Promise<Page<Operator, After> | Refusal> {
  const role = roleOf(principal);
  if (role === undefined || role === "enroller") return no("role.missing", { rule: "auditor" });
  const organisation = organisationOf(principal);
  const { page } = await store.read({
    page: { find: "operatorsPage", by: { organisation, after, limit: limit + 1 } },
  });
  return cut(page, limit, byCreation);
}

export async function showOperator(
  store: Store,
  principal: Principal,
  id: string,
): Promise<Operator | Refusal> {
  const { found } = await store.read({
    found: find("operator", { organisation: organisationOf(principal), id }),
  });
  return found && seesOperator(principal, found) ? found : no("not-found");
}

export async function listAgents(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<string>,
): Promise<Page<Agent, string> | Refusal> {
  if (roleOf(principal) === "platform") return no("role.missing", { rule: "auditor" });
  const by = { organisation: homeOf(principal), ids: agentsListed(principal), after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "agentsPage", by } });
  return cut(page, limit, (last) => last.name);
}

export async function showAgent(store: Store, principal: Principal, id: string): Promise<Agent | Refusal> {
  const { found } = await store.read({ found: find("agent", { organisation: homeOf(principal), id }) });
  return found && seesAgent(principal, found) ? found : no("not-found");
}

export async function listInstances(
  store: Store,
  principal: Principal,
  agent: string,
  { after, limit }: Paging<After>,
): Promise<Page<InstanceRecord, After> | Refusal> {
  const seen = await showAgent(store, principal, agent);
  if ("code" in seen) return seen;
  if (!looksBack(principal)) return no("role.missing", { rule: "auditor" });
  const by = { organisation: homeOf(principal), agent, after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "instancesPage", by } });
  return cut(page, limit, ({ instance }) => ({ at: instance.enrolledAt, id: instance.id }));
}

export async function showInstance(
  store: Store,
  principal: Principal,
  id: string,
): Promise<InstanceRecord | Refusal> {
  const { found } = await store.read({
    found: { find: "instanceRow", by: { organisation: homeOf(principal), id } },
  });
  return found && seesInstance(principal, found.instance) ? found : no("not-found");
}

/** A token, and whether the authority of who minted it and of what it is for still stands. */
export interface TokenRecord {
  readonly token: EnrolmentToken;
  readonly stands: boolean;
}

async function withAuthority(store: Store, tokens: readonly EnrolmentToken[], generation: number) {
  const minters = new Set(tokens.map(({ mintedBy }) => mintedBy).filter((id) => id !== null));
  const { era } = await store.read({ era: find("era", {}) });
  const found = await store.read(
    Object.fromEntries([...minters].map((id) => [id, find("principal", { id })])),
  );
  return tokens.map((token): TokenRecord => {
    const minter = token.mintedBy === null ? undefined : found[token.mintedBy];
    return { token, stands: tokenStands(token, { era, minter, targetGeneration: generation }) };
  });
}

/** The tokens of an agent or of an operator: for those who may mint or void them, and for auditors. */
export async function listTokens(
  store: Store,
  principal: Principal,
  target: { readonly agent: string } | { readonly operator: string },
  { after, limit }: Paging<After>,
): Promise<Page<TokenRecord, After> | Refusal> {
  const shown =
    "agent" in target
      ? await showAgent(store, principal, target.agent)
      : await showOperator(store, principal, target.operator);
  if ("code" in shown) return shown;
  if (principal.kind === "instance") return no("role.missing", { rule: "auditor" });
  const by = { organisation: organisationOf(principal), for: shown.id, after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "tokensPage", by } });
  const { items, next } = cut(page, limit, (last) => ({ at: last.mintedAt, id: last.id }));
  return { items: await withAuthority(store, items, targetGeneration(principal.organisation, shown)), next };
}

/** The name of an organisation that a decision was about already. */
export async function nameOrganisation(store: Store, id: OrganisationId): Promise<NamedOrganisation> {
  const { found } = await store.read({ found: find("organisation", { id }) });
  return { id, name: found?.name ?? "" };
}
