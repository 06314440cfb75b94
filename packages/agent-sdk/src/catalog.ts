/** What this agent may engage, as the broker shows it now: looked up, page after page, or watched as it changes. */
import {
  type Call,
  type CatalogItemView,
  canonicalJson,
  catalogItemSchema,
  type Json,
  limits,
  pageOf,
} from "@parley/protocol";
import { z } from "zod";
import type { CallOptions } from "./calls.js";
import type { Link } from "./link.js";
import { patiently } from "./patience.js";
import { isRefused } from "./refusal.js";
import { randomText } from "./statements.js";
import { Wakeup } from "./wakeup.js";

type Search = Extract<Call, { call: "search" }>;

/** `capability`: exactly this one, or all that begin so (`markets.*`). What is left out does not narrow. */
export type CatalogFilter = Omit<Search, "id" | "call" | "limit" | "cursor">;

/** An advertisement in a workgroup, as it was found. */
export interface Offer extends CatalogItemView {
  /** The one capability that was searched for: what `engage` proposes when it is not told another. */
  readonly sought?: string;
}

/** What has happened to something that this agent may engage. */
export interface CatalogChange {
  /** `gone`: it cannot be engaged any more, for whatever reason. */
  readonly change: "appeared" | "changed" | "gone";
  /** As it is, or was when it was last seen. */
  readonly item: Offer;
}

const page = pageOf(catalogItemSchema);
const anything = z.unknown();
/** The broker's word that something has changed may be lost: then this is how late it is noticed. */
const lookMs = 60_000;

/** What this agent may engage, as `agent.catalog`. */
export class Catalog {
  readonly #link: Link;

  /** @internal An agent has one. */
  constructor(link: Link) {
    this.#link = link;
  }

  /** The first of what is found: as many as `limit` says (50 if it says nothing). */
  async search(
    { limit = limits.pageDefault, ...filter }: CatalogFilter & { readonly limit?: number } = {},
    options: CallOptions = {},
  ): Promise<Offer[]> {
    const offers: Offer[] = [];
    // A page may be shorter than what was asked for, where offers are long.
    for await (const offer of this.#pages(filter, Math.min(limit, limits.pageMax), options)) {
      offers.push(offer);
      if (offers.length >= limit) break;
    }
    return offers;
  }

  /** All that is found, page after page. */
  all(filter: CatalogFilter = {}, options: CallOptions = {}): AsyncGenerator<Offer, void, void> {
    return this.#pages(filter, limits.pageMax, options);
  }

  /**
   * What is there, each as `appeared`, and from then on what appears, changes or goes, until the loop is left or the
   * signal aborts. It goes on over lost connections; what came and went in the meantime is not told.
   */
  async *watch(
    filter: CatalogFilter = {},
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<CatalogChange, void, void> {
    const ends = signal === undefined ? this.#link.signal : AbortSignal.any([signal, this.#link.signal]);
    const watch = randomText();
    const wakeup = new Wakeup(this.#link.client.exchange.clock, ends);
    const stops = [
      this.#link.on("event", (event) => {
        if (event.event === "catalog.changed" && event.watch === watch) wakeup.wake("changed");
      }),
      this.#link.on("connected", () => wakeup.wake("connected")),
    ];
    const known = new Map<string, Offer>();
    // It is to go on for as long as it is wanted: a busy broker is asked again for ever.
    const patience = { signal: ends, attempts: Number.POSITIVE_INFINITY };
    const again = <T>(ask: () => Promise<T>) => patiently(this.#link, ask, patience);
    try {
      for (let why = "connected"; ; why = await wakeup.next(lookMs)) {
        // The watch stands before the search begins: what changes in between is told.
        const asked = { call: "watch" as const, watch, ...filter };
        if (why === "connected") await again(() => this.#say(asked, ends));
        yield* await again(() => this.#compare(known, filter, ends));
      }
    } finally {
      for (const stop of stops) stop();
      if (this.#link.isConnected) this.#link.background(this.#unwatch(watch));
    }
  }

  async #compare(
    known: Map<string, Offer>,
    filter: CatalogFilter,
    signal: AbortSignal,
  ): Promise<CatalogChange[]> {
    const found = new Map<string, Offer>();
    for await (const item of this.all(filter, { signal })) {
      found.set(`${item.advertisement} ${item.workgroup.id}`, item);
    }
    const changes: CatalogChange[] = [];
    for (const [key, item] of found) {
      const before = known.get(key);
      if (before === undefined) changes.push({ change: "appeared", item });
      else if (spell(before) !== spell(item)) changes.push({ change: "changed", item });
    }
    for (const [key, item] of known) if (!found.has(key)) changes.push({ change: "gone", item });
    known.clear();
    for (const [key, item] of found) known.set(key, item);
    return changes;
  }

  async *#pages(
    filter: CatalogFilter,
    limit: number,
    options: CallOptions,
  ): AsyncGenerator<Offer, void, void> {
    for (let cursor: string | undefined; ; ) {
      const found = await this.#page(filter, { limit, cursor }, options);
      yield* found.items;
      if (found.nextCursor === null) return;
      cursor = found.nextCursor;
    }
  }

  async #page(
    filter: CatalogFilter,
    { limit, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
    options: CallOptions,
  ): Promise<{ readonly items: Offer[]; readonly nextCursor: string | null }> {
    const found = await this.#link.calls.call({ call: "search", ...filter, limit, cursor }, page, options);
    return { items: found.items.map((item) => soughtIn(item, filter)), nextCursor: found.nextCursor };
  }

  async #say(asked: Parameters<Link["calls"]["call"]>[0], signal: AbortSignal): Promise<void> {
    await this.#link.calls.call(asked, anything, { signal });
  }

  async #unwatch(watch: string): Promise<void> {
    try {
      await this.#link.calls.call({ call: "unwatch", watch }, anything);
    } catch (error) {
      // A connection that came after knows of no such watch.
      if (!isRefused(error, "not-found")) throw error;
    }
  }
}

const spell = (item: Offer): string => canonicalJson(item as unknown as Json);

function soughtIn(item: CatalogItemView, { capability }: CatalogFilter): Offer {
  const isOne = item.capabilities.some(({ name }) => name === capability);
  return isOne && capability !== undefined ? { ...item, sought: capability } : item;
}
