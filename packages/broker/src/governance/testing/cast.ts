/**
 * Who and what the tests are about: two organisations, the people and agents of each, and the platform. Everybody is
 * enrolled and in good standing; a test spoils what it wants spoilt.
 */
import { encodeId, type Id, type IdKind } from "@parley/protocol";
import type { Agent, EnrolmentToken, Instance, Operator, Organisation, PrincipalKey } from "../entities.js";
import { emptyWorld, put, type World } from "./world.js";

/** The n-th id of a kind. */
export function idOf<K extends IdKind>(kind: K, n: number): Id<K> {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, n);
  return encodeId(kind, bytes);
}

export const now = Date.UTC(2026, 0, 15, 12, 0, 30);
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
const longAgo = now - 20 * day;

export const thumbprintOf = (principal: string): string => `key-of-${principal}`;
export const digestOf = (token: string): string => `digest-of-${token}`;

export const acme = idOf("organisation", 1);
export const borealis = idOf("organisation", 2);

/** Operators: two of the platform, four of acme, one of borealis; `ivy` and `pip` are invited and have no key yet. */
export const root = idOf("operator", 1);
export const ruth = idOf("operator", 2);
export const pip = idOf("operator", 3);
export const ada = idOf("operator", 11);
export const abe = idOf("operator", 12);
export const auditor = idOf("operator", 13);
export const enroller = idOf("operator", 14);
export const ivy = idOf("operator", 15);
export const bea = idOf("operator", 21);

/** The enroller may mint for `scout`, not for `miner`. */
export const scout = idOf("agent", 11);
export const miner = idOf("agent", 12);
export const north = idOf("agent", 21);

export const scout1 = idOf("instance", 11);
export const scout2 = idOf("instance", 12);
export const miner1 = idOf("instance", 13);
export const north1 = idOf("instance", 21);

export const scoutToken = idOf("enrolmentToken", 11);
export const minerToken = idOf("enrolmentToken", 12);
export const ivyToken = idOf("enrolmentToken", 13);
export const northToken = idOf("enrolmentToken", 21);
export const pipToken = idOf("enrolmentToken", 1);

export const scout1Connection = idOf("connection", 11);

export const organisationRow = (id: Organisation["id"], name: string): Organisation => ({
  id,
  name,
  displayName: `The ${name} company`,
  standing: "active",
  generation: 0,
  takenAt: 0,
  createdAt: longAgo,
  version: 1,
});

export const operatorRow = (
  id: Operator["id"],
  organisation: Operator["organisation"],
  role: Operator["role"],
  more: Partial<Operator> = {},
): Operator => ({
  id,
  organisation,
  name: `name-of-${id.slice(-2)}`,
  role,
  agents: [],
  standing: "active",
  generation: 0,
  era: 1,
  thumbprint: thumbprintOf(id),
  enrolledAt: longAgo,
  createdAt: longAgo,
  version: 1,
  ...more,
});

export const agentRow = (id: Agent["id"], organisation: Agent["organisation"], name: string): Agent => ({
  id,
  organisation,
  name,
  tags: { env: "prod" },
  owner: "desk@example.org",
  standing: "active",
  generation: 0,
  takenAt: 0,
  createdAt: longAgo,
  version: 1,
});

export const instanceRow = (
  id: Instance["id"],
  agent: Instance["agent"],
  organisation: Instance["organisation"],
): Instance => ({
  id,
  agent,
  organisation,
  era: 1,
  ephemeral: false,
  standing: "active",
  generation: 0,
  takenAt: 0,
  thumbprint: thumbprintOf(id),
  enrolledAt: longAgo,
});

export const keyRow = (
  principal: PrincipalKey["principal"],
  more: Partial<PrincipalKey> = {},
): PrincipalKey => ({
  thumbprint: thumbprintOf(principal),
  principal,
  x: `x-of-${principal}`,
  state: "current",
  since: longAgo,
  replacedAt: null,
  token: idOf("enrolmentToken", 99),
  ...more,
});

export const tokenRow = (
  id: EnrolmentToken["id"],
  organisation: EnrolmentToken["organisation"],
  target: EnrolmentToken["for"],
  mintedBy: EnrolmentToken["mintedBy"],
): EnrolmentToken => ({
  id,
  digest: digestOf(id),
  organisation,
  for: target,
  mintedBy,
  minterGeneration: 0,
  targetGeneration: 0,
  era: 1,
  uses: 3,
  usesLeft: 2,
  ephemeral: false,
  mintedAt: now - 10 * minute,
  notBefore: now - 10 * minute,
  expiresAt: now + 50 * minute,
  voidedAt: null,
});

const invited = { thumbprint: null, enrolledAt: null } as const;
const once = { uses: 1, usesLeft: 1 } as const;

export function town(): World {
  const world = emptyWorld();
  put(world, "organisations", organisationRow(acme, "acme"));
  put(world, "organisations", organisationRow(borealis, "borealis"));
  const enrolled = [
    operatorRow(root, null, "platform"),
    operatorRow(ruth, null, "platform"),
    operatorRow(ada, acme, "admin"),
    operatorRow(abe, acme, "admin"),
    operatorRow(auditor, acme, "auditor"),
    operatorRow(enroller, acme, "enroller", { agents: [scout] }),
    operatorRow(bea, borealis, "admin"),
  ];
  const waiting = [operatorRow(pip, null, "platform", invited), operatorRow(ivy, acme, "auditor", invited)];
  for (const row of [...enrolled, ...waiting]) put(world, "operators", row);
  put(world, "agents", agentRow(scout, acme, "scout"));
  put(world, "agents", agentRow(miner, acme, "miner"));
  put(world, "agents", agentRow(north, borealis, "north"));
  const instances = [
    instanceRow(scout1, scout, acme),
    instanceRow(scout2, scout, acme),
    instanceRow(miner1, miner, acme),
    instanceRow(north1, north, borealis),
  ];
  for (const row of instances) put(world, "instances", row);
  for (const { id } of [...enrolled, ...instances]) {
    put(world, "principalKeys", keyRow(id));
    put(world, "seen", { principal: id, seenAt: now - 2 * hour, connectedAt: null });
  }
  put(world, "enrolmentTokens", tokenRow(scoutToken, acme, scout, ada));
  put(world, "enrolmentTokens", tokenRow(minerToken, acme, miner, ada));
  put(world, "enrolmentTokens", { ...tokenRow(ivyToken, acme, ivy, ada), ...once });
  put(world, "enrolmentTokens", tokenRow(northToken, borealis, north, bea));
  put(world, "enrolmentTokens", { ...tokenRow(pipToken, null, pip, root), ...once });
  put(world, "connections", {
    instance: scout1,
    agent: scout,
    organisation: acme,
    connection: scout1Connection,
    epoch: 3,
    state: "open",
    changedAt: now - 2 * hour,
    goodbye: false,
  });
  return world;
}
