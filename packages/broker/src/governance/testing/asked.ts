/** One well-formed command of every kind, asked by somebody who may: a test changes what it is about. */
import type { Command, CommandKind, Commands, NewToken } from "../command.js";
import { contractAsked } from "./asked-contracts.js";
import { sessionAsked } from "./asked-sessions.js";
import { workgroupAsked } from "./asked-workgroups.js";
import { by, callerOf, cause, own } from "./asking.js";
import * as cast from "./cast.js";

export { callerOf, cause };

export const newToken: NewToken = {
  id: cast.idOf("enrolmentToken", 500),
  digest: cast.digestOf("new"),
  uses: 1,
  expiresInSeconds: 3_600,
  ephemeral: false,
};

const newAdmin = { operator: cast.idOf("operator", 500), name: "first-admin" };

export const asked: Commands = {
  "organisation.create": {
    ...by(cast.root),
    organisation: cast.idOf("organisation", 500),
    name: "cobalt",
    displayName: "The cobalt company",
    admin: newAdmin,
    token: newToken,
  },
  "organisation.suspend": { ...by(cast.root), organisation: cast.acme },
  "organisation.resume": { ...by(cast.root), organisation: cast.acme },
  "organisation.revoke": { ...by(cast.root), organisation: cast.acme },
  "organisation.recover": {
    ...by(cast.root),
    organisation: cast.acme,
    admin: newAdmin,
    token: newToken,
    alert: cast.idOf("alert", 500),
  },
  "operator.invite": {
    ...by(cast.ada),
    operator: cast.idOf("operator", 500),
    name: "new-enroller",
    role: "enroller",
    agents: [cast.scout],
    token: newToken,
  },
  "operator.change": {
    ...by(cast.ada),
    operator: cast.enroller,
    role: "enroller",
    agents: [cast.scout, cast.miner],
    expectedVersion: 1,
  },
  "operator.suspend": { ...by(cast.ada), operator: cast.abe },
  "operator.resume": { ...by(cast.ada), operator: cast.abe },
  "operator.revoke": { ...by(cast.ada), operator: cast.abe },
  "agent.create": {
    ...by(cast.ada),
    agent: cast.idOf("agent", 500),
    name: "digger",
    tags: { env: "test" },
    owner: "pit@example.org",
  },
  "agent.change": { ...by(cast.ada), agent: cast.scout, tags: { env: "test" }, expectedVersion: 1 },
  "agent.suspend": { ...by(cast.ada), agent: cast.scout },
  "agent.resume": { ...by(cast.ada), agent: cast.scout },
  "agent.revoke": { ...by(cast.ada), agent: cast.scout },
  "enrolment-token.mint": { ...by(cast.ada), agent: cast.scout, token: newToken },
  "enrolment-token.void": { ...by(cast.ada), token: cast.scoutToken },
  "instance.suspend": { ...by(cast.ada), instance: cast.scout1 },
  "instance.resume": { ...by(cast.ada), instance: cast.scout1 },
  "instance.revoke": { ...by(cast.ada), instance: cast.scout1 },
  "principal.enrol": {
    ...own,
    tokenDigest: cast.digestOf(cast.scoutToken),
    thumbprint: "fresh",
    x: "x-of-fresh",
    instance: cast.idOf("instance", 500),
  },
  "key.replace": {
    ...by(cast.scout1),
    old: cast.thumbprintOf(cast.scout1),
    thumbprint: "fresh",
    x: "x-of-fresh",
  },
  "token.grant": {
    ...own,
    principal: cast.scout1,
    thumbprint: cast.thumbprintOf(cast.scout1),
    alert: cast.idOf("alert", 500),
  },
  "connection.open": { ...by(cast.scout1), connection: cast.idOf("connection", 500) },
  "connection.renew": { ...by(cast.scout1), connection: cast.scout1Connection, epoch: 3 },
  "connection.close": {
    ...own,
    instance: cast.scout1,
    connection: cast.scout1Connection,
    epoch: 3,
    goodbye: false,
  },
  "instance.expire": { ...own, instance: cast.scout1 },
  "refusals.count": { ...own, subject: `${cast.ada}|not-found|29466` },
  "refusal.record": { ...by(cast.ada), code: "not-found", what: "GET /v1/agents/{agent}" },
  "broker.start": {
    ...own,
    version: "1.2.3",
    platform: { operator: cast.idOf("operator", 500), token: newToken },
    recover: "none",
    eraAfter: 1,
    lastAt: cast.now,
  },
  "clock.step": { ...own, byMs: 5_000 },
  "clock.recover": { ...own, wall: cast.now + cast.day, ledger: cast.now },
  "broker-key.rotate": { ...by(cast.root), use: "access", kid: "kid-2" },
  "readiness.probe": { ...own, value: "beat-2" },
  "record.seal": own,
  "checkpoints.keep": {
    ...own,
    checkpoints: [
      { log: "platform", size: 1, root: cast.digestOf("root"), era: 1, signedAt: 1, note: "note" },
    ],
  },
  "receipt.keep": {
    ...own,
    receipt: { session: cast.idOf("session", 500), madeAt: 1, statement: "signed" },
    proofs: [{ session: cast.idOf("session", 500), log: "platform", leaf: 0, size: 1, note: "note" }],
  },
  ...workgroupAsked,
  ...contractAsked,
  ...sessionAsked,
};

/** The command of a kind, with what a test changes in it. */
export function command<K extends CommandKind>(kind: K, more: Partial<Commands[K]> = {}): Command<K> {
  return { kind, ...asked[kind], ...more } as unknown as Command<K>;
}
