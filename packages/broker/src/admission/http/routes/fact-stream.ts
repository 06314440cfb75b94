/**
 * The record as it grows [API-19]: what is looked for in facts, from a place on and then as it happens. Read by cursor from the
 * record, each time as whoever listens stands at that moment: who may not look back any more is told nothing more.
 */
import { factSchema, factStreamQuery, limits, type Refusal } from "@parley/protocol";
import type { Clock } from "../../../clock.js";
import type { BrokerKeys } from "../../../keys.js";
import type { FactFilter, LogPlace } from "../../../records/facts.js";
import type { Records } from "../../../records/records.js";
import { viewFact } from "../../present/identities.js";
import { type EventStreams, eventOf, type Listener, stillHere, type Telling } from "../event-stream.js";
import { oneHeader } from "../headers.js";
import { type Authenticated, forPrincipals, type Route } from "../route.js";
import { none, noParams } from "../schemas.js";
import { filterOf } from "./record.js";

const name = "streamFacts";
const heartbeatMs = 15_000;
/** However much happens, the record is looked at this often at most: what is settled is so by the second. */
const lookEachMs = 200;

interface Needs {
  readonly records: Records;
  readonly keys: BrokerKeys;
  readonly clock: Clock;
  readonly streams: EventStreams;
}

interface Listening {
  readonly by: Authenticated;
  readonly filter: FactFilter;
  readonly after: LogPlace | null;
  /** Spells a place of the record, for this listener and this filter. */
  spell(place: LogPlace | null): string | null;
}

export const factStreamRoute = (needs: Needs): Route =>
  forPrincipals({
    method: "GET",
    path: "/v1/audit/stream",
    name,
    tag: "record",
    summary:
      "Follow the facts that one's organisation reads, as server-sent events; Last-Event-ID goes on after one",
    allowed: "admin, auditor; platform the broker's own",
    streams: true,
    params: noParams,
    query: factStreamQuery,
    body: none,
    answers: { 200: factSchema },
    async handle({ by, query, request, now }) {
      const { records, keys, streams } = needs;
      const speaker = await records.speaker(by.caller);
      if ("code" in speaker) return speaker;
      const boundTo = JSON.stringify([name, by.caller.principal, query]);
      const begins = placeOf(keys, oneHeader(request, "last-event-id"), boundTo, speaker.era, now);
      if (begins !== null && "code" in begins) return begins;
      const filter = filterOf(query);
      const spell = (place: LogPlace | null) =>
        place && keys.seal(JSON.stringify({ era: speaker.era, after: place }), boundTo);
      const refusal = records.mayFollow(speaker.principal);
      const seat = refusal ?? streams.take(by.caller.principal);
      if ("code" in seat) return seat;
      return {
        status: 200,
        body: null,
        events: { seat, tell: follow(needs, { by, filter, after: begins, spell }) },
      };
    },
  });

/** Where it goes on; null: from the beginning. */
function placeOf(
  keys: BrokerKeys,
  id: string | undefined,
  boundTo: string,
  era: number,
  now: number,
): LogPlace | null | Refusal {
  if (id === undefined) return null;
  const opened = keys.unseal(id, boundTo, now);
  if (opened === undefined) return { code: "cursor.invalid" };
  // Sealed by us with an authenticated cipher: nobody else can have written it.
  const begins = JSON.parse(opened) as { readonly era: number; readonly after: LogPlace };
  return begins.era === era ? begins.after : { code: "cursor.era" };
}

const follow =
  (needs: Needs, listening: Listening): Telling =>
  async (listener) => {
    const commits = new Commits(listener.gone, needs.records.watch);
    try {
      await tellAll(needs, listening, listener, commits);
    } finally {
      commits.stop();
    }
  };

async function tellAll(
  { records, clock }: Needs,
  { by, filter, after: begins, spell }: Listening,
  { gone, tell }: Listener,
  commits: Commits,
): Promise<void> {
  let [after, toldAt] = [begins, clock.now() - heartbeatMs];
  while (!gone.aborted) {
    commits.seen();
    const now = clock.now();
    const speaker = await records.speaker(by.caller);
    if ("code" in speaker || now >= by.expiresAt) return;
    const page = await records.followFacts(speaker.principal, { after, limit: limits.pageDefault }, filter);
    if ("code" in page) return;
    after = page.upTo;
    const events = page.found.map(({ record, place }) => eventOf(spell(place) ?? "", viewFact(record)));
    if (events.length === 0 && now - toldAt >= heartbeatMs) events.push(stillHere(spell(after)));
    if (events.length > 0) {
      toldAt = now;
      await tell(events.join(""));
    }
    if (page.isOver) await commits.next(Math.min(toldAt + heartbeatMs, by.expiresAt) - now);
  }
}

/** Whether something was committed since it was last looked at; who waits for the next one is not told more often than is of use. */
class Commits {
  readonly stop: () => void;
  readonly #gone: AbortSignal;
  #isNew = false;
  #wake: () => void = () => undefined;

  constructor(gone: AbortSignal, watch: Records["watch"]) {
    this.#gone = gone;
    this.stop = watch(() => {
      this.#isNew = true;
      this.#wake();
    });
  }

  seen(): void {
    this.#isNew = false;
  }

  /** Or until so much time has passed, or nobody listens. */
  async next(ms: number): Promise<void> {
    await this.#pass(lookEachMs);
    if (!this.#isNew && ms > lookEachMs) await this.#pass(ms - lookEachMs, "or a commit");
  }

  #pass(ms: number, sooner?: "or a commit"): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#gone.removeEventListener("abort", done);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#gone.addEventListener("abort", done, { once: true });
      if (sooner) this.#wake = done;
      if (this.#gone.aborted) done();
    });
  }
}
