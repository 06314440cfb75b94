/**
 * How a side of a session stands: what it may still send, and which of the other side's envelopes can be had. Pure, and
 * the same for every answer that says so.
 */
import { isHardEnding, limits, type SideName, type Terms } from "@parley/protocol";
import type { SessionStanding } from "../engagement-commands.js";
import type { Millis } from "../entities.js";
import type { Flow, Handled, SideFlow, Stands, Tally } from "./envelope-entities.js";
import { leftFor } from "./envelope-terms.js";

const nothingHandled = { n: 0, bytes: 0, handed: 0 } as const;
/** How far the other side has come with what this one has sent. */
export const handledOf = ({ handled }: SideFlow): Handled & { readonly handed: number } =>
  handled ?? nothingHandled;

/** [ENV-12] */
export const creditOf = ({ n, bytes }: Handled): Handled => ({
  n: n + limits.envelopesUnhandledMax,
  bytes: bytes + limits.bytesUnhandledMax,
});

/** All that a side has sent is handed out: nothing is that the record does not say may have been. */
export function withHanded(flow: Flow, side: SideName): Flow {
  const { sent } = flow[side];
  const { n, bytes } = handledOf(flow[side]);
  return { ...flow, [side]: { sent, handled: { session: sent.session, side, n, bytes, handed: sent.n } } };
}

/** What a side may still send, and up to where. */
export function standsFor({ session, flow }: SessionStanding, side: SideName, now: Millis): Stands {
  const { life, terms } = session;
  const sents: Record<SideName, Tally> = { consumer: flow.consumer.sent, provider: flow.provider.sent };
  return {
    state: life.state,
    left: {
      ...leftFor(terms, side, sents, now),
      milliseconds: life.state === "active" ? life.deadline - now : null,
    },
    sendUpTo: creditOf(handledOf(flow[side])),
  };
}

/** Of one side's envelopes: those after `after`, up to `upTo`, and of those nobody else's. */
export interface Deliverable {
  readonly after: number;
  readonly upTo: number;
}

const dayMs = 86_400_000;

/** [ENV-16] Up to which of a side's envelopes payloads are not kept any more. */
export function erasedUpTo({ payloadRetention }: Terms, { handled, closedAt }: Ended, now: Millis): number {
  if (payloadRetention === "until_delivered") return handled;
  if (closedAt === null) return 0;
  if (payloadRetention === "until_closed") return handled;
  return now < closedAt + payloadRetention.days * dayMs ? 0 : handled;
}

interface Ended {
  readonly handled: number;
  readonly closedAt: Millis | null;
}

/** [SES-12] After a hard end nothing more is delivered; after any other, for a day, as long as nothing is taken away. */
export function mayDrain({ session: { life }, isCut }: SessionStanding, now: Millis): boolean {
  if (life.state !== "closed") return true;
  if (isCut) return false;
  return !isHardEnding(life.ending.reason) && now < life.closedAt + limits.drainSeconds * 1_000;
}

/** What can be had of a side's envelopes, whoever asks for them. */
export function deliverable(standing: SessionStanding, from: SideName, now: Millis): Deliverable {
  const { life, terms } = standing.session;
  const flow = standing.flow[from];
  const { n: handled } = handledOf(flow);
  const closedAt = life.state === "closed" ? life.closedAt : null;
  return {
    after: erasedUpTo(terms, { handled, closedAt }, now),
    upTo: mayDrain(standing, now) ? flow.sent.n : handled,
  };
}
