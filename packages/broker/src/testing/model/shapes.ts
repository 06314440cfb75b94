/** The town of the model, by number: three organisations with two agents each, two instances of each agent. */
import type { Acceptance, SessionEnding } from "@parley/protocol";

export const orgCount = 3;
export const agentCount = 6;
export const instanceCount = 12;
export const orgOfAgent = (agent: number): number => Math.floor(agent / 2);
export const agentOfInstance = (instance: number): number => Math.floor(instance / 2);

export type Standing = "active" | "suspended" | "revoked";
/** An admin is called by its organisation, an instance by its number. */
export type Who = { readonly kind: "admin" | "instance"; readonly at: number };

export interface Group {
  owner: number;
  dissolved: boolean;
  readonly inside: Set<number>;
  /** Who was in it once. */
  readonly left: Set<number>;
  named: { agent: number; offer: boolean; engage: boolean }[];
  selectors: { org: number; tag: string; offer: boolean; engage: boolean }[];
}

/** One for each agent at most. */
export interface Offer {
  readonly agent: number;
  groups: readonly number[];
  acceptance: Acceptance;
  tag: string | undefined;
  terms: string;
  active: boolean;
}

export interface Session {
  readonly offer: number;
  readonly group: number;
  readonly consumer: number;
  readonly acceptance: Acceptance;
  readonly terms: string;
  readonly tag: string | undefined;
  state: "proposed" | "accepted" | "active" | "closed";
  due: number;
  readonly proposer: number;
  consumerInstance: number;
  providerInstance: number | undefined;
  readonly joined: Set<"consumer" | "provider">;
  /** Who has succeeded with what: to them it is a success again. */
  readonly by: Map<string, Who>;
  reason: SessionEnding | undefined;
}

export interface State {
  now: number;
  readonly orgs: Standing[];
  readonly agents: { standing: Standing; tags: readonly string[] }[];
  readonly instances: Standing[];
  readonly groups: Group[];
  readonly offers: Offer[];
  readonly sessions: Session[];
}

interface Any {
  readonly who: Who;
  readonly passes: number;
}

export type Step =
  | (Any & { kind: "name"; group: number; agent: number; offer: boolean; engage: boolean })
  | (Any & { kind: "select"; group: number; tag: string; offer: boolean; engage: boolean })
  | (Any & { kind: "unselect" | "leave" | "dissolve"; group: number })
  | (Any & { kind: "enter" | "hand-over"; group: number; org: number })
  | (Any & { kind: "tag"; agent: number; tags: readonly string[] })
  | (Any & { kind: "standing"; verb: "suspend" | "resume" | "revoke"; of: "agent" | "instance"; at: number })
  | (Any & { kind: "tenant"; verb: "suspend" | "resume" | "revoke"; org: number })
  | (Any & {
      kind: "publish";
      agent: number;
      groups: readonly number[];
      acceptance: Acceptance;
      tag: string | undefined;
    })
  | (Any & { kind: "retract"; agent: number })
  | (Any & { kind: "propose"; offer: number; group: number; stale: boolean })
  | (Any & {
      kind: "session";
      session: number;
      verb: "accept" | "reject" | "withdraw" | "join" | "close";
    });

export type Verdict = "accepted" | (string & {});
