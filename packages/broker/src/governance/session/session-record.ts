/**
 * A session as it stands at a moment, whatever its row says: what is void or whose time has passed is closed for every
 * decision, delivery and read, before any timer or sweep has come to write so.
 */
import type { SessionEnding } from "@parley/protocol";
import type { SessionStanding } from "../engagement-commands.js";
import type { Life, SessionRecord } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { broken, brokenSince } from "../reach.js";
import { lastAcceptedAt } from "./envelope-entities.js";
import { closedLife, endingOf } from "./session-end.js";

type Open = Pick<SessionStanding, "session" | "flow">;

export interface Over {
  readonly reason: SessionEnding;
  readonly at: Millis;
}

/** When a session ends by itself, and why. */
export function dueOf({ session: { life, terms }, flow }: Open): Over | undefined {
  switch (life.state) {
    case "proposed":
      return { at: life.expiresAt, reason: "proposal_expired" };
    case "accepted":
      return { at: life.joinBy, reason: "join_timeout" };
    case "active": {
      const idleSince = Math.max(life.activeAt, lastAcceptedAt(flow));
      const idleAt = idleSince + terms.idleTimeoutSeconds * 1_000;
      return idleAt < life.deadline
        ? { at: idleAt, reason: "idle_timeout" }
        : { at: life.deadline, reason: "duration_reached" };
    }
    case "closed":
      return undefined;
    default:
      return unknownLife(life);
  }
}

const unknownLife = (life: never): never => {
  throw new TypeError(`no end of a session that is ${(life as Life).state}`);
};

/** When it closes by itself, as things stand; null when it is closed. */
export const closesBy = (standing: Open): Millis | null => dueOf(standing)?.at ?? null;

/**
 * Why an open session is over at that moment: what happened first [SES-10]. What is decided at the deadline, taking away
 * included, is decided after it [SES-11].
 */
export function whyOver(record: SessionRecord, era: number, now: Millis): Over | undefined {
  const { life, era: begunIn } = record.session;
  if (life.state === "closed") return undefined;
  if (begunIn !== era) return { reason: "record_restored", at: now };
  const due = dueOf(rowsOf(record));
  const taken = broken(record);
  const past = due !== undefined && due.at <= now ? due : undefined;
  return taken && (past === undefined || taken.at < past.at) ? taken : past;
}

/** The session as its rows say, and no more. */
export const rowsOf = ({ session, consumer, provider }: SessionRecord): SessionStanding => ({
  session,
  consumer: consumer.side,
  provider: provider.side,
  flow: {
    consumer: { sent: consumer.sent, handled: consumer.handled },
    provider: { sent: provider.sent, handled: provider.handled },
  },
});

/** The session as everybody who sees it finds it at that moment: as it will be written to have ended. */
export function asItStands(record: SessionRecord, era: number, now: Millis): SessionStanding {
  const open = rowsOf(record);
  const { life: before } = record.session;
  if (before.state === "closed" && brokenSince(record, before.closedAt)) return { ...open, isCut: true };
  const over = whyOver(record, era, now);
  if (over === undefined) return open;
  const { session, consumer, provider, flow } = open;
  const life = closedLife(session.life, endingOf(over.reason, "broker"), over.at);
  return {
    session: { ...session, life },
    consumer: { ...consumer, state: "closed" },
    provider: { ...provider, state: "closed" },
    flow,
  };
}
