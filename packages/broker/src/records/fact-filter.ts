/** What somebody looks for in the record: by which kinds and things, and whether one fact is such a one [API-18]. */
import type { FactContent } from "../governance/fact.js";
import { type Audience, audiences, factKinds, refusedKinds } from "../governance/fact-kinds.js";
import { thingsIn } from "../governance/things.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import { isSessionStream } from "../ledger/stream.js";

/** Null is anything. What names something is taken as it was typed. */
export interface FactFilter {
  readonly stream: string | null;
  /** One, or all whose first word it is: `session.*`. */
  readonly kind: string | null;
  readonly decision: "accepted" | "refused" | null;
  /** From the first on, and before the second. */
  readonly from: number | null;
  readonly to: number | null;
  readonly actor: string | null;
  readonly agent: string | null;
  readonly instance: string | null;
  readonly workgroup: string | null;
  readonly session: string | null;
  readonly contract: string | null;
  readonly correlation: string | null;
}

const isOfKind = (wanted: string | null, kind: string): boolean => {
  if (wanted === null) return true;
  return wanted.endsWith(".*") ? kind.startsWith(wanted.slice(0, -1)) : kind === wanted;
};

/** The kinds that are wanted, or null where every kind is. */
export function kindsOf({ kind, decision }: FactFilter): readonly string[] | null {
  if (kind === null && decision === null) return null;
  const isDecided = (one: (typeof factKinds)[number]) =>
    decision === null || refusedKinds.has(one) === (decision === "refused");
  return factKinds.filter((one) => isOfKind(kind, one) && isDecided(one));
}

/** Of those, the ones that stand in streams of one audience. */
export const kindsFor = (kinds: readonly string[] | null, audience: Audience): readonly string[] | null =>
  kinds === null
    ? null
    : kinds.filter((kind) => (audiences as Readonly<Record<string, Audience>>)[kind] === audience);

/** What a fact outside of sessions has to name, each of them. */
export const namedBy = ({ agent, instance, workgroup, session, contract }: FactFilter): readonly string[] =>
  [instance, session, contract, agent, workgroup].filter((thing) => thing !== null);

/**
 * Whether a fact is wanted, by what it says itself. Which agents, workgroup and contract a session's facts are about is
 * not said by each of them: whoever reads its stream has asked that of the session.
 */
export function isWanted(filter: FactFilter, kinds: ReadonlySet<string> | null, fact: StoredFact): boolean {
  const { at, kind, stream } = fact.skeleton;
  const { from, to } = filter;
  if ((from !== null && at < from) || (to !== null && at >= to)) return false;
  if (kinds !== null && !kinds.has(kind)) return false;
  const things = isSessionStream(stream) ? ofSession(filter, stream) : namedBy(filter);
  if (things === null) return false;
  const { actor, correlation } = filter;
  if (things.length === 0 && actor === null && correlation === null) return true;
  if (fact.contentText === null) return false;
  const { contentText } = fact;
  const wanted = [...things, ...[actor, plainly(correlation)].filter((text) => text !== null)];
  // Before it is parsed: most of what is looked at names nothing of it. A workgroup's stream is about it without saying so.
  if (!wanted.every((thing) => contentText.includes(thing) || stream === `workgroup:${thing}`)) return false;
  const content = JSON.parse(contentText) as FactContent;
  return (
    (actor === null || content.actor === actor) &&
    (correlation === null || isCorrelated(content, kind, correlation)) &&
    isNaming(content, stream, things)
  );
}

/** What stands in a content as it is, however it is quoted there. */
const plainly = (text: string | null): string | null =>
  text !== null && /^[\w.:-]+$/.test(text) ? text : null;

/** What remains to be named in a fact of a session's chain; null where it is another session's. */
function ofSession({ session, instance }: FactFilter, stream: string): readonly string[] | null {
  if (session !== null && stream !== `session:${session}`) return null;
  return instance === null ? [] : [instance];
}

function isNaming(content: FactContent, stream: string, things: readonly string[]): boolean {
  if (things.length === 0) return true;
  const named = thingsIn(content);
  return things.every((thing) => named.has(thing) || stream === `workgroup:${thing}`);
}

/** The command that it came from, or what the sender of one of its envelopes has written. */
function isCorrelated(content: FactContent, kind: string, correlation: string): boolean {
  if (content.cause === correlation) return true;
  if (kind !== "session.sent") return false;
  const { entries } = content.data as FactContent<"session.sent">["data"];
  return entries.some(
    ({ header }) => (JSON.parse(header) as { correlationId?: string }).correlationId === correlation,
  );
}
