/**
 * The rows that matter to one agent as they were at a moment: its organisation's own stream, the workgroups in which it
 * can have been, and the own streams of those that were in them with it. Never more is read than a limit allows, one
 * after the other, beside the main thread.
 */
import { limits, type OrganisationId, type Refusal, type WorkgroupId } from "@parley/protocol";
import { homeOf } from "../governance/caller.js";
import { type FactContent, type FactKind, streamOf, workgroupStream } from "../governance/fact.js";
import type { Principal } from "../governance/question.js";
import { idOf } from "../governance/standing.js";
import { no } from "../governance/verdict.js";
import { factsUntil, replay, type Tables } from "../ledger/replay.js";
import type { Store } from "../ledger/store.js";
import type { Skeleton, StoredFact } from "../ledger/stored-fact.js";
import type { Forgotten, View } from "./reach-view.js";
import { Searches } from "./searches.js";

export interface Past {
  readonly rows: Store;
  /** Of what its organisation reads: what the record does not know any more. */
  readonly forgotten: readonly Forgotten[];
}

const standing = ["suspended", "resumed", "revoked"] as const;
const othersKinds: readonly FactKind[] = [
  "organisation.created",
  ...standing.map((what) => `organisation.${what}` as const),
  "agent.created",
  "agent.changed",
  ...standing.map((what) => `agent.${what}` as const),
  "contract.created",
  "contract.versioned",
  "advertisement.published",
  "advertisement.retracted",
];
const ownKinds: readonly FactKind[] = [
  ...othersKinds,
  "member.named",
  "member.unnamed",
  "selector.added",
  "selector.removed",
];
const groupKinds: readonly FactKind[] = [
  "workgroup.created",
  "workgroup.entered",
  "workgroup.left",
  "workgroup.handed-over",
  "workgroup.dissolved",
  "memberships.changed",
];
const tables: Tables = new Set([
  "organisations",
  "agents",
  "workgroups",
  "participations",
  "memberships",
  "namedMembers",
  "selectors",
  "contracts",
  "contractVersions",
  "advertisements",
  "offers",
  "offeredCapabilities",
] as const);

const dataOf = <K extends FactKind>(facts: readonly StoredFact[], kind: K) =>
  facts.flatMap(({ skeleton, contentText }) =>
    skeleton.kind === kind && contentText !== null ? [(JSON.parse(contentText) as FactContent<K>).data] : [],
  );

/** Where an agent can have been a member, by its name or by a selector, and what its organisation's terms have asked for. */
const workgroupsIn = (own: readonly StoredFact[], agent: string): ReadonlySet<WorkgroupId> =>
  new Set([
    ...dataOf(own, "member.named").flatMap(({ member }) =>
      member.agent === agent ? [member.workgroup] : [],
    ),
    ...dataOf(own, "selector.added").map(({ selector }) => selector.workgroup),
    ...dataOf(own, "contract.created").flatMap(({ version }) => version.terms.requiredWorkgroups),
    ...dataOf(own, "contract.versioned").flatMap(({ version }) => version.terms.requiredWorkgroups),
  ]);

const organisationsIn = (group: readonly StoredFact[]): readonly OrganisationId[] => [
  ...dataOf(group, "workgroup.created").map(({ participation }) => participation.organisation),
  ...dataOf(group, "workgroup.entered").map(({ participation }) => participation.organisation),
];

interface Moment {
  readonly at: number;
  /** The only one in which it matters what others had; null does not narrow. */
  readonly workgroup: string | null;
  /** Whether nothing can be added to it any more. */
  readonly isOver: boolean;
}

interface Read {
  readonly own: readonly StoredFact[];
  readonly others: readonly StoredFact[];
}

class Reader {
  readonly #store: Store;
  readonly #at: number;
  readonly #most: number;

  constructor(store: Store, at: number, most: number) {
    this.#store = store;
    this.#at = at;
    this.#most = most;
  }

  async read(streams: readonly string[], kinds: readonly FactKind[], used: number) {
    const facts: StoredFact[] = [];
    for (const stream of streams) {
      const wanted = { stream, kinds, until: this.#at };
      const more = await factsUntil(this.#store, wanted, this.#most - used - facts.length);
      if (more === undefined) return undefined;
      facts.push(...more);
    }
    return facts;
  }
}

/** [RCH-3] What its organisation reads itself fills the limit; what others have had is load, and tells nothing of them. */
async function readAll(
  store: Store,
  { organisation, agent }: View["seeker"],
  { at, workgroup }: Moment,
  most: number,
): Promise<Read | Refusal> {
  const reader = new Reader(store, at, most);
  const home = await reader.read([streamOf(organisation)], ownKinds, 0);
  if (home === undefined) return tooLong(most);
  const ids = [...workgroupsIn(home, agent)];
  const groups = await reader.read(ids.map(workgroupStream), groupKinds, home.length);
  if (groups === undefined) return tooLong(most);
  const near =
    workgroup === null
      ? groups
      : groups.filter(({ skeleton }) => skeleton.stream === `workgroup:${workgroup}`);
  const others = new Set([...organisationsIn(near)].filter((id) => id !== organisation));
  const theirs = await reader.read([...others].map(streamOf), othersKinds, 0);
  return theirs === undefined
    ? no("broker.busy", { retryAfterMs: busyMs })
    : { own: [...home, ...groups], others: theirs };
}

const busyMs = 1_000;
const tooLong = (limit: number): Refusal => no("limit.reached", { rule: "pastFactsMax", limit, used: limit });

/** So many are kept for the next page. */
const kept = 2;

export interface PastLimits {
  readonly pastFactsMax: number;
}

export class Pasts {
  readonly #store: Store;
  readonly #empty: () => Store;
  readonly #limits: PastLimits;
  readonly #turns = new Searches();
  readonly #kept = new Map<string, Past>();

  constructor(store: Store, empty: () => Store, given: PastLimits = limits) {
    this.#store = store;
    this.#empty = empty;
    this.#limits = given;
  }

  async open(principal: Principal, seeker: View["seeker"], moment: Moment): Promise<Past | Refusal> {
    const waiting = { organisation: homeOf(principal), principal: idOf(principal), why: "asked" } as const;
    return this.#turns.ask(waiting, () => this.#open(seeker, moment));
  }

  async #open(seeker: View["seeker"], moment: Moment): Promise<Past | Refusal> {
    const name = JSON.stringify([seeker, moment]);
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const read = await readAll(this.#store, seeker, moment, this.#limits.pastFactsMax);
    if ("code" in read) return read;
    const rows = this.#empty();
    const ofOwn = new Set(read.own);
    const forgotten = (await replay(rows, [...read.own, ...read.others], tables)).filter((one) =>
      ofOwn.has(one),
    );
    const past = { rows, forgotten: forgotten.map(({ skeleton }) => placeOf(skeleton)) };
    if (moment.isOver) this.#kept.set(name, past);
    for (const oldest of [...this.#kept.keys()].slice(0, -kept)) this.#kept.delete(oldest);
    return past;
  }
}

const placeOf = ({ stream, position, kind, at }: Skeleton): Forgotten => ({
  stream,
  position,
  fact: kind,
  at,
});
