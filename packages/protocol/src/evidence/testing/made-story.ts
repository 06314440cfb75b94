/** What happens in the made log: an organisation with keys of its own, a workgroup that it comes into, two sessions. */
import { canonicalJson, type Json } from "../../canonical.js";
import { type IdKind, idPrefixes } from "../../ids.js";
import { statementTypes } from "../../statements.js";
import { completeTerms, termsText } from "../../terms.js";
import type { Binding } from "../bound-facts.js";
import { keyOf, nodeCrypto, type TestKey } from "./keys.js";
import { MadeLog } from "./made-log.js";

export const issuer = "https://parley.example";
export const idOf = (kind: IdKind, n: number): string =>
  `${idPrefixes[kind]}_0${String(n).padStart(25, "0")}`;

export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
export function compact(header: object, payload: string, key: TestKey): string {
  const signed = `${part(header)}.${Buffer.from(payload).toString("base64url")}`;
  return `${signed}.${Buffer.from(key.sign(signed)).toString("base64url")}`;
}

export const home = idOf("organisation", 1);
export const away = idOf("organisation", 2);
export const admin = { id: idOf("operator", 1), key: keyOf("admin") };
export const mine = { id: idOf("instance", 1), agent: idOf("agent", 1), key: keyOf("mine") };
export const theirs = { id: idOf("instance", 2), agent: idOf("agent", 2), key: keyOf("theirs") };
export const replaced = keyOf("mine again");
const workgroup = idOf("workgroup", 1);
const contract = idOf("contract", 1);
const invitation = idOf("invitation", 1);
const terms = completeTerms({});
export const termsDigest = nodeCrypto.sha256(termsText(terms));

interface Principal {
  readonly id: string;
  readonly key: TestKey;
}
export function signed(binding: Binding, { id, key }: Principal, claims: object): string {
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.x };
  const payload = JSON.stringify({ iss: id, aud: issuer, iat: 1_700_000_000, ...claims });
  return compact({ alg: "EdDSA", typ: statementTypes[binding], jwk }, payload, key);
}
const keyFact = (principal: string, { x, kid }: TestKey) => ({
  principal,
  thumbprint: kid,
  x,
  state: "current",
});

/** The organisation begins, and its admin and its instance enrol. */
function begin(log: MadeLog): void {
  log.tell(log.log, "organisation.created", { organisation: { id: home, displayName: "Häuser & Söhne €" } });
  log.tell(log.log, "operator.enrolled", { operator: admin.id, key: keyFact(admin.id, admin.key) });
  log.tell(log.log, "agent.created", { agent: { id: mine.agent } });
  log.tell(log.log, "instance.enrolled", { instance: { id: mine.id }, key: keyFact(mine.id, mine.key) });
  log.wait(700);
}

const offer = {
  agent: mine.agent,
  name: "prices",
  contract: { id: contract, termsDigest },
  capabilities: [],
};

/** What it offers itself, signed by its admin. */
function publish(log: MadeLog): { readonly contract: string; readonly advertisement: string } {
  const statement = signed("contract", admin, { name: "standard", termsDigest });
  const version = { contract, organisation: home, terms, termsDigest, statement, by: admin.id };
  log.tell(log.log, "contract.created", { contract: { id: contract, name: "standard" }, version });
  const digest = nodeCrypto.sha256(canonicalJson(offer as unknown as Json));
  const claims = { agent: mine.agent, name: "prices", contract, termsDigest, digest };
  const published = signed("advertisement", admin, claims);
  const advertisement = {
    ...{ id: idOf("advertisement", 1), agent: mine.agent, organisation: home, name: "prices" },
    ...{ content: offer, digest, statement: published, by: admin.id },
  };
  log.tell(log.log, "advertisement.published", { advertisement });
  return { contract: statement, advertisement: published };
}

/** Another's workgroup, which this organisation comes into, leaves, and comes into again. */
function comeIn(log: MadeLog): void {
  const stream = `workgroup:${workgroup}`;
  const digest = nodeCrypto.sha256("charter");
  log.tell(stream, "workgroup.created", {}, workgroup, false);
  log.tell(stream, "invitation.opened", {}, invitation, false);
  const statement = signed("consent", admin, { invitation, workgroup, organisation: home, digest });
  const consent = { invitation, organisation: home, digest, statement, by: admin.id };
  log.tell(stream, "invitation.consented", { consent }, invitation, false);
  const entering = {
    ...{ participation: { organisation: home, workgroup }, organisation: { id: home, name: "home" } },
    ...{ invitation, statement },
  };
  log.tell(stream, "workgroup.entered", entering);
  log.wait(1_100);
  log.tell(stream, "workgroup.left", { organisation: home });
  log.wait(1_000);
  log.tell(stream, "memberships.changed", {}, workgroup, false);
  log.tell(stream, "workgroup.entered", entering);
  const newcomer = { id: idOf("operator", 3), key: keyOf("newcomer") };
  const other = signed("consent", newcomer, { invitation, workgroup, organisation: away, digest });
  log.tell(stream, "invitation.consented", {
    consent: { invitation, organisation: away, digest, statement: other, by: newcomer.id },
  });
  log.wait(400);
}

