/** From where deliveries to a side go on: after a cursor, or after what its agent has acknowledged; and what is missing. */
import { type Missing, otherSide, type SideName } from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { Resume, SessionStanding } from "../engagement-commands.js";
import type { Millis } from "../entities.js";
import { deliverable, handledOf, standsFor } from "./flow.js";

interface Resuming {
  readonly side: SideName;
  readonly cursor: { readonly after: number } | null;
  /** Whether this instance has held the side itself, now or before: what was acknowledged is nobody else's again. */
  readonly hasHeld: boolean;
}

const missingOf = (from: number, to: number, why: Missing["why"]): readonly Missing[] =>
  from <= to ? [{ from, to, why }] : [];

/** [ENV-14] */
export function resumeFor(
  standing: SessionStanding,
  { side, cursor, hasHeld }: Resuming,
  now: Millis,
): Resume {
  const from = otherSide(side);
  const flow = standing.flow[from];
  const handled = handledOf(flow);
  const can = deliverable(standing, from, now);
  const asked = Math.min(cursor?.after ?? handled.n, flow.sent.n);
  const notHeld = hasHeld ? can.after : handled.n;
  const after = Math.max(asked, can.after, notHeld);
  const erased = missingOf(asked + 1, can.after, "erased");
  const others = missingOf(Math.max(asked, can.after) + 1, notHeld, "not-held");
  return {
    side,
    after,
    upTo: can.upTo,
    handed: handled.handed,
    missing: [...erased, ...others, ...missingOf(Math.max(after, can.upTo) + 1, flow.sent.n, "erased")],
    stands: standsFor(standing, side, now),
    sent: standing.flow[side].sent.n,
  };
}

/** All that can be delivered is about to be handed out, and the record says so before it is. */
export function handedOut(standing: SessionStanding, { side, upTo }: Resume): readonly WorkingChange[] {
  const from = otherSide(side);
  const { n, bytes, handed } = handledOf(standing.flow[from]);
  if (upTo <= handed) return [];
  const row = { session: standing.session.id, side: from, n, bytes, handed: upTo };
  return [{ do: "put", table: "handled", row }];
}
