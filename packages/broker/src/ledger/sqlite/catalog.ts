/**
 * The catalog: a search over the offers of the seeker's workgroups and over nothing else. No index that a search uses
 * spans workgroups, and nothing is ranked by what others offer. Which offers could fit, an index tells; whether they
 * do, is asked for the few that a page needs.
 */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import { catalogDigestOf } from "../digest.js";
import type { CatalogPlace, EngagementPages, OfferRow } from "../engagement-pages.js";
import {
  boundList,
  everyListed,
  type List,
  type ListKind,
  type Looking,
  listPlaces,
  listsOf,
} from "./catalog-lists.js";
import { bindingVersion, isBound, isInAll } from "./contract-lookups.js";
import { finding, flag, number, perhaps, type Reading, row, text, together } from "./joined.js";
import { boundOf, isAvailable, provided, seeking, seenBy } from "./offers-seen.js";
import { cross } from "./reach-rows.js";
import { type Bound, codecs } from "./row-codec.js";
import { Room } from "./statements.js";

export const catalogPages = (db: Database.Database) => ({
  ...searches(db),
  ...seenPages(db),
});

/** What is shown of an offer that a `k` has found, joined only for the few that are shown. */
const shown = `${cross("offers", "o", `o."workgroup" = k."workgroup" AND o."advertisement" = k."advertisement"`)}
  ${cross("advertisements", "a", `a."id" = o."advertisement"`)} ${bindingVersion}
  ${cross("agents", "oa", `oa."id" = o."agent"`)} ${cross("organisations", "oo", `oo."id" = o."organisation"`)}
  ${cross("workgroups", "w", `w."id" = o."workgroup"`)} ${cross("organisations", "wo", `wo."id" = w."owner"`)}
  WHERE ${isBound}`;

const named = together({ id: text<OfferRow["organisation"]["id"]>(`oo."id"`), name: text(`oo."name"`) });
const offerRow: Reading<OfferRow> = together({
  advertisement: row(codecs.advertisements, "a"),
  version: perhaps(codecs.contractVersions, "v"),
  agentName: text(`oa."name"`),
  organisation: named,
  workgroup: together({
    id: text<OfferRow["workgroup"]["id"]>(`w."id"`),
    name: text(`w."name"`),
    ownerName: text(`wo."name"`),
  }),
  available: flag(isAvailable),
  publishedAt: number(`o."published_at"`),
  rank: number(`k."rank"`),
});

/** Where a list has found something: what it is, the provider's right and standing, and what is asked beside the list. */
const fitting = `${cross("offers", "o", `o."workgroup" = k."workgroup" AND o."advertisement" = k."advertisement"`)}
  ${provided} WHERE o."agent" <> ?
  AND (? = '[]' OR NOT EXISTS (SELECT 1 FROM json_each(?) AS t WHERE instr(o."words", ' ' || t."value") = 0))
  AND (? IS NULL OR EXISTS (SELECT 1 FROM json_each(o."patterns") AS t WHERE t."value" = ?))
  AND (? IS NULL OR o."organisation" = ? OR qo."name" = ?)
  AND (? IS NULL OR ${isAvailable} = ?) AND ${isInAll("?")}`;

function boundFitting({
  agent,
  filter: { words, pattern, organisation, available },
}: Looking): readonly Bound[] {
  const wanted = JSON.stringify(words);
  const open = available === null ? null : Number(available);
  return [
    ...[agent, wanted, wanted, pattern, pattern],
    ...[organisation, organisation, organisation, open, open, agent],
  ];
}

/** So many are looked at for each that is wanted, and more and more while too few of them fit. */
const [lookedAt, growth] = [4, 16];

