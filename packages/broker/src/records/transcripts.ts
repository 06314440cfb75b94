/**
 * What has happened in a session, in the order of its chain, for whoever sees the session [API-17]: its facts, and in
 * place of a segment each envelope of it. What is asked for beyond that a session is seen is asked by nobody else.
 */
import type { InstanceId, Refusal, SideName } from "@parley/protocol";
import { type FactContent, type FactData, sessionStream } from "../governance/fact.js";
import type { Principal } from "../governance/question.js";
import type { Entry } from "../governance/session/envelope-entities.js";
import { no } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import { cut, type Page, type Paging } from "./page.js";
import { sessionSeen } from "./sessions.js";

/** The kinds of facts that a session's chain has. */
export type ChainKind = Exclude<Extract<keyof FactData, `session.${string}`>, "session.undelivered">;

/** One envelope of a segment. */
export interface EnvelopeSent extends Entry {
  readonly side: SideName;
  readonly instance: InstanceId;
  readonly n: number;
  readonly seq: number;
}

/** What a fact of that kind says. */
export type Told<K extends ChainKind> = FactContent<K>;
type ContentOf<K extends ChainKind> = K extends "session.sent" ? EnvelopeSent : Told<K>;

interface Placed {
  readonly position: number;
  readonly at: number;
  /** Which of those of its fact, and whether the last. */
  readonly index: number;
  readonly isLast: boolean;
}

/** One line of a transcript. A content is null when the record has let go of it. */
export type Happening = {
  readonly [K in ChainKind]: Placed & { readonly kind: K; readonly content: ContentOf<K> | null };
}[ChainKind];

/** The first that is not read yet. */
export interface TranscriptPlace {
  readonly position: number;
  readonly index: number;
}

export async function readTranscript(
  store: Store,
  principal: Principal,
  id: string,
  { after: from, limit }: Paging<TranscriptPlace>,
  afterPosition: number,
): Promise<Page<Happening, TranscriptPlace> | Refusal> {
  const { found } = await sessionSeen(store, principal, id);
  if (found === undefined) return no("not-found");
  const after = from === null ? afterPosition : from.position - 1;
  const by = { stream: sessionStream(found.session.id), after, limit: limit + 1, kind: null };
  const { facts } = await store.read({ facts: { find: "factsPage", by } });
  return cut(happeningsFrom(from, facts, limit + 1), limit, placeAfter);
}

/** So many, and no content is read that none of them is of. */
function happeningsFrom(from: TranscriptPlace | null, facts: readonly StoredFact[], most: number) {
  const found: Happening[] = [];
  for (const fact of facts) {
    if (found.length >= most) break;
    found.push(...happeningsIn(fact).filter(({ position, index }) => isFrom(from, position, index)));
  }
  return found;
}

const isFrom = (from: TranscriptPlace | null, position: number, index: number): boolean =>
  from === null || position > from.position || index >= from.index;

const placeAfter = ({ position, index, isLast }: Happening): TranscriptPlace =>
  isLast ? { position: position + 1, index: 0 } : { position, index: index + 1 };

function happeningsIn({ skeleton, contentText }: StoredFact): readonly Happening[] {
  const { position, at, kind } = skeleton;
  const content = contentText === null ? null : (JSON.parse(contentText) as FactContent);
  if (kind === "session.sent" && content !== null)
    return envelopesIn((content as FactContent<"session.sent">).data, { position, at });
  // The stream of a session has facts of these kinds, each with the content of its kind.
  return [{ position, at, kind, index: 0, isLast: true, content } as unknown as Happening];
}

const envelopesIn = (
  { side, instance, n, seq, entries }: FactData["session.sent"],
  placed: Pick<Placed, "position" | "at">,
): readonly Happening[] =>
  entries.map((entry, index) => ({
    ...placed,
    kind: "session.sent",
    index,
    isLast: index === entries.length - 1,
    content: { ...entry, side, instance, n: n + index, seq: seq + index },
  }));
