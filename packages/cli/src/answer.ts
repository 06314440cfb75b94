/** How a command answers: exactly what REST answered for scripts, columns for people. */
import { type Ask, ParleyFault } from "@parley/agent-sdk";
import { pageOf } from "@parley/protocol";
import type { z } from "zod";
import type { Invocation, Speaker } from "./invocation.js";
import { type Column, details, table } from "./table.js";

export interface Read<S extends z.ZodType> {
  readonly body: unknown;
  readonly value: z.output<S>;
}

export async function read<S extends z.ZodType>(
  speaker: Pick<Speaker, "send">,
  schema: S,
  ask: Ask,
): Promise<Read<S>> {
  const { body } = await speaker.send(ask);
  const parsed = schema.safeParse(body);
  if (parsed.success) return { body, value: parsed.data };
  throw new ParleyFault(
    `${ask.method} ${ask.path}: the broker's answer makes no sense to this version of parley`,
    "never",
    parsed.error,
  );
}

/** JSON leaves these as they are, and a terminal obeys them or hides them. */
const unseen = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
const escaped = (text: string): string =>
  [...Array(text.length).keys()]
    .map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");

/** The same JSON, with nothing in it that a terminal would obey. */
export const jsonLine = (body: unknown): string => JSON.stringify(body).replace(unseen, escaped);
export const json = (body: unknown): string => JSON.stringify(body, null, 2).replace(unseen, escaped);

/** Prints the answer itself with `--json`, otherwise what `forPeople` makes of it. */
export function answer<S extends z.ZodType>(
  { json: asJson, terminal }: Invocation,
  { body, value }: Read<S>,
  forPeople: (value: z.output<S>) => string,
): void {
  terminal.out(asJson ? json(body) : forPeople(value));
}

export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Listing<S extends z.ZodType> {
  readonly path: string;
  readonly item: S;
  readonly columns: readonly Column<z.output<S>>[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** What to say when there is nothing. */
  readonly none: string;
}

/** One page of a list, and how to get the next. Answers how many there were on it. */
export async function list<S extends z.ZodType>(
  invocation: Invocation,
  speaker: Speaker,
  { path, item, columns, query, none }: Listing<S>,
  { limit, cursor }: PageOptions,
): Promise<number> {
  const ask = { method: "GET", path, query: { ...query, limit, cursor } } as const;
  const page = await read(speaker, pageOf(item), ask);
  const items: readonly z.output<S>[] = page.value.items;
  if (invocation.json) invocation.terminal.out(json(page.body));
  else if (items.length === 0) invocation.terminal.note(none);
  else invocation.terminal.out(table(items, columns));
  noteMore(invocation, page.value.nextCursor);
  return items.length;
}

export function noteMore({ json, terminal }: Invocation, nextCursor: string | null): void {
  if (!json && nextCursor !== null) terminal.note(`There is more: add --cursor ${nextCursor}`);
}

export const detailsOf =
  <T>(columns: readonly Column<T>[]) =>
  (value: T): string =>
    details(value, columns);
