/** A side that is held, and the other one, which sends. */
import { limits } from "@parley/protocol";
import type { HeldFrom } from "../held-from.js";
import { Holders } from "../holders.js";
import { SendingSide } from "./sending-side.js";
import { KeptWire } from "./wires.js";

export const window = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };

/** What one side has sent, and those who are to be sent it. */
export function scene() {
  const sender = new SendingSide();
  const failures: unknown[] = [];
  const holders = new Holders({ read: sender.read, failed: (fault) => void failures.push(fault) });
  const { session } = sender;
  const begin = (wire: KeptWire, more: Partial<HeldFrom> = {}) =>
    holders.begin(wire, {
      ...{ session, side: "provider", after: 0, upTo: sender.n, handed: 0, isClosed: false },
      ...{ sendUpTo: window, ...more },
    });
  const accept = (count = 1) =>
    holders.deliver(
      sender.accept(...Array.from({ length: count }, () => 0).map((_, at) => sender.n + at + 1)),
    );
  return { sender, holders, session, failures, begin, accept, wire: new KeptWire() };
}
