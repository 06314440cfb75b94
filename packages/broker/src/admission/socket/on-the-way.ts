/** Of all connections together: what was given to sockets and has not left the process, and what was counted on the way. */
import type { CloseReason } from "@parley/protocol";
import type { Delivered } from "../../outbox/wire.js";

export class OnTheWay {
  bytes = 0;
  /** Handed to connections: each as often as it was. */
  envelopes = 0;
  sentBytes = 0;
  /** Connections that have not shown who they are. */
  unauthenticated = 0;
  /** Told of each envelope, where somebody takes traces. */
  delivered: ((envelope: Delivered) => void) | undefined = undefined;
  /** Connections that the broker has ended, and why. */
  readonly ended = new Map<CloseReason, number>();

  end(reason: CloseReason): void {
    this.ended.set(reason, (this.ended.get(reason) ?? 0) + 1);
  }
}
