/** A receipt is there: told to whoever has held a side of its session and is connected. A hint, like every event. */
import type { InstanceId, SessionId } from "@parley/protocol";
import type { Connections } from "./connections.js";

interface Stated {
  readonly session: SessionId;
  readonly consumer: { readonly instances: readonly InstanceId[] };
  readonly provider: { readonly instances: readonly InstanceId[] };
}

export function tellOfReceipt(
  connections: Pick<Connections, "openOf">,
  { session, consumer, provider }: Stated,
): void {
  for (const instance of new Set([...consumer.instances, ...provider.instances]))
    for (const wire of connections.openOf(instance)) wire.tell({ event: "receipt.ready", session });
}
