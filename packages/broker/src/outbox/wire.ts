/** A socket as the outbox sees it: something that can be told to end, and that says when it has. */
import type { AgentId, CloseReason, ConnectionId, InstanceId, OrganisationId } from "@parley/protocol";

export interface Wire {
  readonly connection: ConnectionId;
  /** Says why and ends it: politely first, by force within `limits.closeSecondsMax`. Nothing is heard or sent after. */
  close(reason: CloseReason): void;
  /** Resolves when the socket is gone from this process, not when it was asked to go. */
  readonly gone: Promise<void>;
}

/** Where every socket is found by those who must end it. What is known of it is told as it becomes known. */
export interface Wires {
  /** From its first moment. It leaves by itself when it is gone. */
  add(wire: Wire): void;
  /** Before its opening is asked for: what is decided from here on reaches it, though nobody knows yet whose it is. */
  opening(wire: Wire, instance: InstanceId): void;
  /** Its opening was accepted. The answer is why it must end all the same: it was cut in between. */
  opened(wire: Wire, agent: AgentId, organisation: OrganisationId): CloseReason | undefined;
}
