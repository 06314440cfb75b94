/** A session in which the town's agent can talk: joined, active, with what the broker keeps of it. */
import type { SideName } from "@parley/protocol";
import type { AgentOptions } from "../agent.js";
import type { Envelope } from "../envelopes/envelope.js";
import type { Session } from "../session.js";
import { FakeEnvelopes } from "./fake-envelopes.js";
import { accepted, at, closed, sessionOf, type Town, town } from "./town.js";

export interface Talking {
  readonly there: Town;
  readonly session: Session;
  readonly talk: FakeEnvelopes;
  /** It is over; `sent` by the other side, if that is not what has been said. */
  end(reason: Parameters<typeof closed>[2], sent: number): void;
}

export async function talking(
  side: SideName = "consumer",
  more: Partial<AgentOptions> = {},
): Promise<Talking> {
  const there = await town(more);
  const other = side === "consumer" ? "provider" : "consumer";
  const view = there.show({
    ...accepted(there, sessionOf(there, side), side),
    state: "active",
    activeAt: at(there),
  });
  const talk = new FakeEnvelopes(there, view, side);
  const session = await there.agent.resume(view.id);
  const end = (reason: Parameters<typeof closed>[2], sent: number) => {
    const over = closed(there, view, reason);
    there.show({
      ...over,
      [other]: { ...over[other], sent: { envelopes: sent, bytes: 0, acknowledged: 0 } },
    });
    const counts = { consumer: 0, provider: 0, [other]: sent };
    there.calls.tell({ event: "session.closed", session: view.id, reason, sent: counts });
  };
  there.calls.answers.close = (call) =>
    there.show(closed(there, view, `completed_by_${side}`, call.detail ?? null));
  return { there, session, talk, end };
}

/** The next so many, in one loop that is left then. */
export async function take(session: Session, count: number): Promise<Envelope[]> {
  const taken: Envelope[] = [];
  if (count === 0) return taken;
  for await (const envelope of session) if (taken.push(envelope) === count) break;
  return taken;
}
