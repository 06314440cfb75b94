/**
 * Looking back at sessions: for instances of either agent, admins and auditors of both organisations. A session is shown
 * as it stands: one that is void is closed, whether or not the fact that says so is written yet [API-15].
 */
import type { ChainHead, Refusal, SessionId, SessionState, SideName } from "@parley/protocol";
import type { SessionStanding } from "../governance/engagement-commands.js";
import type { SessionRecord } from "../governance/engagement-entities.js";
import { find, type Principal } from "../governance/question.js";
import { asItStands, closesBy } from "../governance/session/session-record.js";
import { no } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import { type After, cut, emptyPage, type Page, type Paging } from "./page.js";
import { mayList, type Seeker, seekerOf } from "./seeker.js";

/** When a session closes by itself, as whoever shows it says. */
export { closesBy };

export interface SessionFilter {
  readonly state?: SessionState | "open" | undefined;
  readonly side?: SideName | undefined;
  /** One agent's of the own organisation. */
  readonly agent?: string | undefined;
}

const isPartyTo = ({ organisation, agent }: Seeker, { consumer, provider }: SessionRecord): boolean =>
  [consumer.side, provider.side].some(
    (side) => side.organisation === organisation && (agent === null || side.agent === agent),
  );

/** Where whoever asks has no part in it, it is not there: by the same statements as one that nobody has [API-4]. */
export async function sessionSeen(store: Store, principal: Principal, id: string) {
  const seeker = seekerOf(principal);
  const { found, era } = await store.read({
    found: find("session", { organisation: seeker.organisation, id }),
    era: find("era", {}),
  });
  return { found: found && isPartyTo(seeker, found) ? found : undefined, era };
}

export async function showSession(
  store: Store,
  principal: Principal,
  id: string,
  now: number,
): Promise<SessionStanding | Refusal> {
  const { found, era } = await sessionSeen(store, principal, id);
  return found ? asItStands(found, era, now) : no("not-found");
}

const isIn = ({ session: { life } }: SessionStanding, state: SessionFilter["state"]): boolean =>
  state === undefined || (state === "open" ? life.state !== "closed" : life.state === state);

/** An agent that is none of the caller's own has no sessions. */
async function narrowed(store: Store, principal: Principal, typed: string | undefined) {
  const seeker = seekerOf(principal);
  if (typed === undefined) return seeker;
  if (seeker.agent !== null) return seeker.agent === typed ? seeker : undefined;
  const { organisation } = seeker;
  const { found } = await store.read({ found: find("agent", { organisation, id: typed }) });
  return found && { organisation, agent: found.id };
}

/** Newest first. What has ended unsaid is left out where open ones are asked for: the page is then a shorter one. */
export async function listSessions(
  store: Store,
  principal: Principal,
  { state, side = undefined, agent }: SessionFilter,
  { after, limit }: Paging<After>,
  now: number,
): Promise<Page<SessionStanding, After> | Refusal> {
  const refusal = mayList(principal);
  if (refusal) return refusal;
  const seeker = await narrowed(store, principal, agent);
  if (seeker === undefined) return emptyPage;
  const by = { ...seeker, side: side ?? null, state: state ?? null, before: after, limit: limit + 1 };
  const { page, era } = await store.read({
    page: { find: "sessionsPage", by },
    era: find("era", {}),
  });
  const { items, next } = cut(page, limit, ({ session }) => ({ at: session.proposedAt, id: session.id }));
  const standing = items.map((record) => asItStands(record, era, now));
  return { items: standing.filter((each) => isIn(each, state)), next };
}

/** Of its chain, as it stands now: for who has just joined. */
export async function chainHead(store: Store, session: SessionId): Promise<ChainHead> {
  const { head } = await store.read({
    head: { find: "streamHead", by: { stream: `session:${session}` } },
  });
  if (head === undefined) throw new RangeError("a session that was joined has no chain");
  return { position: head.position, hash: head.hash };
}
