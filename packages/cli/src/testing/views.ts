/** One of each thing, as REST shows it. */
import { makeId } from "@parley/protocol";

const at = "2026-01-05T09:00:00.000Z";
const thumbprint = "a".repeat(43);

export const organisation = {
  id: makeId("organisation"),
  name: "markets-co",
  displayName: "Markets & Co",
  standing: "active",
  createdAt: at,
  version: 1,
};

export const operator = {
  id: makeId("operator"),
  organisation: organisation.id,
  name: "alice",
  role: "admin",
  agents: [],
  standing: "active",
  spiffeId: "spiffe://test/org/o/operator/x",
  keyThumbprint: null,
  createdAt: at,
  enrolledAt: null,
  version: 4,
};

export const agent = {
  id: makeId("agent"),
  organisation: organisation.id,
  name: "equity-feed",
  tags: { env: "prod", tier: "1" },
  owner: "feeds@markets.example",
  standing: "active",
  createdAt: at,
  version: 7,
};

export const instance = {
  id: makeId("instance"),
  agent: agent.id,
  organisation: organisation.id,
  standing: "active",
  spiffeId: "spiffe://test/org/o/agent/a/instance/i",
  keyThumbprint: thumbprint,
  ephemeral: false,
  enrolledAt: at,
  lastSeenAt: at,
  connectedSince: null,
};

export const token = {
  id: makeId("enrolmentToken"),
  for: agent.id,
  mintedBy: operator.id,
  state: "open",
  uses: 1,
  usesLeft: 1,
  ephemeral: false,
  mintedAt: at,
  notBefore: at,
  expiresAt: "2026-01-05T10:00:00.000Z",
};
export const minted = { ...token, token: "the-secret" };

export const whoami = {
  principal: operator.id,
  kind: "operator",
  name: "alice",
  role: "admin",
  organisation: { id: organisation.id, name: organisation.name },
  agent: null,
  spiffeId: operator.spiffeId,
  keyThumbprint: thumbprint,
};

export const page = (...items: readonly unknown[]) => ({ items, nextCursor: null });
export const cut = { sockets: 2, sessions: 0, surviving: [] };
