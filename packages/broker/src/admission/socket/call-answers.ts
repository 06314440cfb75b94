/** What each call comes to: the same command, or the same look, as over REST, and the same view of it [API-9]. */
import {
  type AgentId,
  type Call,
  type CallName,
  canonicalJson,
  type JoinedView,
  limits,
  makeId,
  type OrganisationId,
  type Refusal,
} from "@parley/protocol";
import type { Caller } from "../../governance/command.js";
import type { OnSocket, SessionStanding } from "../../governance/engagement-commands.js";
import type { Advertisement } from "../../governance/engagement-entities.js";
import type { BrokerKeys } from "../../keys.js";
import type { Hearing, Watching, Wire } from "../../outbox/wire.js";
import type { CatalogPlace } from "../../records/catalog.js";
import type { Paging } from "../../records/page.js";
import type { Records } from "../../records/records.js";
import type { Relay } from "../../relay.js";
import { type By, type Done, isOutcome, openEngagements } from "../engagements.js";
import { viewAdvertisement, viewCatalogItem, viewSession } from "../present/engagements.js";
import { readPage } from "../present/page.js";

/** Who speaks on an open connection. */
export interface Speaking {
  readonly caller: Caller;
  /** Of the key that was shown. */
  readonly thumbprint: string;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly epoch: number;
}

export interface AnswerParts {
  readonly issuer: () => string;
  readonly records: Pick<
    Records,
    "speaker" | "describeOwn" | "searchCatalog" | "digestCatalog" | "chainHead" | "checkpointOf"
  >;
  readonly keys: BrokerKeys;
  readonly hearing: Hearing;
}

export type Answered =
  /** `after`: what follows once it was said. */
  { readonly result: unknown; readonly after?: () => void } | { readonly refusal: Refusal };

type CallOf<N extends CallName> = Extract<Call, { readonly call: N }>;

const refused = (refusal: Refusal): Answered => ({ refusal });
const answered = (result: unknown): Answered => ({ result });

type SessionCommand =
  | "session.propose"
  | "session.accept"
  | "session.reject"
  | "session.withdraw"
  | "session.close";

function ofSession<K extends SessionCommand>(done: Done<K>): Answered {
  if (!isOutcome(done)) return refused(done);
  if (done.outcome === "refused") return refused(done.refusal);
  // Each of these commands is answered with the session as it stands.
  return answered(viewSession(done.answer as SessionStanding));
}

/** [ENV-14] Nothing is delivered before this was said. */
async function ofJoin(
  { records, hearing }: AnswerParts,
  wire: Wire,
  done: Done<"session.join">,
): Promise<Answered> {
  if (!isOutcome(done)) return refused(done);
  if (done.outcome === "refused") return refused(done.refusal);
  const { resume, ...standing } = done.answer;
  const { id } = standing.session;
  const { side, after, upTo, handed, stands, sent } = resume;
  const head = await records.chainHead(id);
  const { left, sendUpTo } = stands;
  const missing = resume.missing.map((one) => ({ ...one }));
  const result: JoinedView = {
    ...viewSession(standing),
    resume: { after, missing, head, left: { ...left }, sendUpTo: { ...sendUpTo }, sent },
  };
  const isClosed = stands.state === "closed";
  const from = { session: id, side, after, upTo, handed, sendUpTo, isClosed };
  return { result, after: () => hearing.serveSide(wire, from) };
}

export async function answerCall(
  parts: AnswerParts,
  { call, by, wire, relay, now }: Asked,
): Promise<Answered> {
  const engagements = openEngagements(relay, parts.issuer);
  const socket: OnSocket = { connection: wire.connection, epoch: by.epoch };
  const as = (target: string): By => ({
    id: makeId("command"),
    caller: by.caller,
    target,
    thumbprint: by.thumbprint,
  });
  switch (call.call) {
    case "propose":
      return ofSession(await engagements.propose(as(call.call), call.statement, socket));
    case "accept":
      return ofSession(await engagements.accept(as(call.session), call.session, call.statement, socket));
    case "reject":
      return ofSession(await engagements.reject(as(call.session), call.session, call.detail ?? null, socket));
    case "withdraw":
      return ofSession(await engagements.withdraw(as(call.session), call.session, socket));
    case "join":
      return ofJoin(
        parts,
        wire,
        await engagements.join(as(call.session), call.session, call.cursor ?? null, socket),
      );
    case "close":
      return ofSession(await engagements.close(as(call.session), call.session, call.detail ?? null, socket));
    case "advertise": {
      const { id: _id, call: _call, name, ...body } = call;
      const to = { agent: by.agent, name, expectedVersion: null };
      return ofAdvertisement(parts, by, await engagements.publish(as(name), to, body, socket));
    }
    case "retract":
      return ofAdvertisement(
        parts,
        by,
        await engagements.retract(as(call.name), by.agent, call.name, socket),
      );
    case "search":
      return search(parts, by, call, now);
    case "watch":
      return watch(parts, by, call, wire);
    case "unwatch":
      parts.hearing.unwatch(wire, call.watch);
      return answered({});
    case "serve":
      await parts.hearing.serve(wire, call.capabilities);
      return answered({});
    default:
      return call satisfies never;
  }
}

export interface Asked {
  readonly call: Call;
  readonly by: Speaking;
  readonly wire: Wire;
  /** The line, in this call's turn. */
  readonly relay: Relay;
  readonly now: number;
}

async function ofAdvertisement(
  { records }: AnswerParts,
  { organisation, agent }: Speaking,
  done: Done<"advertisement.publish"> | Done<"advertisement.retract">,
): Promise<Answered> {
  if (!("outcome" in done)) return refused(done);
  if (done.outcome === "refused") return refused(done.refusal);
  const advertisement: Advertisement = done.answer.advertisement;
  return answered(viewAdvertisement(await records.describeOwn({ organisation, agent }, advertisement)));
}

async function search(
  { records, keys }: AnswerParts,
  { caller }: Speaking,
  { id: _id, call, limit = limits.pageDefault, cursor, ...filter }: CallOf<"search">,
  now: number,
): Promise<Answered> {
  const speaker = await records.speaker(caller);
  if ("code" in speaker) return refused(speaker);
  const { principal, era } = speaker;
  const boundTo = JSON.stringify([call, caller.principal, filter]);
  const found = await readPage(
    keys,
    { query: { limit, ...(cursor !== undefined && { cursor }) }, boundTo, era, now },
    (paging: Paging<CatalogPlace>) => records.searchCatalog(principal, filter, paging),
    viewCatalogItem,
  );
  return "code" in found ? refused(found) : answered(found);
}

async function watch(
  { records, hearing }: AnswerParts,
  { caller }: Speaking,
  { id: _id, call: _call, watch: name, ...filter }: CallOf<"watch">,
  wire: Wire,
): Promise<Answered> {
  const look: Watching["look"] = async (why) => {
    const speaker = await records.speaker(caller);
    return "code" in speaker ? speaker : records.digestCatalog(speaker.principal, filter, why);
  };
  const asksAvailable = filter.available !== undefined;
  const refusal = await hearing.watch(wire, { name, search: canonicalJson(filter), look, asksAvailable });
  return refusal === undefined ? answered({}) : refused(refusal);
}
