/**
 * The lists that a search goes through: of each workgroup in which the seeker may engage, the offers that could fit, by
 * an index that begins with the workgroup and tells all of a place, so that only what is shown is read from its row.
 */
import type Database from "better-sqlite3";
import type { CatalogFilter, CatalogPlace } from "../engagement-pages.js";
import { boundOf, seeking } from "./offers-seen.js";
import { besides, cross, may } from "./reach-rows.js";
import type { Bound } from "./row-codec.js";
import { query } from "./statements.js";

/** Name, advertisement, workgroup: the order of a list. */
export type Listed = readonly [name: string, advertisement: string, workgroup: string];

interface ListText {
  readonly join: string;
  readonly and: string;
}

const inWorkgroup = `l."workgroup" = m."workgroup"`;
const texts = {
  all: { join: cross("offers", `l INDEXED BY "offers_name"`, inWorkgroup), and: "" },
  words: {
    join: cross("offer_words", "l", `${inWorkgroup} AND l."word" >= ? AND l."word" < ?`),
    and: "",
  },
  capabilities: {
    join: cross(
      "offered_capabilities",
      `l INDEXED BY "offered_capabilities_name"`,
      `${inWorkgroup} AND l."capability" >= ? AND l."capability" < ?`,
    ),
    and: `AND NOT EXISTS (SELECT 1 FROM "offered_capabilities" AS e
      WHERE e."workgroup" = l."workgroup" AND e."capability" = ? AND e."advertisement" = l."advertisement")`,
  },
} as const satisfies Record<string, ListText>;
export type ListKind = keyof typeof texts;

/** What a text takes, in its order: before and after who seeks. */
export interface List {
  readonly kind: ListKind;
  readonly rank: number;
  readonly range: readonly Bound[];
  readonly without: readonly Bound[];
}

/** One list, or two where what has the capability itself comes before what is below it. */
export function listsOf({ capability, words }: CatalogFilter): readonly List[] {
  if (capability !== null) {
    const name = "exactly" in capability ? capability.exactly : capability.beginsWith;
    const exact = { kind: "capabilities", rank: 0, range: [name, `${name}!`], without: [null] } as const;
    // After a dot, in the order of text, comes "/".
    const below = { ...exact, rank: 1, range: [`${name}.`, `${name}/`], without: [name] } as const;
    return "exactly" in capability ? [exact] : [exact, below];
  }
  // The longest is likely the rarest; how rare it is, nobody counts.
  const [longest] = words.toSorted((a, b) => b.length - a.length);
  if (longest === undefined) return [{ kind: "all", rank: 0, range: [], without: [] }];
  return [{ kind: "words", rank: 0, range: [longest, `${longest}\u{10ffff}`], without: [] }];
}

/** Where the seeker may engage, and what is in the list there. */
const listed = (kind: ListKind): string =>
  `${seeking.agent.from} ${besides("m")} ${texts[kind].join}
     WHERE ${seeking.agent.is} AND ${may("m", "engage")}
       AND m."workgroup" BETWEEN ifnull(?, '') AND ifnull(?, char(1114111)) ${texts[kind].and}`;

export interface Looking {
  readonly organisation: Parameters<typeof boundOf>[0]["organisation"];
  readonly agent: NonNullable<Parameters<typeof boundOf>[0]["agent"]>;
  readonly filter: CatalogFilter;
}

export const boundList = ({ range, without }: List, { filter, ...seeker }: Looking): readonly Bound[] => [
  ...range,
  ...boundOf(seeker),
  filter.workgroup,
  filter.workgroup,
  ...without,
];

/** Everything in a list, each once, whatever its order. */
export const everyListed = (kind: ListKind): string =>
  `(SELECT DISTINCT l."workgroup", l."advertisement" ${listed(kind)})`;

export type Places = (list: List, looking: Looking, after: CatalogPlace | null, limit: number) => Listed[];

/** The next so many of a list; what stands in it for several words or capabilities comes several times, one after the other. */
export function listPlaces(db: Database.Database): Places {
  const next = (kind: ListKind) =>
    query(
      db,
      `SELECT l."name", l."advertisement", l."workgroup" ${listed(kind)}
         AND (l."name", l."advertisement", l."workgroup") > (?, ?, ?)
       ORDER BY l."name", l."advertisement", l."workgroup" LIMIT ?`,
    );
  const places = { all: next("all"), words: next("words"), capabilities: next("capabilities") };
  return (list, looking, after, limit) => {
    const place = [after?.name ?? "", after?.advertisement ?? "", after?.workgroup ?? ""];
    return places[list.kind].all(...boundList(list, looking), ...place, limit) as unknown as Listed[];
  };
}
