/**
 * How firmly a side is held: who has joined it has it while it is connected, and for a while after it was lost; then any
 * instance of its agent may go on with it [SES-23]. Pure, and read from working rows: where one of them was lost, nothing
 * is given that it would have kept.
 */
import type { Refusal, SideName } from "@parley/protocol";
import type { SessionRecord, Side, SideRecord } from "../engagement-entities.js";
import type { Connection, Instance, Millis } from "../entities.js";
import { no } from "../verdict.js";

/** [SES-14] A side is held by one instance: who has joined it. */
export const holds = (side: Side, principal: string): boolean =>
  side.joinedAt !== null && side.instance === principal;

/** [SES-23] From when on another instance may take a side whose holder has left like this. */
export const graceEnds = (
  { changedAt, goodbye }: Pick<Connection, "changedAt" | "goodbye">,
  resumeGraceSeconds: number,
): Millis => (goodbye ? changedAt : changedAt + resumeGraceSeconds * 1_000);

type Life = SessionRecord["session"]["life"];

/** Its holder is gone for good, before anything could be said. */
const isGoneForGood = ({ instance }: Pick<SideRecord, "instance">, { state }: Life): boolean =>
  state === "accepted" && instance?.standing === "expired";

/** Why this instance may not have a side of its agent's now; undefined where it may, or has it. */
export function keptFrom(
  { session, ...sides }: SessionRecord,
  name: SideName,
  { id }: Pick<Instance, "id">,
  now: Millis,
): Refusal | undefined {
  const { side, instance, connection } = sides[name];
  if (side.joinedAt === null || side.instance === id) return undefined;
  if (isGoneForGood({ instance }, session.life)) return undefined;
  return keptBy(connection, session.terms.resumeGraceSeconds, now);
}

/** Why nobody else may have what the instance of this connection has. */
export function keptBy(
  connection: Connection | null | undefined,
  resumeGraceSeconds: number,
  now: Millis,
): Refusal | undefined {
  if (connection?.state !== "closed") return no("session.not-held");
  const free = graceEnds(connection, resumeGraceSeconds);
  return free <= now ? undefined : no("session.not-held", { retryAfterMs: free - now });
}

/** Who took part until now, where a side changes hands by that; undefined where nobody has to be told. */
export const givesWay = ({ side, instance }: SideRecord, life: Life): boolean =>
  side.joinedAt !== null && !isGoneForGood({ instance }, life);
