/** What people see of each thing, in which order. The first few stand in lists, all of them where one thing is shown. */
import type {
  AgentView,
  AlertView,
  EnrolmentTokenView,
  FactView,
  InstanceView,
  OperatorView,
  OrganisationView,
  WhoamiView,
} from "@parley/protocol";
import { actorOf, factLine, subjectOf } from "./fact-line.js";
import type { Column } from "./table.js";
import { tagsText } from "./tags.js";

export const organisationColumns: readonly Column<OrganisationView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "name", of: ({ name }) => name },
  { title: "standing", of: ({ standing }) => standing },
  { title: "display name", of: ({ displayName }) => displayName },
  { title: "created", of: ({ createdAt }) => createdAt },
];

export const operatorColumns: readonly Column<OperatorView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "name", of: ({ name }) => name },
  { title: "role", of: ({ role }) => role },
  { title: "standing", of: ({ standing }) => standing },
  { title: "enrolled", of: ({ enrolledAt }) => enrolledAt ?? "not yet" },
];
export const operatorDetails: readonly Column<OperatorView>[] = [
  ...operatorColumns,
  { title: "organisation", of: ({ organisation }) => organisation ?? "the platform" },
  { title: "agents", of: ({ agents }) => agents.join(" ") },
  { title: "SPIFFE id", of: ({ spiffeId }) => spiffeId },
  { title: "key", of: ({ keyThumbprint }) => keyThumbprint },
  { title: "created", of: ({ createdAt }) => createdAt },
];

export const agentColumns: readonly Column<AgentView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "name", of: ({ name }) => name },
  { title: "standing", of: ({ standing }) => standing },
  { title: "owner", of: ({ owner }) => owner },
  { title: "tags", of: (agent) => tagsText(agent.tags) },
];
export const agentDetails: readonly Column<AgentView>[] = [
  ...agentColumns,
  { title: "organisation", of: ({ organisation }) => organisation },
  { title: "created", of: ({ createdAt }) => createdAt },
  { title: "version", of: ({ version }) => version },
];

export const instanceColumns: readonly Column<InstanceView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "standing", of: ({ standing }) => standing },
  { title: "connected since", of: ({ connectedSince }) => connectedSince },
  { title: "last seen", of: ({ lastSeenAt }) => lastSeenAt },
  { title: "ephemeral", of: ({ ephemeral }) => (ephemeral ? "yes" : "no") },
];
export const instanceDetails: readonly Column<InstanceView>[] = [
  ...instanceColumns,
  { title: "agent", of: ({ agent }) => agent },
  { title: "organisation", of: ({ organisation }) => organisation },
  { title: "SPIFFE id", of: ({ spiffeId }) => spiffeId },
  { title: "key", of: ({ keyThumbprint }) => keyThumbprint },
  { title: "enrolled", of: ({ enrolledAt }) => enrolledAt },
];

export const tokenColumns: readonly Column<EnrolmentTokenView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "state", of: ({ state }) => state },
  { title: "uses left", of: ({ uses, usesLeft }) => `${usesLeft} of ${uses}` },
  { title: "expires", of: ({ expiresAt }) => expiresAt },
  { title: "for", of: (token) => token.for },
  { title: "minted by", of: ({ mintedBy }) => mintedBy ?? "the broker" },
];

export const alertColumns: readonly Column<AlertView>[] = [
  { title: "raised", of: ({ raisedAt }) => raisedAt },
  { title: "kind", of: ({ kind }) => kind },
  { title: "subject", of: ({ subject }) => subject },
  { title: "detail", of: ({ detail }) => detail },
];

export const factColumns: readonly Column<FactView>[] = [
  { title: "at", of: ({ at }) => at },
  { title: "stream", of: ({ stream }) => stream },
  { title: "position", of: ({ position }) => position },
  { title: "kind", of: ({ kind }) => kind },
  { title: "actor", of: actorOf },
  { title: "subject", of: subjectOf },
  { title: "what", of: factLine },
];

export const whoamiColumns: readonly Column<WhoamiView>[] = [
  { title: "principal", of: ({ principal }) => principal },
  { title: "kind", of: ({ kind }) => kind },
  { title: "name", of: ({ name }) => name },
  { title: "role", of: ({ role }) => role },
  {
    title: "organisation",
    of: ({ organisation }) =>
      organisation === null ? "the platform" : `${organisation.name} (${organisation.id})`,
  },
  { title: "agent", of: ({ agent }) => (agent === null ? null : `${agent.name} (${agent.id})`) },
  { title: "SPIFFE id", of: ({ spiffeId }) => spiffeId },
  { title: "key", of: ({ keyThumbprint }) => keyThumbprint },
];
