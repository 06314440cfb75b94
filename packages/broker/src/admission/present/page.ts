/** Pages and their cursors: opaque, only this broker's, and bound to who asked for which list [API-5]. */
import { limits, type PageQuery, type Refusal } from "@parley/protocol";
import type { BrokerKeys } from "../../keys.js";
import type { Page, Paging } from "../../records/page.js";

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

/** Reads one page. */
export async function readPage<T, A, V>(
  keys: BrokerKeys,
  asked: Asked,
  read: (paging: Paging<A>) => Promise<Page<T, A> | Refusal>,
  view: (item: T) => V,
): Promise<PageView<V> | Refusal> {
  return readPaged(
    keys,
    asked,
    async (paging: Paging<A>) => {
      const page = await read(paging);
      return "code" in page ? page : { page };
    },
    ({ page }, nextCursor) => ({ items: page.items.map(view), nextCursor }),
  );
}

/** Reads what has a page: `after` comes out of the caller's cursor, and goes back into the next one. */
export async function readPaged<R extends { readonly page: Page<unknown, A> }, A, V>(
  keys: BrokerKeys,
  asked: Asked,
  read: (paging: Paging<A>) => Promise<R | Refusal>,
  view: (found: R, nextCursor: string | null) => V,
): Promise<V | Refusal> {
  const { query, boundTo, era, now } = asked;
  const limit = query.limit ?? limits.pageDefault;
  const opened = query.cursor === undefined ? null : keys.unseal(query.cursor, boundTo, now);
  if (opened === undefined) return { code: "cursor.invalid" };
  // Sealed by us with an authenticated cipher: nobody else can have written it.
  const begins: Begins<A> = opened === null ? { era, after: null } : JSON.parse(opened);
  if (begins.era !== era) return { code: "cursor.era" };
  const found = await read({ after: begins.after, limit });
  if ("code" in found) return found;
  const { next } = found.page;
  const sealed =
    next === null ? null : keys.seal(JSON.stringify({ era, after: next } satisfies Begins<A>), boundTo);
  return view(found, sealed);
}
