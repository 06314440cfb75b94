/** How things look from outside: times as text, secrets nowhere, nothing that the schema does not name. */
import type {
  AgentView,
  AlertView,
  CutView,
  EnrolmentTokenView,
  FactView,
  InstanceView,
  OperatorView,
  OrganisationView,
  SocketsCutView,
  WhoamiView,
} from "@parley/protocol";
import type { Agent, Alert, EnrolmentToken, Operator, Organisation } from "../../governance/entities.js";
import type { Principal } from "../../governance/question.js";
import type { FactRecord } from "../../records/facts.js";
import type { InstanceRecord, TokenRecord } from "../../records/identities.js";
import type { CutReport } from "../../relay.js";

export const timeText = (ms: number): string => new Date(ms).toISOString();
export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : timeText(ms));

/** [ID-24] Names as SPIFFE gives them. */
export interface Spiffe {
  readonly trustDomain: string;
}

export const spiffeOfOperator = (
  { trustDomain }: Spiffe,
  { organisation, id }: Pick<Operator, "organisation" | "id">,
): string =>
  organisation === null
    ? `spiffe://${trustDomain}/platform/operator/${id}`
    : `spiffe://${trustDomain}/org/${organisation}/operator/${id}`;

export const spiffeOfInstance = (
  { trustDomain }: Spiffe,
  { organisation, agent, id }: { readonly organisation: string; readonly agent: string; readonly id: string },
): string => `spiffe://${trustDomain}/org/${organisation}/agent/${agent}/instance/${id}`;

export const etagOf = (thing: { readonly version: number }): string => `"v${thing.version}"`;

export const viewOrganisation = ({
  id,
  name,
  displayName,
  standing,
  createdAt,
  version,
}: Organisation): OrganisationView => ({
  id,
  name,
  displayName,
  standing,
  createdAt: timeText(createdAt),
  version,
});

export const viewOperator = (operator: Operator, spiffe: Spiffe): OperatorView => ({
  id: operator.id,
  organisation: operator.organisation,
  name: operator.name,
  role: operator.role,
  agents: [...operator.agents],
  standing: operator.standing,
  spiffeId: spiffeOfOperator(spiffe, operator),
  keyThumbprint: operator.thumbprint,
  createdAt: timeText(operator.createdAt),
  enrolledAt: timeOrNull(operator.enrolledAt),
  version: operator.version,
});

export const viewAgent = ({
  id,
  organisation,
  name,
  tags,
  owner,
  standing,
  createdAt,
  version,
}: Agent): AgentView => ({
  id,
  organisation,
  name,
  tags: { ...tags },
  owner,
  standing,
  createdAt: timeText(createdAt),
  version,
});

export const viewInstance = (
  { instance, seenAt, connectedSince }: InstanceRecord,
  spiffe: Spiffe,
): InstanceView => ({
  id: instance.id,
  agent: instance.agent,
  organisation: instance.organisation,
  standing: instance.standing,
  spiffeId: spiffeOfInstance(spiffe, instance),
  keyThumbprint: instance.thumbprint,
  ephemeral: instance.ephemeral,
  enrolledAt: timeText(instance.enrolledAt),
  lastSeenAt: timeText(seenAt),
  connectedSince: timeOrNull(connectedSince),
});

/** One that nobody could redeem any more is void, whether somebody voided it or its authority has fallen. */
export const viewListedToken = ({ token, stands }: TokenRecord, now: number): EnrolmentTokenView => {
  const view = viewToken(token, now);
  return stands || view.state === "used" ? view : { ...view, state: "voided" };
};

export const viewToken = (token: EnrolmentToken, now: number): EnrolmentTokenView => ({
  id: token.id,
  for: token.for,
  mintedBy: token.mintedBy,
  state: stateOf(token, now),
  uses: token.uses,
  usesLeft: token.usesLeft,
  ephemeral: token.ephemeral,
  mintedAt: timeText(token.mintedAt),
  notBefore: timeText(token.notBefore),
  expiresAt: timeText(token.expiresAt),
});

function stateOf(token: EnrolmentToken, now: number): EnrolmentTokenView["state"] {
  if (token.voidedAt !== null) return "voided";
  if (token.usesLeft === 0) return "used";
  if (now >= token.expiresAt) return "expired";
  return now < token.notBefore ? "waiting" : "open";
}

export const viewCut = ({ sockets, sessions, surviving }: CutReport): CutView => ({
  sockets,
  sessions,
  surviving: [...surviving],
});

export const viewSocketsCut = ({ sockets, surviving }: CutReport): SocketsCutView => ({
  sockets,
  surviving: [...surviving],
});

export const viewAlert = ({ id, kind, subject, detail, raisedAt }: Alert): AlertView => ({
  id,
  kind,
  subject,
  detail,
  raisedAt: timeText(raisedAt),
});

export const viewFact = ({ skeleton, hash, content }: FactRecord): FactView => ({
  stream: skeleton.stream,
  position: skeleton.position,
  kind: skeleton.kind,
  at: timeText(skeleton.at),
  contentDigest: skeleton.contentDigest,
  previous: skeleton.previous,
  hash,
  content,
});

export function viewPrincipal(principal: Principal, spiffe: Spiffe): WhoamiView {
  const { organisation } = principal;
  const home = organisation && { id: organisation.id, name: organisation.name };
  if (principal.kind === "operator") {
    const { operator } = principal;
    const { id, name, role, thumbprint } = operator;
    const spiffeId = spiffeOfOperator(spiffe, operator);
    return {
      principal: id,
      kind: "operator",
      name,
      role,
      organisation: home,
      agent: null,
      spiffeId,
      keyThumbprint: thumbprint ?? "",
    };
  }
  const { instance, agent } = principal;
  return {
    principal: instance.id,
    kind: "instance",
    name: agent.name,
    role: null,
    organisation: home,
    agent: { id: agent.id, name: agent.name },
    spiffeId: spiffeOfInstance(spiffe, instance),
    keyThumbprint: instance.thumbprint,
  };
}
