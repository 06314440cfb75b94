/** Pages and their cursors: opaque, only this broker's, and bound to who asked for which list [API-5]. */
import { limits, type PageQuery, type Refusal } from "@parley/protocol";
import type { BrokerKeys } from "../../keys.js";
import type { Page } from "../../records/identities.js";

interface Asked {
  readonly query: PageQuery;
  /** Principal, list and filters: a cursor works nowhere else. */
  readonly boundTo: string;
  /** Of the record: positions of another era say nothing about this one. */
  readonly era: number;
  readonly now: number;
}

export interface PageView<V> {
  readonly items: readonly V[];
  readonly nextCursor: string | null;
}

interface Begins<A> {
  readonly era: number;
  readonly after: A | null;
}

/** Reads one page: `after` comes out of the caller's cursor, and goes back into the next one. */
export async function readPage<T, A, V>(
  keys: BrokerKeys,
  asked: Asked,
  read: (paging: { readonly after: A | null; readonly limit: number }) => Promise<Page<T, A> | Refusal>,
  view: (item: T) => V,
): Promise<PageView<V> | Refusal> {
  const { query, boundTo, era, now } = asked;
  const limit = query.limit ?? limits.pageDefault;
  const opened = query.cursor === undefined ? null : keys.unseal(query.cursor, boundTo, now);
  if (opened === undefined) return { code: "cursor.invalid" };
  // Sealed by us with an authenticated cipher: nobody else can have written it.
  const begins: Begins<A> = opened === null ? { era, after: null } : JSON.parse(opened);
  if (begins.era !== era) return { code: "cursor.era" };
  const page = await read({ after: begins.after, limit });
  if ("code" in page) return page;
  const nextCursor =
    page.next === null
      ? null
      : keys.seal(JSON.stringify({ era, after: page.next } satisfies Begins<A>), boundTo);
  return { items: page.items.map(view), nextCursor };
}
