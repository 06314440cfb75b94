/** Routes that look back: who asks is read as it stands now, and lists come in pages with sealed cursors. */
import { type PageQuery, pageOf, type Refusal } from "@parley/protocol";
import type { z } from "zod";
import type { Principal } from "../../governance/question.js";
import type { BrokerKeys } from "../../keys.js";
import type { Page, Paging, Records } from "../../records/identities.js";
import { ok } from "./answer.js";
import { readPage } from "./page.js";
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

interface One<P extends z.ZodType> extends About<P> {
  readonly shows: z.ZodType;
  show(
    principal: Principal,
    asking: AskingPrincipal<z.output<P>, unknown, unknown>,
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

export interface Look {
  one<P extends z.ZodType>(given: One<P>): Route;
  page<P extends z.ZodType, Q extends z.ZodType<PageQuery>, T, A>(given: Listed<P, Q, T, A>): Route;
}

export function openLook(records: Records, keys: BrokerKeys): Look {
  return {
    one: ({ shows, show, ...about }) =>
      forPrincipals({
        ...about,
        method: "GET",
        query: noQuery,
        body: none,
        answers: { 200: shows },
        async handle(asking) {
          const speaker = await records.speaker(asking.by.caller);
          return "code" in speaker ? speaker : show(speaker.principal, asking);
        },
      }),
    page: ({ item, list, view, ...about }) =>
      forPrincipals({
        ...about,
        method: "GET",
        body: none,
        answers: { 200: pageOf(item) },
        async handle(asking) {
          const { by, params, now } = asking;
          const speaker = await records.speaker(by.caller);
          if ("code" in speaker) return speaker;
          const { principal, era } = speaker;
          const { limit: _limit, cursor: _cursor, ...filters } = asking.query;
          const boundTo = JSON.stringify([about.name, by.caller.principal, params, filters]);
          const asked = { query: asking.query, boundTo, era, now };
          const page = await readPage(
            keys,
            asked,
            (paging: Parameters<typeof list>[1]) => list(principal, paging, asking),
            (row) => view(row, now),
          );
          return "code" in page ? page : ok(page);
        },
      }),
  };
}
