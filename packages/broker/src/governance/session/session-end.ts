/** How a session ends, hard or gently, and the fact that says so: the last of its chain. */
import {
  type CommandId,
  isHardEnding,
  limits,
  type PrincipalId,
  type SessionEnding,
  type SessionId,
} from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { Ending, Life } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, sessionStream } from "../fact.js";
import type { Effects } from "../verdict.js";
import type { Flow, LastEnvelopes, SideFlow } from "./envelope-entities.js";
import { handledOf } from "./flow.js";

export const endingOf = (
  reason: SessionEnding,
  by: PrincipalId | "broker",
  more: Partial<Ending> = {},
): Ending => ({ reason, by, detail: null, side: null, rule: null, limit: null, used: null, ...more });

export function closedLife(life: Life, ending: Ending, closedAt: Millis): Extract<Life, { state: "closed" }> {
  const accepted = life.state === "accepted" || life.state === "active" ? life : undefined;
  return {
    state: "closed",
    closedAt,
    ending,
    acceptedAt: accepted?.acceptedAt ?? null,
    acceptedBy: accepted?.acceptedBy ?? null,
    activeAt: life.state === "active" ? life.activeAt : null,
  };
}

/** [SES-15] The last fact of the chain, and no deadline after it. What is over was over before somebody came to write so. */
export function closeStanding(
  { session, consumer, provider, flow }: SessionStanding,
  ending: Ending,
  because: { readonly id: CommandId },
  closedAt: Millis,
): SessionStanding & Pick<Effects, "facts" | "work"> {
  const life = closedLife(session.life, ending, closedAt);
  const told = { actor: ending.by, cause: because.id, subject: session.id };
  const sides = { consumer: lastOf(flow.consumer), provider: lastOf(flow.provider) };
  const data = { session: session.id, life, sides };
  return {
    session: { ...session, life },
    consumer: { ...consumer, state: "closed" },
    provider: { ...provider, state: "closed" },
    flow,
    facts: [happened(sessionStream(session.id), "session.closed", told, data)],
    work: [
      { do: "drop", table: "deadlines", key: { kind: "session.expire", subject: session.id } },
      { do: "put", table: "receiptDues", row: { session: session.id, closedAt } },
      ...erasedNext(session.id, flow, closedAt),
      ...leftToProvider({ session: { ...session, life }, provider, flow }),
    ],
  };
}

/** The last envelope of a side that was accepted, handed to a connection, and acknowledged. */
const lastOf = ({ sent: { n }, handled }: SideFlow): LastEnvelopes => ({
  accepted: n,
  handed: handled?.handed ?? 0,
  acknowledged: handled?.n ?? 0,
});

/** [ENV-16] What is not kept beyond the close goes at once; the same command says when the rest does. */
function erasedNext(
  subject: SessionId,
  { consumer, provider }: Flow,
  dueAt: Millis,
): readonly WorkingChange[] {
  if (consumer.sent.n + provider.sent.n === 0) return [];
  return [{ do: "put", table: "deadlines", row: { kind: "payloads.erase", subject, dueAt } }];
}

/** [SES-25] Whoever serves it for the provider is offered what is left: nothing else tells an agent that was never there. */
function leftToProvider({
  session: { id: session, capability, life },
  provider: { agent, instance, joinedAt, openedAt },
  flow: { consumer },
}: Pick<SessionStanding, "session" | "provider" | "flow">): readonly WorkingChange[] {
  if (life.state !== "closed" || !mayBeLeft(life.ending)) return [];
  if (consumer.sent.n === handledOf(consumer).n) return [];
  const until = life.closedAt + limits.drainSeconds * 1_000;
  const held = joinedAt === null ? null : instance;
  const row = { session, agent, capability, instance: held, openedAt, until };
  return [{ do: "put", table: "drains", row }];
}

/** Who has completed it itself has had what it wanted. */
const mayBeLeft = ({ reason }: Ending): boolean =>
  reason !== "completed_by_provider" && !isHardEnding(reason);
