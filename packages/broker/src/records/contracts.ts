/**
 * Looking back at contracts: an organisation reads its own, others exactly the versions that an advertisement names
 * which they may engage, and everybody the broker's default terms.
 */
import {
  type ContractId,
  defaultContract,
  defaultContractName,
  defaultTerms,
  defaultTermsDigest,
  limits,
  type NamedOrganisation,
  type Refusal,
  type Terms,
  type WouldRefuse,
} from "@parley/protocol";
import type { Contract, ContractVersion, Session } from "../governance/engagement-entities.js";
import type { OwnSeeker } from "../governance/engagement-lookups.js";
import { ownSeekerOf } from "../governance/offer/contract-terms.js";
import { find, type Principal } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import { type After, cut, cutRead, emptyPage, type Page, type Paging } from "./page.js";
import { mayList, seekerOf } from "./seeker.js";

export interface VersionRecord {
  readonly contract: ContractId;
  /** Null for others than its organisation: it counts versions that they may not see [API-13]. */
  readonly number: number | null;
  readonly terms: Terms;
  readonly termsDigest: string;
  /** Null for the broker's default terms: they are as old as the broker's code. */
  readonly createdAt: number | null;
}

export interface ContractRecord {
  readonly id: ContractId;
  readonly name: string;
  readonly organisation: NamedOrganisation | null;
  readonly createdAt: number | null;
  readonly latest: VersionRecord;
}

const defaultVersion: VersionRecord = {
  contract: defaultContract,
  number: 1,
  terms: defaultTerms,
  termsDigest: defaultTermsDigest,
  createdAt: null,
};

/** [API-13] The same on every broker, and readable by everybody. */
const defaultRecord: ContractRecord = {
  id: defaultContract,
  name: defaultContractName,
  organisation: null,
  createdAt: null,
  latest: defaultVersion,
};

const recordOf = (
  { id, name, createdAt }: Contract,
  organisation: NamedOrganisation,
  latest: ContractVersion,
): ContractRecord => ({ id, name, organisation, createdAt, latest });

const unnumbered = ({ version }: { readonly version: ContractVersion }): VersionRecord => ({
  ...version,
  number: null,
});

/** A contract and one version of it, after a decision about them. */
export const nameContract = async (
  store: Store,
  contract: Contract,
  version: ContractVersion,
): Promise<ContractRecord> => {
  const { organisation: id } = contract;
  const { found } = await store.read({ found: find("organisation", { id }) });
  return recordOf(contract, { id, name: found?.name ?? "" }, version);
};

/** Its own organisation's, and what others may see of it, always in the same statements. */
async function lookUp(store: Store, principal: Principal, id: string) {
  const mine = ownSeekerOf(principal);
  const { organisation } = mine;
  const { own, newest, home, seen } = await store.read({
    own: find("contract", { ...mine, id }),
    newest: { find: "versionsPage", by: { ...mine, contract: id, before: null, limit: 1 } },
    home: find("organisation", { id: organisation }),
    seen: { find: "versionsSeen", by: { ...seekerOf(principal), contract: id } },
  });
  const [latest] = newest;
  if (own?.state === "active" && latest && home)
    return mayList(principal) ?? ({ kind: "own", mine, contract: own, latest, home } as const);
  return seen.length > 0 ? ({ kind: "seen", seen } as const) : no("not-found");
}

export async function showContract(
  store: Store,
  principal: Principal,
  id: string,
): Promise<ContractRecord | Refusal> {
  if (id === defaultContract) return defaultRecord;
  const found = await lookUp(store, principal, id);
  if ("code" in found) return found;
  if (found.kind === "own") {
    const { id, name } = found.home;
    return recordOf(found.contract, { id, name }, found.latest);
  }
  const [newest] = found.seen;
  return newest
    ? { ...recordOf(newest.contract, newest.organisation, newest.version), latest: unnumbered(newest) }
    : no("not-found");
}

/** An organisation's own. */
export async function listContracts(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<string>,
): Promise<Page<ContractRecord, string> | Refusal> {
  const refusal = mayList(principal);
  if (refusal) return refusal;
  const by = { ...seekerOf(principal), after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "contractsPage", by } });
  return cutRead(
    page,
    limit,
    (last) => last.name,
    async ({ id }) => {
      const found = await showContract(store, principal, id);
      return "code" in found ? undefined : found;
    },
  );
}

/** Newest first. */
export async function listVersions(
  store: Store,
  principal: Principal,
  id: string,
  { after, limit }: Paging<number>,
): Promise<Page<VersionRecord, number> | Refusal> {
  if (id === defaultContract) return after === null ? { items: [defaultVersion], next: null } : emptyPage;
  const found = await lookUp(store, principal, id);
  if ("code" in found) return found;
  if (found.kind === "seen") {
    const rest = found.seen.filter(({ version }) => version.number < (after ?? Infinity));
    const { items, next } = cut(rest, limit, ({ version }) => version.number);
    return { items: items.map(unnumbered), next };
  }
  const by = { ...found.mine, contract: id, before: after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "versionsPage", by } });
  return cut(page, limit, ({ number }) => number);
}

/** What a version that tries terms out would have refused. */
export interface TrialRecord {
  readonly version: ContractVersion;
  readonly observe: NonNullable<Terms["observe"]>;
  readonly sessions: number;
  readonly marked: number;
  readonly byRule: readonly { readonly rule: WouldRefuse["rule"]; readonly sessions: number }[];
  /** One page of the marked ones. */
  readonly page: Page<Session, After>;
}

const tries = (version: ContractVersion, number: number | null): boolean =>
  version.terms.observe !== null && (number === null || version.number === number);

/** The newest version that tries terms out, or the one that is asked for. */
async function tryingVersion(
  store: Store,
  mine: OwnSeeker,
  contract: ContractId,
  number: number | null,
): Promise<ContractVersion | undefined> {
  let before: number | null = number === null ? null : number + 1;
  while (true) {
    const by = { ...mine, contract, before, limit: limits.pageMax };
    const { page } = await store.read({ page: { find: "versionsPage", by } });
    const found = page.find((version) => tries(version, number));
    const last = page.at(-1);
    // A page may be a short one and not the last.
    if (found || last === undefined) return found;
    before = last.number;
  }
}

/**
 * Of an organisation's own contracts. One that tries nothing out has no report. What is counted may be a long history:
 * others do not wait for it.
 */
export async function reportContract(
  store: Store,
  principal: Principal,
  id: string,
  number: number | null,
  { after, limit }: Paging<After>,
): Promise<TrialRecord | Refusal> {
  const found = await lookUp(store, principal, id);
  if ("code" in found) return found;
  if (found.kind !== "own") return no("not-found");
  const version = await tryingVersion(store, found.mine, found.contract.id, number);
  const observe = version?.terms.observe;
  if (version === undefined || !observe) return no("not-found");
  const { contract, termsDigest } = version;
  const { counted, marked } = await store.readAside({
    counted: { find: "versionSessions", by: { contract, termsDigest } },
    marked: { find: "markedSessions", by: { contract, termsDigest, after, limit: limit + 1 } },
  });
  const page = cut(marked, limit, ({ proposedAt, id }) => ({ at: proposedAt, id }));
  return { version, observe, ...counted, page };
}
