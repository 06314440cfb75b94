/** A connection as the outbox sees it: something that can be told to end, and that says when it has. */
import type { AgentId, CloseReason, ConnectionId, InstanceId, OrganisationId } from "@parley/protocol";

export interface Wire {
  readonly connection: ConnectionId;
  readonly instance: InstanceId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  /** Says why and ends it: politely first, by force within `limits.closeSecondsMax`. Nothing is heard or sent after. */
  close(reason: CloseReason): void;
  /** Resolves when the socket is gone from this process, not when it was asked to go. */
  readonly gone: Promise<void>;
}
