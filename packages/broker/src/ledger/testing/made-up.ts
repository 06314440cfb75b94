/** Facts, ids and times that tests make up: plausible, and the same for the same seed. */
import fc from "fast-check";
import {
  type FactContent,
  type FactData,
  type FactKind,
  happened,
  type NewFact,
  platformStream,
  type StreamId,
  sessionStream,
  streamOf,
  workgroupStream,
} from "../../governance/fact.js";
import { emptyStream, headOf, makeFact } from "../chain.js";
import { projectStored } from "../projection.js";
import type { StoredFact, StreamHead } from "../stored-fact.js";
import { keyColumns, type StoreTable } from "../tables.js";
import { type Cast, castOf, idOf, thumbprintOf } from "./cast.js";
import type { Timed } from "./harness.js";
import { madeOfEngagements } from "./made-up-engagements.js";
import { madeOfIdentities } from "./made-up-identities.js";
import { madeOfWorkgroups } from "./made-up-workgroups.js";

export { idOf, thumbprintOf } from "./cast.js";

const told = (subject: string): Omit<FactContent, "data"> => ({
  actor: "broker",
  subject,
  cause: idOf("command", 1),
});

/** A fact about nothing, in any stream, made-up ones included. */
export const note = (stream: string, n = 0): NewFact =>
  happened(stream as StreamId, "clock.stepped", told(String(n)), { byMs: n });

/** The facts of these, one after the other, each at its time. */
export function chainOf(facts: readonly { readonly fact: NewFact; readonly at: number }[]): StoredFact[] {
  const heads = new Map<string, StreamHead>();
  return facts.map(({ fact, at }, index) => {
    const made = makeFact(fact, heads.get(fact.stream) ?? emptyStream(fact.stream), index + 1, at);
    heads.set(fact.stream, headOf(made));
    return made;
  });
}

/** One of every kind of fact: a new kind does not compile until it stands in one of these. */
const made: { readonly [K in FactKind]: (n: number, cast: Cast) => FactData[K] } = {
  ...madeOfIdentities,
  ...madeOfWorkgroups,
  ...madeOfEngagements,
};

export const factKinds = Object.keys(made) as FactKind[];

/** What others are about comes first. */
export const foundingKinds: readonly FactKind[] = [
  "organisation.created",
  "operator.invited",
  "agent.created",
  "enrolment-token.minted",
  "instance.enrolled",
  "operator.enrolled",
  "workgroup.created",
  "invitation.opened",
  "workgroup.entered",
  "contract.created",
  "advertisement.published",
  "session.proposed",
  "sweep.began",
];

const platformKinds = /^(broker|clock|era|broker-key)\b/;

const ownOfOrganisations =
  /^(invitation.(received|ended)|member\b|selector|contract|advertisement|sweep|session.undelivered)/;

function streamOfFact(kind: FactKind, { organisation, workgroup, session }: Cast): StreamId {
  if (platformKinds.test(kind)) return platformStream;
  if (ownOfOrganisations.test(kind)) return streamOf(organisation);
  if (kind in madeOfWorkgroups) return workgroupStream(workgroup);
  return kind in madeOfEngagements ? sessionStream(session) : streamOf(organisation);
}

/** A fact of this kind as the n-th of a history would be. */
export function factOf(kind: FactKind, n: number): NewFact {
  const cast = castOf(n);
  const idempotency = n % 4 === 0 ? { idempotency: { key: `key${n % 9}`, digest: thumbprintOf(n) } } : {};
  const actor = n % 5 === 0 ? ("broker" as const) : cast.operator;
  const about = { ...told(cast.operator), actor, ...idempotency };
  return happened(streamOfFact(kind, cast), kind, about, made[kind](n, cast));
}

/** The rows that a history would have made so far, by table and key. */
function hasItsRows(rows: Set<string>, fact: StoredFact): boolean {
  const changes = projectStored(fact).map((change) => ({
    does: change.do,
    key: JSON.stringify([
      change.table,
      change.do === "put" ? keyOfRow(change.table, change.row) : change.key,
    ]),
  }));
  if (changes.some(({ does, key }) => does === "patch" && !rows.has(key))) return false;
  for (const { does, key } of changes) rows[does === "drop" ? "delete" : "add"](key);
  return true;
}

const keyOfRow = (table: StoreTable, row: object): object =>
  Object.fromEntries(keyColumns(table).map((column) => [column, Reflect.get(row, column)]));

const small = fc.nat({ max: 6 });
const passing = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 5_000 }));
const steps = (maxLength: number) =>
  // Without a size, fast-check makes ten at most.
  fc.array(fc.record({ kind: fc.constantFrom(...factKinds), n: small, passes: passing }), {
    maxLength,
    minLength: 1,
    size: "max",
  });

/** Histories in which everything that is told of was made before, with the time that passes before each fact. */
export const histories = (maxLength: number): fc.Arbitrary<readonly Timed[]> =>
  fc
    .record({ founded: fc.uniqueArray(small, { maxLength: 3 }), steps: steps(maxLength) })
    .map(({ founded, steps }) => {
      const founding = founded.flatMap((n) => foundingKinds.map((kind) => ({ kind, n, passes: 40 })));
      let at = 1_000;
      const timed = [...founding, ...steps].map(({ kind, n, passes }) => {
        at += passes;
        return { fact: factOf(kind, n), at };
      });
      const rows = new Set<string>();
      const stored = chainOf(timed);
      return timed.filter((_, index) => hasItsRows(rows, stored[index] as StoredFact));
    })
    .filter((history) => history.length > 0);
