/** The timer of a session only asks: whether its time has passed is judged here, and an early one is put off. */
import type { WorkingChange } from "../change.js";
import type { SessionRecord } from "../engagement-entities.js";
import { find } from "../question.js";
import { ask, type Party, rule } from "../rule.js";
import { accept } from "../verdict.js";
import { lostFirst } from "./absence.js";
import { effectsOf } from "./session-course.js";
import { closeStanding, endingOf } from "./session-end.js";
import { dueOf, rowsOf, whyOver } from "./session-record.js";

interface State {
  readonly record: SessionRecord | undefined;
  readonly era: number;
  readonly party: Party | undefined;
}

/** [SES-11] [SES-24] One row for each session, moved only when it fires and finds itself early, or a holder leaves. */
export const expireSession = rule<"session.expire", State>({
  *gather({ session: id }) {
    return {
      ...(yield* ask({ record: find("sessionDue", { id }), era: find("era", {}) })),
      party: undefined,
    };
  },
  who: [],
  what: [],
  settle({ record, era }, command, now) {
    const { session: subject, kind } = command;
    const done: WorkingChange = { do: "drop", table: "deadlines", key: { kind, subject } };
    const due = record && dueOf(rowsOf(record));
    if (record === undefined || due === undefined) return accept({ closed: false }, { work: [done] });
    const lost = lostFirst(record);
    const over = whyOver(record, era, now) ?? (lost && lost.at <= now ? { ...lost, at: now } : undefined);
    if (over === undefined) {
      const row = { kind, subject, dueAt: Math.min(due.at, lost?.at ?? due.at) };
      return accept({ closed: false }, { work: [{ do: "put", table: "deadlines", row }] });
    }
    const open = rowsOf(record);
    const { work, ...closed } = closeStanding(open, endingOf(over.reason, "broker"), command, over.at);
    return accept({ closed: true }, { ...effectsOf(kind, open.session.life, closed), work });
  },
});
