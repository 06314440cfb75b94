/** Pages and their cursors: opaque, only this broker's, and bound to who asked for which list [API-5]. */
import { limits, type PageQuery, type Refusal } from "@parley/protocol";
import type { BrokerKeys } from "../../keys.js";
import type { Page } from "../../records/identities.js";

interface Asked {
  readonly query: PageQuery;
  /** Principal, list and filters: a cursor works nowhere else. */
  readonly boundTo: string;
  readonly now: number;
}

export interface PageView<V> {
  readonly items: readonly V[];
  readonly nextCursor: string | null;
}

/** Reads one page: `after` comes out of the caller's cursor, and goes back into the next one. */
export async function readPage<T, A, V>(
  keys: BrokerKeys,
  asked: Asked,
  read: (paging: { readonly after: A | null; readonly limit: number }) => Promise<Page<T, A> | Refusal>,
  view: (item: T) => V,
): Promise<PageView<V> | Refusal> {
  const { query, boundTo, now } = asked;
  const limit = query.limit ?? limits.pageDefault;
  const opened = query.cursor === undefined ? "null" : keys.unseal(query.cursor, boundTo, now);
  if (opened === undefined) return { code: "cursor.invalid" };
  // Sealed by us with an authenticated cipher: nobody else can have written it.
  const page = await read({ after: JSON.parse(opened) as A | null, limit });
  if ("code" in page) return page;
  const nextCursor = page.next === null ? null : keys.seal(JSON.stringify(page.next), boundTo);
  return { items: page.items.map(view), nextCursor };
}
