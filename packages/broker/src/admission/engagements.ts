/**
 * What agents and operators do about advertisements and sessions, the same over REST and over the socket: statements
 * are read, absent parts written in, and one command is sent down the line [API-9].
 */
import {
  type AgentId,
  acceptanceClaims,
  advertisementClaims,
  advertisementText,
  completeAdvertisement,
  completeTerms,
  contractClaims,
  type createContractRequest,
  type createVersionRequest,
  makeId,
  proposalClaims,
  type publishRequest,
  type Refusal,
  statementTypes,
  termsText,
} from "@parley/protocol";
import type { z } from "zod";
import type { CommandKind, Idempotency } from "../governance/command.js";
import type { OnSocket } from "../governance/engagement-commands.js";
import type { Outcome, Relay } from "../relay.js";
import { digestOf } from "./authenticate/statement.js";
import { type By, carriedOf, openStatements, type ReadSigned } from "./statements.js";

export type { By };
export type Done<K extends CommandKind> = Outcome<K> | Refusal;
export const isOutcome = <K extends CommandKind>(done: Done<K>): done is Outcome<K> => "outcome" in done;

type Body<T extends z.ZodType> = z.output<T>;

export function openEngagements(relay: Relay, issuer: () => string) {
  const read = openStatements(relay, issuer);
  return { ...openOffering(relay, read), ...openEngaging(relay, read) };
}
export type Engagements = ReturnType<typeof openEngagements>;

/** What a provider says of itself: contracts and advertisements. */
function openOffering(relay: Relay, read: ReadSigned) {
  return {
    async createContract(
      by: By,
      body: Body<typeof createContractRequest>,
      idempotency: { readonly idempotency?: Idempotency },
    ): Promise<Done<"contract.create">> {
      const statement = await read(body.statement, statementTypes.contract, contractClaims, by);
      if ("code" in statement) return statement;
      const terms = completeTerms(body.terms);
      const made = {
        contract: makeId("contract"),
        name: body.name,
        terms,
        termsDigest: digestOf(termsText(terms)),
      };
      return relay({ kind: "contract.create", ...carriedOf(by), ...idempotency, ...made, statement });
    },

    async addVersion(
      by: By,
      contract: string,
      body: Body<typeof createVersionRequest>,
    ): Promise<Done<"contract.version">> {
      const statement = await read(body.statement, statementTypes.contract, contractClaims, by);
      if ("code" in statement) return statement;
      const terms = completeTerms(body.terms);
      const termsDigest = digestOf(termsText(terms));
      return relay({ kind: "contract.version", ...carriedOf(by), contract, terms, termsDigest, statement });
    },

    /** `agent` as typed: its own for an instance, one of its organisation's for an admin. */
    async publish(
      by: By,
      { agent, name, expectedVersion }: { agent: string; name: string; expectedVersion: number | null },
      body: Omit<Body<typeof publishRequest>, "id" | "call">,
      socket: OnSocket | null,
    ): Promise<Done<"advertisement.publish">> {
      const statement = await read(body.statement, statementTypes.advertisement, advertisementClaims, by);
      if ("code" in statement) return statement;
      const content = completeAdvertisement({ ...body, agent: agent as AgentId, name });
      const made = { advertisement: makeId("advertisement"), digest: digestOf(advertisementText(content)) };
      const published = { agent, name, ...made, content, expectedVersion, socket };
      return relay({ kind: "advertisement.publish", ...carriedOf(by), ...published, statement });
    },

    retract(by: By, agent: string, name: string, socket: OnSocket | null) {
      return relay({ kind: "advertisement.retract", ...carriedOf(by), agent, name, socket });
    },
  };
}

/** What both say to each other: sessions. */
function openEngaging(relay: Relay, read: ReadSigned) {
  return {
    async propose(by: By, text: string, socket: OnSocket | null): Promise<Done<"session.propose">> {
      const statement = await read(text, statementTypes.proposal, proposalClaims, by);
      if ("code" in statement) return statement;
      return relay({
        kind: "session.propose",
        ...carriedOf(by),
        session: makeId("session"),
        statement,
        socket,
      });
    },

    async accept(
      by: By,
      session: string,
      text: string,
      socket: OnSocket | null,
    ): Promise<Done<"session.accept">> {
      const statement = await read(text, statementTypes.acceptance, acceptanceClaims, by);
      if ("code" in statement) return statement;
      return relay({ kind: "session.accept", ...carriedOf(by), session, statement, socket });
    },

    reject: (
      by: By,
      session: string,
      detail: string | null,
      socket: OnSocket | null,
    ): Promise<Done<"session.reject">> =>
      relay({ kind: "session.reject", ...carriedOf(by), session, detail, socket }),

    withdraw: (by: By, session: string, socket: OnSocket | null): Promise<Done<"session.withdraw">> =>
      relay({ kind: "session.withdraw", ...carriedOf(by), session, socket }),

    join: (
      by: By,
      session: string,
      cursor: { readonly after: number; readonly era: number } | null,
      socket: OnSocket,
    ): Promise<Done<"session.join">> =>
      relay({ kind: "session.join", ...carriedOf(by), session, cursor, socket }),

    close: (
      by: By,
      session: string,
      detail: string | null,
      socket: OnSocket | null,
    ): Promise<Done<"session.close">> =>
      relay({ kind: "session.close", ...carriedOf(by), session, detail, socket }),
  };
}