export interface Told {
  readonly n: number;
  readonly consumer: typeof mine;
  readonly provider: typeof mine;
  /** Null: the broker's own terms. */
  readonly contract: string | null;
  readonly advertisement: string;
  readonly isOpen?: boolean;
  readonly segments?: number;
}

const homeOf = ({ agent }: { readonly agent: string }): string => (agent === mine.agent ? home : away);

/** Of the session: what is proposed, and the digest of the signed proposal. */
function propose(log: MadeLog, stream: string, id: string, told: Told): string {
  const { consumer, provider, n, advertisement } = told;
  const offered = { advertisement: idOf("advertisement", 1), workgroup, capability: "markets.equity" };
  const said = { ...offered, proposal: idOf("proposal", n), termsDigest };
  const purpose = n % 2 === 0 ? null : "to ask “what it costs”";
  const proposal = signed("proposal", consumer, purpose === null ? said : { ...said, purpose });
  const proposalDigest = nodeCrypto.sha256(proposal);
  const agreed = { ...said, id, purpose, contract, terms, proposalDigest };
  const agents = { consumer: consumer.agent, provider: provider.agent };
  const session = { ...agreed, ...agents, proposedBy: consumer.id, proposedAt: log.now };
  const side = (of: typeof mine) => ({ organisation: homeOf(of), agent: of.agent });
  const statements = { proposal, advertisement, contract: told.contract };
  const sides = { consumer: side(consumer), provider: side(provider) };
  log.tell(stream, "session.proposed", { session, ...sides, statements }, id);
  return proposalDigest;
}

/** A session from its proposal to its close, with as many segments of envelopes as are asked for. */
export function engage(log: MadeLog, told: Told): string {
  const { consumer, provider, segments = 3, isOpen = false } = told;
  const session = idOf("session", told.n);
  const stream = `session:${session}`;
  const proposal = propose(log, stream, session, told);
  log.wait(100);
  const statement = isOpen ? null : signed("acceptance", provider, { session, proposal });
  const accepted = { acceptedAt: log.now, acceptedBy: isOpen ? "broker" : provider.id };
  log.tell(stream, "session.accepted", { session, life: accepted, statement }, session);
  const joins = (side: string, instance: string) =>
    log.tell(stream, "session.joined", { session, side, instance }, session);
  joins("consumer", consumer.id);
  joins("provider", provider.id);
  log.tell(stream, "session.activated", { session, life: { activeAt: log.now } }, session);
  for (let at = 0; at < segments; at++) send(log, stream, session, at);
  const to = idOf("instance", 9);
  log.tell(stream, "session.handed-over", { session, side: "provider", from: provider.id, to });
  const ending = { reason: "completed_by_consumer", by: consumer.id, detail: null, side: null, rule: null };
  log.tell(stream, "session.closed", { session, life: { closedAt: log.now, ending } }, session);
  log.wait(1_000);
  return session;
}

function send(log: MadeLog, stream: string, session: string, at: number): void {
  const side = at % 2 === 0 ? "consumer" : "provider";
  const header = JSON.stringify({
    session,
    id: idOf("envelope", at),
    type: side === "consumer" ? "ask" : "10",
  });
  const entry = { header, id: idOf("envelope", at), payload: nodeCrypto.sha256(String(at)), payloadBytes: 7 };
  const n = Math.floor(at / 2) + 1;
  log.tell(
    stream,
    "session.sent",
    { session, side, n, seq: at + 1, sent: n * 100, entries: [entry] },
    session,
  );
  log.wait(150);
}

export interface Story {
  readonly log: MadeLog;
  readonly sessions: readonly string[];
}

export interface Asked {
  /** Of each session. */
  readonly segments?: number;
  /** As many own facts after all that. */
  readonly more?: number;
  /** One session, under the broker's own terms, and nothing of workgroups. */
  readonly isShort?: boolean;
}

export function madeStory({ segments = 3, more = 0, isShort = false }: Asked = {}): Story {
  const log = new MadeLog(`org:${home}`, 1_790_000_000_250);
  begin(log);
  const offered = isShort ? undefined : publish(log);
  if (!isShort) comeIn(log);
  const elsewhere = { agent: theirs.agent, name: "rain", contract, termsDigest, digest: termsDigest };
  const bought = signed("advertisement", theirs, elsewhere);
  const first = {
    n: 1,
    consumer: mine,
    provider: theirs,
    contract: null,
    advertisement: bought,
    isOpen: true,
  };
  const sessions = [engage(log, { ...first, segments })];
  log.tell(log.log, "key.replaced", {
    principal: mine.id,
    old: mine.key.kid,
    key: keyFact(mine.id, replaced),
  });
  log.wait(10);
  const again = { ...mine, key: replaced };
  if (offered) sessions.push(engage(log, { n: 2, consumer: theirs, provider: again, ...offered, segments }));
  for (let at = 0; at < more; at++) {
    log.tell(log.log, "request.refused", {
      command: "agent.create",
      target: `agent ${at}`,
      code: "limit.reached",
    });
    if (at % 16 === 0) log.wait(100);
  }
  log.tell(log.log, "broker.noticed", { note: "the last of it" });
  log.wait(1_000);
  return { log, sessions };
}
