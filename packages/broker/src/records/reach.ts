/**
 * What an agent reaches: the workgroups it is in and by what, whom it sees there, what it may engage, and what it is
 * engaged in. Everything is looked up as that agent, in the rows as they are or as they were: nothing else is visible.
 */
import type { Refusal, WorkgroupId } from "@parley/protocol";
import type { Agent } from "../governance/entities.js";
import { find, type Principal } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import { showAgent } from "./identities.js";
import { cut, type Page, type Paging } from "./page.js";
import type { Past, Pasts } from "./past.js";
import { engaged } from "./reach-sessions.js";
import { inside, offered, seen } from "./reach-sources.js";
import type { ReachItem, ReachPlace, Step, View } from "./reach-view.js";
import { auditorMissing, looksBack } from "./seeker.js";

export type { ReachItem, ReachPlace };

const beginnings: readonly ReachPlace[] = [
  { in: "workgroup", after: null },
  { in: "agent", after: { workgroup: null, agent: null } },
  { in: "offer", after: null },
  { in: "session", after: null },
  { in: "forgotten", after: 0 },
];

async function stepsFrom(view: View, past: Past | null, place: ReachPlace, limit: number): Promise<Step[]> {
  switch (place.in) {
    case "workgroup":
      return inside(view, place.after, limit);
    case "agent":
      return seen(view, place.after, limit);
    case "offer":
      return offered(view, place.after, limit);
    case "session":
      return engaged(view, place.after, limit);
    case "forgotten":
      return (past?.forgotten ?? []).slice(place.after, place.after + limit).map((fact, at) => ({
        item: { kind: "forgotten", ...fact },
        next: { in: "forgotten", after: place.after + at + 1 },
      }));
    default:
      return unknownPlace(place);
  }
}

const unknownPlace = (place: never): never => {
  throw new TypeError(`nothing is reached in ${JSON.stringify(place)}`);
};

/** Of all kinds from that place on, one more than fits where there is more. */
async function stepsOf(view: View, past: Past | null, from: ReachPlace, limit: number): Promise<Step[]> {
  const steps: Step[] = [];
  const first = beginnings.findIndex((one) => one.in === from.in);
  for (const [at, beginning] of beginnings.slice(first).entries()) {
    const found = await stepsFrom(view, past, at === 0 ? from : beginning, limit + 1 - steps.length);
    steps.push(...found);
    // Where only so far was looked, nothing after it may be told yet.
    if (steps.length > limit || found.some(({ item }) => item === null)) break;
  }
  return steps;
}

/** Its page, and of which agent it is, as that stood then. */
export interface ReachRecord {
  readonly agent: Agent;
  /** As it was then; null while it was not there yet. */
  readonly standing: Agent["standing"] | null;
  readonly at: number;
  readonly page: Page<ReachItem, ReachPlace>;
}

export interface Reaching {
  readonly store: Store;
  readonly pasts: Pasts;
}

/** As typed. */
export interface ReachAsked {
  readonly at: number | null;
  readonly workgroup: string | null;
}

/** [RCH-2] Looked up as that agent, whoever asks for it. */
export async function readReach(
  { store, pasts }: Reaching,
  principal: Principal,
  typed: string,
  { at, workgroup }: ReachAsked,
  { after, limit }: Paging<ReachPlace>,
  now: number,
): Promise<ReachRecord | Refusal> {
  const agent = await showAgent(store, principal, typed);
  if ("code" in agent) return agent;
  if (!looksBack(principal)) return auditorMissing;
  if (at !== null && at > now) return no("request.malformed", { rule: "at" });
  const seeker = { organisation: agent.organisation, agent: agent.id };
  const past = at === null ? null : await pasts.open(principal, seeker, { at, workgroup, isOver: at < now });
  if (past !== null && "code" in past) return past;
  const rows = past?.rows ?? store;
  const view = { seeker, rows, store, at: at ?? now, now, workgroup: workgroup as WorkgroupId | null };
  const begins = after ?? { in: "workgroup", after: null };
  const steps = await stepsOf(view, past, begins, limit);
  const { stood } = await rows.read({
    stood: find("agent", { organisation: agent.organisation, id: agent.id }),
  });
  return {
    agent,
    standing: stood?.standing ?? null,
    at: view.at,
    page: pageOf(steps, limit),
  };
}

function pageOf(steps: readonly Step[], limit: number): Page<ReachItem, ReachPlace> {
  const { items, next } = cut(steps, limit, (last) => last.next);
  const last = items.at(-1);
  const lookedOnly = last?.item === null ? last.next : null;
  return { items: items.flatMap(({ item }) => item ?? []), next: next ?? lookedOnly };
}
