/**
 * The closing facts of a sweep, a batch at a time: each says why and when its session ended, as everybody has read it
 * since, whatever the sweep was begun for. What is found in its scope and still standing was begun after the taking away,
 * and is left alone; the batch that finds no more ends the sweep.
 */
import type { CommandId } from "@parley/protocol";
import type { SessionRecord, Sweep } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { find } from "../question.js";
import { ask, type Party, rule } from "../rule.js";
import { accept, type Effects } from "../verdict.js";
import { effectsOf } from "./session-course.js";
import { closeStanding, endingOf } from "./session-end.js";
import { rowsOf, whyOver } from "./session-record.js";

interface State {
  readonly sweep: Sweep | undefined;
  readonly records: readonly SessionRecord[];
  readonly era: number;
  readonly party: Party | undefined;
}

export const sweepSessions = rule<"sessions.sweep", State>({
  *gather({ sweep: id, part, after, most: limit }) {
    const first = yield* ask({ sweep: find("sweep", { id, part }), era: find("era", {}) });
    const { by, of, within } = first.sweep ?? ({ by: "advertisement", of: "", within: null } as const);
    const { records } = yield* ask({ records: find("openSessions", { by, of, within, after, limit }) });
    return { ...first, records, party: undefined };
  },
  who: [],
  what: [],
  settle({ sweep, records, era }, command, now) {
    // It was done by an earlier command: taken up twice, it is still done once.
    if (sweep === undefined) return accept({ closed: 0, next: null });
    const swept = records.flatMap((record) => closedFor(sweep, record, era, now));
    const facts = swept.flatMap((one) => one.facts);
    const work = swept.flatMap((one) => one.work);
    const closed = swept.filter(({ record }) => isOf(sweep, record)).length;
    const last = records.at(-1)?.session.id;
    if (last !== undefined && records.length === command.most)
      return accept({ closed, next: last }, { facts, work });
    return accept({ closed, next: null }, { facts: [...facts, endOf(sweep, command)], work });
  },
});

/** [SES-2] Who took away is told of its own sessions; an owner that dissolves closes those of others as well. */
const isOf = ({ organisation }: Sweep, { consumer, provider }: SessionRecord): boolean =>
  organisation === null || [consumer, provider].some(({ side }) => side.organisation === organisation);

interface Closed extends Pick<Effects, "facts" | "work"> {
  readonly record: SessionRecord;
}

function closedFor(sweep: Sweep, record: SessionRecord, era: number, now: Millis): readonly Closed[] {
  const over = whyOver(record, era, now);
  if (over === undefined) return [];
  const open = rowsOf(record);
  const because: { readonly id: CommandId } = { id: sweep.id };
  const { work, ...closed } = closeStanding(open, endingOf(over.reason, "broker"), because, over.at);
  return [{ ...effectsOf("sessions.sweep", open.session.life, closed), work, record }];
}

/** [SES-20] The row goes with this fact: what is not ended is taken up at the next start. */
function endOf({ id, part, organisation, of }: Sweep, command: { readonly id: CommandId }) {
  const told = { actor: "broker", cause: command.id, subject: of } as const;
  return happened(streamOf(organisation), "sweep.ended", told, { sweep: id, part });
}
