/** What is found of what an agent reaches, by whom it is looked for, and in which order it is told. */
import type { NamedOrganisation, Refusal, SideName, Terms, WorkgroupId } from "@parley/protocol";
import type { Life, Session, Side } from "../governance/engagement-entities.js";
import type { Agent } from "../governance/entities.js";
import type { Membership, Rights, Selector } from "../governance/workgroup/workgroup-entities.js";
import type { Store } from "../ledger/store.js";
import type { Skeleton } from "../ledger/stored-fact.js";
import type { AddressedWorkgroup } from "./advertisements.js";
import type { CatalogPlace, OfferRow } from "./catalog.js";
import type { After } from "./page.js";
import type { StepTo } from "./reach-steps.js";

/** A workgroup in which the agent is, and by what. */
export interface WorkgroupItem {
  readonly kind: "workgroup";
  readonly workgroup: AddressedWorkgroup;
  readonly membership: Membership;
  readonly named: Rights | null;
  /** Those whose tags it has. */
  readonly selectors: readonly Selector[];
  readonly organisations: readonly NamedOrganisation[];
}

/** Another agent that it sees there. */
export interface AgentItem {
  readonly kind: "agent";
  readonly workgroup: AddressedWorkgroup;
  readonly membership: Membership;
  readonly agentName: string;
  readonly organisationName: string;
}

/** An advertisement that it sees there. */
export interface OfferItem {
  readonly kind: "offer";
  readonly offer: OfferRow;
  readonly terms: Terms;
  /** What its contract asks of the agent and the agent does not meet. */
  readonly unmet: Refusal | null;
}

export interface SessionItem {
  readonly kind: "session";
  readonly session: Session;
  /** As it was then. */
  readonly state: Exclude<Life["state"], "closed">;
  readonly since: number;
  readonly side: SideName;
  readonly counterpart: Side;
}

/** After that workgroup, or in the next one after that agent. */
export interface MemberPlace {
  readonly workgroup: After | null;
  readonly agent: string | null;
}

export type Forgotten = Pick<Skeleton, "stream" | "position" | "at"> & { readonly fact: string };

/** A fact that would have to be read, and of which the record keeps no content any more. */
export type ForgottenItem = { readonly kind: "forgotten" } & Forgotten;
export type ReachItem = WorkgroupItem | AgentItem | OfferItem | SessionItem | ForgottenItem;

/** Who looks, at which rows, and as of when. */
export interface View {
  readonly seeker: { readonly organisation: Agent["organisation"]; readonly agent: Agent["id"] };
  /** As they are, or as they were. */
  readonly rows: Store;
  /** As they are: rows of sessions say of themselves what was when. */
  readonly store: Store;
  readonly at: number;
  readonly now: number;
  /** The only one that is looked at; null does not narrow. */
  readonly workgroup: WorkgroupId | null;
}

/** One kind after the other, each in an order of its own. */
export type ReachPlace =
  | { readonly in: "workgroup"; readonly after: After | null }
  | { readonly in: "agent"; readonly after: MemberPlace }
  | { readonly in: "offer"; readonly after: CatalogPlace | null }
  | { readonly in: "session"; readonly after: After | null }
  | { readonly in: "forgotten"; readonly after: number };

export type Step = StepTo<ReachItem, ReachPlace>;
