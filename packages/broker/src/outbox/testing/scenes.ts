/** What happens to one session of the town, as the facts that say it. */
import type { InstanceId, SessionEnding, SessionId, Terms } from "@parley/protocol";
import type { Session } from "../../governance/engagement-entities.js";
import { closedLife, endingOf } from "../../governance/session/session-end.js";
import * as cast from "../../governance/testing/cast.js";
import * as city from "../../governance/testing/city.js";
import type { StoredFact } from "../../ledger/stored-fact.js";
import { factOf } from "./wires.js";

export const streamOf = (session: SessionId): string => `session:${session}`;

const statements = { proposal: "signed", advertisement: "signed", contract: null };

export function sessionNumbered(
  number: number,
  acceptance: Terms["acceptance"] = "provider",
  more: Partial<Session> = {},
): Session {
  const terms = { ...city.weatherTerms, acceptance };
  return city.sessionRow(cast.idOf("session", number), city.lives.proposed, { terms, ...more });
}

export const proposed = (session: Session): StoredFact =>
  factOf(streamOf(session.id), "session.proposed", {
    session,
    consumer: city.sideRow(session, "consumer"),
    provider: city.sideRow(session, "provider"),
    statements,
  });

export const accepted = ({ id }: Session, instance: InstanceId | null = null): StoredFact =>
  factOf(streamOf(id), "session.accepted", {
    session: id,
    life: city.lives.accepted,
    statement: null,
    instance,
    wouldRefuse: [],
    stated: {},
  });

export const joined = (
  { id: session }: Session,
  side: "consumer" | "provider",
  instance: InstanceId,
): StoredFact =>
  factOf(streamOf(session), "session.joined", {
    session,
    side,
    instance,
    boundAt: cast.now,
    joinedAt: cast.now,
  });

export const activated = ({ id: session }: Session): StoredFact =>
  factOf(streamOf(session), "session.activated", { session, life: city.lives.active });

interface Closing {
  readonly handled?: number;
  readonly reason?: SessionEnding;
}

/** `sent` by the consumer. */
export const closed = (
  { id: session, life }: Session,
  sent = 0,
  { handled = 0, reason = "completed_by_consumer" }: Closing = {},
): StoredFact =>
  factOf(streamOf(session), "session.closed", {
    session,
    life: closedLife(life, endingOf(reason, cast.scout1), cast.now),
    sides: { consumer: { accepted: sent, handed: handled, acknowledged: handled }, provider: nothingYet },
  });

const nothingYet = { accepted: 0, handed: 0, acknowledged: 0 };
