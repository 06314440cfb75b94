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
import type { Page, Paging } from "./page.js";
import type { Past, Pasts } from "./past.js";
import { engaged } from "./reach-sessions.js";
import { inside, offered, seen } from "./reach-sources.js";
import { pageOf } from "./reach-steps.js";
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

/** An agent of the caller's organisation, and the rows in which it is looked at, as they are or as they were. */
export interface Opened {
  readonly agent: Agent;
  readonly standing: Agent["standing"] | null;
  readonly view: View;
  readonly past: Past | null;
}

export async function openView(
  { store, pasts }: Reaching,
  principal: Principal,
  typed: string,
  { at, workgroup }: ReachAsked,
  now: number,
): Promise<Opened | Refusal> {
  const agent = await showAgent(store, principal, typed);
  if ("code" in agent) return agent;
  if (!looksBack(principal)) return auditorMissing;
  if (at !== null && at > now) return no("request.malformed", { rule: "at" });
  const { organisation, id } = agent;
  const seeker = { organisation, agent: id };
  const moment = at === null ? null : { at, workgroup, isOver: at < now };
  const past = moment && (await pasts.open(principal, seeker, moment));
  if (past !== null && "code" in past) return past;
  const rows = past?.rows ?? store;
  const { stood } = await rows.read({ stood: find("agent", { organisation, id }) });
  const view = { seeker, rows, store, at: at ?? now, now, workgroup: workgroup as WorkgroupId | null };
  return { agent, standing: stood?.standing ?? null, view, past };
}

/** [RCH-2] Looked up as that agent, whoever asks for it. */
export async function readReach(
  reaching: Reaching,
  principal: Principal,
  typed: string,
  asked: ReachAsked,
  { after, limit }: Paging<ReachPlace>,
  now: number,
): Promise<ReachRecord | Refusal> {
  const opened = await openView(reaching, principal, typed, asked, now);
  if ("code" in opened) return opened;
  const { agent, standing, view, past } = opened;
  const begins = after ?? { in: "workgroup", after: null };
  const steps = await stepsOf(view, past, begins, limit);
  return { agent, standing, at: view.at, page: pageOf(steps, limit) };
}
