/** Whom and what made-up facts are about: of each kind of thing a few, so that facts meet. */
import {
  type AdvertisementId,
  type AgentId,
  type ContractId,
  type EnrolmentTokenId,
  encodeId,
  type Id,
  type IdKind,
  type InstanceId,
  type InvitationId,
  type OperatorId,
  type OrganisationId,
  type SelectorId,
  type SessionId,
  type WorkgroupId,
} from "@parley/protocol";

/** The n-th id of a kind. */
export function idOf<K extends IdKind>(kind: K, n: number): Id<K> {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, n);
  return encodeId(kind, bytes);
}

export const thumbprintOf = (n: number): string => `thumbprint${n}`.padEnd(43, "A");

export interface Cast {
  readonly organisation: OrganisationId;
  /** Sometimes the same one. */
  readonly partner: OrganisationId;
  readonly operator: OperatorId;
  readonly agent: AgentId;
  readonly instance: InstanceId;
  readonly token: EnrolmentTokenId;
  readonly workgroup: WorkgroupId;
  readonly invitation: InvitationId;
  readonly selector: SelectorId;
  readonly contract: ContractId;
  readonly advertisement: AdvertisementId;
  readonly session: SessionId;
}

export const castOf = (n: number): Cast => ({
  organisation: idOf("organisation", n % 3),
  partner: idOf("organisation", (n + (n % 4 === 3 ? 0 : 1)) % 3),
  operator: idOf("operator", n % 7),
  agent: idOf("agent", n % 5),
  instance: idOf("instance", n % 11),
  token: idOf("enrolmentToken", n % 13),
  workgroup: idOf("workgroup", n % 2),
  invitation: idOf("invitation", n % 3),
  selector: idOf("selector", n % 4),
  contract: idOf("contract", n % 2),
  advertisement: idOf("advertisement", n % 2),
  session: idOf("session", n % 3),
});
