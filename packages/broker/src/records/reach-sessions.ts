/**
 * What an agent was engaged in at a moment, by the rows of its sessions: each says of itself when it was proposed,
 * accepted, active and closed, and of that nothing changes any more.
 */
import { ceilings, otherSide } from "@parley/protocol";
import type { SessionStanding } from "../governance/engagement-commands.js";
import { find } from "../governance/question.js";
import { asItStands } from "../governance/session/session-record.js";
import type { After } from "./page.js";
import type { SessionItem, Step, View } from "./reach-view.js";

/** A session that was open then was proposed so long before, at most. */
const openSecondsMax =
  ceilings.proposalTimeoutSeconds + ceilings.joinTimeoutSeconds + ceilings.maxDurationSeconds;

/** Looked at for one page; the next one goes on from there. */
const lookedAt = 1_000;

/** Undefined where it was not open then. */
export function stateAt(
  { session }: Pick<SessionStanding, "session">,
  at: number,
): Pick<SessionItem, "state" | "since"> | undefined {
  const { life, proposedAt } = session;
  if (proposedAt > at || (life.state === "closed" && life.closedAt <= at)) return undefined;
  const activeAt = life.state === "active" || life.state === "closed" ? life.activeAt : null;
  if (activeAt !== null && activeAt <= at) return { state: "active", since: activeAt };
  const acceptedAt = life.state === "proposed" ? null : life.acceptedAt;
  return acceptedAt !== null && acceptedAt <= at
    ? { state: "accepted", since: acceptedAt }
    : { state: "proposed", since: proposedAt };
}

/** Newest first. */
export async function engaged(view: View, after: After | null, limit: number): Promise<Step[]> {
  const { seeker, store, at, now, workgroup } = view;
  const { era } = await store.read({ era: find("era", {}) });
  const steps: Step[] = [];
  let before = after ?? { at: at + 1, id: "" };
  for (let looked = 0; steps.length < limit; ) {
    if (looked >= lookedAt) {
      steps.push({ item: null, next: { in: "session", after: before } });
      break;
    }
    const by = { ...seeker, side: null, state: at === now ? ("open" as const) : null, before, limit: pageOf };
    const { page } = await store.readAside({ page: { find: "sessionsPage", by } });
    for (const record of page) {
      const { id, proposedAt } = record.session;
      before = { at: proposedAt, id };
      if (workgroup !== null && record.session.workgroup !== workgroup) continue;
      const standing = asItStands(record, era, now);
      const then = stateAt(standing, at);
      if (then === undefined) continue;
      const side = record.consumer.side.agent === seeker.agent ? "consumer" : "provider";
      const counterpart = standing[otherSide(side)];
      const item = { kind: "session", session: standing.session, ...then, side, counterpart } as const;
      steps.push({ item, next: { in: "session", after: before } });
    }
    looked += page.length;
    if (page.length < pageOf || before.at < at - openSecondsMax * 1_000) break;
  }
  return steps.slice(0, limit);
}

const pageOf = 100;