function searches(db: Database.Database) {
  const places = listPlaces(db);
  const fittingOf = finding(
    db,
    offerRow,
    `FROM (SELECT o."workgroup", o."advertisement", o."name", ? AS "rank"
       FROM (SELECT t."key" AS "at", t."value" ->> 1 AS "advertisement", t."value" ->> 2 AS "workgroup"
         FROM json_each(?) AS t) AS k ${fitting} ORDER BY k."at" LIMIT ?) AS k ${shown}
     ORDER BY k."name", k."advertisement", k."workgroup"`,
  );
  const next = (
    list: List,
    looking: Looking,
    { after: from, limit }: { readonly after: CatalogPlace | null; readonly limit: number },
    room: Room,
  ): OfferRow[] => {
    const rows: OfferRow[] = [];
    let after = from;
    for (let size = limit * lookedAt; ; size *= growth) {
      const found = places(list, looking, after, size);
      const last = found.at(-1);
      if (last === undefined) return rows;
      const each = found.filter((one, at) => one.join() !== found[at - 1]?.join());
      const left = limit - rows.length;
      const fit = [list.rank, JSON.stringify(each), ...boundFitting(looking), left];
      rows.push(...fittingOf.within(room, ...fit));
      if (found.length < size || rows.length >= limit || room.isOver) return rows;
      const [name, advertisement, workgroup] = last;
      after = { rank: list.rank, name, advertisement, workgroup };
    }
  };
  return {
    catalogPage: ({ after, limit, ...looking }) => {
      const rows: OfferRow[] = [];
      const room = new Room();
      for (const list of listsOf(looking.filter)) {
        if (rows.length >= limit || room.isOver || list.rank < (after?.rank ?? 0)) continue;
        const asked = { after: after?.rank === list.rank ? after : null, limit: limit - rows.length };
        rows.push(...next(list, looking, asked, room));
      }
      return rows;
    },
    ...digests(db),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

function digests(db: Database.Database) {
  const entry = together({
    workgroup: text(`o."workgroup"`),
    owner: text(`(SELECT w."owner" FROM "workgroups" AS w WHERE w."id" = o."workgroup")`),
    advertisement: text(`o."advertisement"`),
    version: number(`o."version"`),
  });
  const all = (kind: ListKind) => finding(db, entry, `FROM ${everyListed(kind)} AS k ${fitting}`);
  const entries = { all: all("all"), words: all("words"), capabilities: all("capabilities") };
  return {
    catalogDigest: (looking) =>
      catalogDigestOf(
        listsOf(looking.filter).flatMap((list) =>
          entries[list.kind].all(...boundList(list, looking), ...boundFitting(looking)),
        ),
      ),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

function seenPages(db: Database.Database) {
  const offers = (seeker: keyof typeof seeking) =>
    finding(
      db,
      offerRow,
      `FROM (SELECT DISTINCT o."workgroup", o."advertisement", 0 AS "rank"
         ${seenBy(seeking[seeker], { and: `o."advertisement" = ?` })}) AS k ${shown} ORDER BY k."workgroup"`,
    );
  const seenVersion = together({
    contract: row(codecs.contracts, "c"),
    version: row(codecs.contractVersions, "v"),
    organisation: named,
  });
  const versions = (seeker: keyof typeof seeking) =>
    finding(
      db,
      seenVersion,
      `FROM (SELECT DISTINCT v."contract", v."number"
         ${seenBy(seeking[seeker], { offers: withVersion, and: `o."contract" = ?` })}) AS k
       ${cross("contracts", "c", `c."id" = k."contract"`)}
       ${cross("contract_versions", "v", `v."contract" = k."contract" AND v."number" = k."number"`)}
       ${cross("organisations", "oo", `oo."id" = c."organisation"`)} ORDER BY v."number" DESC`,
    );
  const offersBy = { agent: offers("agent"), organisation: offers("organisation") };
  const versionsBy = { agent: versions("agent"), organisation: versions("organisation") };
  const by = ({ agent }: { readonly agent: string | null }) => (agent === null ? "organisation" : "agent");
  return {
    offersSeen: ({ advertisement, ...seeker }) => offersBy[by(seeker)].all(...boundOf(seeker), advertisement),
    versionsSeen: ({ contract, ...seeker }) => versionsBy[by(seeker)].all(...boundOf(seeker), contract),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

/** The offers of a workgroup, each with the version of its contract that binds. */
const withVersion = `${cross("offers", "o", `o."workgroup" = m."workgroup"`)}
  ${cross("advertisements", "a", `a."id" = o."advertisement"`)}
  ${bindingVersion.replace("LEFT JOIN", "CROSS JOIN")}`;
