/** Routes that look back: who asks is read as it stands now, and lists come in pages with sealed cursors. */
import { type PageQuery, pageOf, type Refusal } from "@parley/protocol";
import type { z } from "zod";
import type { Principal } from "../../governance/question.js";
import type { BrokerKeys } from "../../keys.js";
import type { Page, Paging } from "../../records/page.js";
import type { Records } from "../../records/records.js";
import { readPage, readPaged } from "../present/page.js";
import { ok } from "./answer.js";
import { type AskingPrincipal, forPrincipals, type Reply, type Route } from "./route.js";
import { none, noQuery } from "./schemas.js";

interface About<P extends z.ZodType> {
  readonly path: string;
  readonly name: string;
  readonly tag: string;
  readonly summary: string;
  readonly allowed: string;
  readonly params: P;
}

interface One<P extends z.ZodType, Q extends z.ZodType> extends About<P> {
  readonly query?: Q;
  readonly shows: z.ZodType;
  show(
    principal: Principal,
    asking: AskingPrincipal<z.output<P>, z.output<Q>, unknown>,
  ): Promise<Reply | Refusal>;
}

interface Listed<P extends z.ZodType, Q extends z.ZodType, T, A> extends About<P> {
  readonly item: z.ZodType;
  /** `pageQuery`, or one that extends it. */
  readonly query: Q;
  list(
    principal: Principal,
    paging: Paging<A>,
    asking: AskingPrincipal<z.output<P>, z.output<Q>, unknown>,
  ): Promise<Page<T, A> | Refusal>;
  view(item: T, now: number): unknown;
}

/** One thing of which a part comes in pages. */
interface Paged<P extends z.ZodType, Q extends z.ZodType, R, A> extends About<P> {
  readonly query: Q;
  readonly shows: z.ZodType;
  read(
    principal: Principal,
    paging: Paging<A>,
    asking: AskingPrincipal<z.output<P>, z.output<Q>, unknown>,
  ): Promise<R | Refusal>;
  view(found: R, nextCursor: string | null): unknown;
}

export interface Look {
  one<P extends z.ZodType, Q extends z.ZodType = typeof noQuery>(given: One<P, Q>): Route;
  page<P extends z.ZodType, Q extends z.ZodType<PageQuery>, T, A>(given: Listed<P, Q, T, A>): Route;
  paged<
    P extends z.ZodType,
    Q extends z.ZodType<PageQuery>,
    R extends { readonly page: Page<unknown, A> },
    A,
  >(given: Paged<P, Q, R, A>): Route;
}

export function openLook(records: Records, keys: BrokerKeys): Look {
  return {
    one: ({ shows, show, query, ...about }) =>
      forPrincipals({
        ...about,
        method: "GET",
        query: query ?? noQuery,
        body: none,
        answers: { 200: shows },
        async handle(asking) {
          const speaker = await records.speaker(asking.by.caller);
          if ("code" in speaker) return speaker;
          return show(speaker.principal, asking as Parameters<typeof show>[1]);
        },
      }),
    page: ({ item, list, view, ...about }) =>
      forPrincipals({
        ...about,
        method: "GET",
        body: none,
        answers: { 200: pageOf(item) },
        async handle(asking) {
          const speaker = await records.speaker(asking.by.caller);
          if ("code" in speaker) return speaker;
          const page = await readPage(
            keys,
            askedOf(about.name, asking, speaker.era),
            (paging: Parameters<typeof list>[1]) => list(speaker.principal, paging, asking),
            (row) => view(row, asking.now),
          );
          return "code" in page ? page : ok(page);
        },
      }),
    paged: ({ shows, read, view, ...about }) =>
      forPrincipals({
        ...about,
        method: "GET",
        body: none,
        answers: { 200: shows },
        async handle(asking) {
          const speaker = await records.speaker(asking.by.caller);
          if ("code" in speaker) return speaker;
          const found = await readPaged(
            keys,
            askedOf(about.name, asking, speaker.era),
            (paging: Parameters<typeof read>[1]) => read(speaker.principal, paging, asking),
            (record, nextCursor) => ({ shown: view(record, nextCursor) }),
          );
          return "code" in found ? found : ok(found.shown);
        },
      }),
  };
}

/** [API-5] A cursor is for who asks, for this list and this filter. */
function askedOf(
  name: string,
  { by, params, query, now }: AskingPrincipal<unknown, PageQuery, unknown>,
  era: number,
) {
  const { limit: _limit, cursor: _cursor, ...filters } = query;
  return { query, boundTo: JSON.stringify([name, by.caller.principal, params, filters]), era, now };
}
