/**
 * Who drains for a provider what has closed: one instance at a time, as firmly as a side is held. After the close the side
 * does not change any more, so it is a working row that says who: where it was lost, whoever could have had the side drains.
 */
import type { Refusal, SideName } from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { SessionRecord } from "../engagement-entities.js";
import type { Connection, Instance, Millis } from "../entities.js";
import { find } from "../question.js";
import { type Asking, ask } from "../rule.js";
import type { DrainRow } from "./envelope-entities.js";
import { keptBy, keptFrom } from "./holding.js";

export interface Drain {
  readonly row: DrainRow;
  /** The newest of who drains. */
  readonly connection: Connection | undefined;
}

/** What is left of a session to its provider; undefined where nothing is, or to nobody in particular. */
export function* askDrain({ session }: SessionRecord, side: SideName): Asking<Drain | undefined> {
  if (session.life.state !== "closed" || side !== "provider") return undefined;
  const { row } = yield* ask({ row: find("drain", { session: session.id }) });
  if (row === undefined || row.instance === null) return row && { row, connection: undefined };
  return { row, ...(yield* ask({ connection: find("connection", { instance: row.instance }) })) };
}

/** [SES-25] Why this instance may not have a side of its agent's now, be it to hold it or to drain it. */
export function keptNow(
  record: SessionRecord,
  side: SideName,
  drain: Drain | undefined,
  { id }: Pick<Instance, "id">,
  now: Millis,
): Refusal | undefined {
  if (drain === undefined) return keptFrom(record, side, { id }, now);
  const { row, connection } = drain;
  if (row.instance === null || row.instance === id) return undefined;
  return keptBy(connection, record.session.terms.resumeGraceSeconds, now);
}

/** From now on it is this one's. */
export function drainedBy(drain: Drain | undefined, { id }: Pick<Instance, "id">): readonly WorkingChange[] {
  if (drain === undefined || drain.row.instance === id) return [];
  return [{ do: "put", table: "drains", row: { ...drain.row, instance: id } }];
}
