/**
 * What a statement's digest is taken of: built alike by who signs and by the broker, so that nobody signs a digest that
 * it has not computed from what it was shown [STM-7].
 */
import { canonicalJson, type Json } from "./canonical.js";
import type { AgentId, ContractId, InvitationId, OrganisationId, WorkgroupId } from "./ids.js";

export interface NamedOrganisation {
  readonly id: OrganisationId;
  readonly name: string;
}

/** What an organisation is shown before it consents: the workgroup's charter, who is in, and what is asked. */
export interface Charter {
  readonly workgroup: {
    readonly id: WorkgroupId;
    readonly name: string;
    readonly purpose: string;
    readonly rules: string;
    readonly admission: "unanimous" | "owner";
    readonly owner: OrganisationId;
  };
  readonly organisations: readonly NamedOrganisation[];
  readonly invitation: {
    readonly id: InvitationId;
    /** Who is invited, as the inviter typed it: whether anybody has this id is not said. */
    readonly organisation: OrganisationId;
    readonly as: "member" | "owner";
    readonly introduction: string;
  };
}

const spell = (value: object): string => canonicalJson(value as unknown as Json);
const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

export function charterText({ workgroup, organisations, invitation }: Charter): string {
  const { id, name, purpose, rules, admission, owner } = workgroup;
  const { organisation, as, introduction } = invitation;
  return spell({
    workgroup: { id, name, purpose, rules, admission, owner },
    organisations: organisations.map(({ id, name }) => ({ id, name })).sort(byId),
    invitation: { id: invitation.id, organisation, as, introduction },
  });
}

export interface AdvertisedCapability {
  readonly name: string;
  readonly description: string;
  readonly requestSchema: Readonly<Record<string, unknown>> | null;
  readonly responseSchema: Readonly<Record<string, unknown>> | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export const interactionPatterns = ["request-response", "stream", "custom"] as const;
export type InteractionPattern = (typeof interactionPatterns)[number];

/** An advertisement, complete: as it is signed, kept, and compared with what is published again. */
export interface AdvertisementContent {
  readonly agent: AgentId;
  readonly name: string;
  readonly description: string;
  readonly capabilities: readonly AdvertisedCapability[];
  readonly patterns: readonly InteractionPattern[];
  readonly workgroups: readonly WorkgroupId[];
  readonly contract: { readonly id: ContractId; readonly termsDigest: string };
}

interface SaidCapability {
  readonly name: string;
  readonly description?: string | undefined;
  readonly requestSchema?: Readonly<Record<string, unknown>> | null | undefined;
  readonly responseSchema?: Readonly<Record<string, unknown>> | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** As somebody writes it: what is left out is filled in. */
export interface SaidAdvertisement {
  readonly agent: AgentId;
  readonly name: string;
  readonly description?: string | undefined;
  readonly capabilities: readonly SaidCapability[];
  readonly patterns?: readonly InteractionPattern[] | undefined;
  readonly workgroups: readonly WorkgroupId[];
  readonly contract: { readonly id: ContractId; readonly termsDigest: string };
}

const sorted = <T extends string>(items: readonly T[]): T[] => [...new Set(items)].sort();

export function completeAdvertisement(said: SaidAdvertisement): AdvertisementContent {
  const { agent, name, capabilities, contract } = said;
  return {
    agent,
    name,
    description: said.description ?? "",
    capabilities: capabilities.map((one) => ({
      name: one.name,
      description: one.description ?? "",
      requestSchema: one.requestSchema ?? null,
      responseSchema: one.responseSchema ?? null,
      metadata: one.metadata ?? {},
    })),
    patterns: sorted(said.patterns ?? ["request-response"]),
    workgroups: sorted(said.workgroups),
    contract: { id: contract.id, termsDigest: contract.termsDigest },
  };
}

export const advertisementText = (content: AdvertisementContent): string => spell(content);
