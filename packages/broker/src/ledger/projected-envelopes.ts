/** The rows of what sides have sent as their facts change them: each fact says the resulting numbers, so nothing is read. */
import type { EnvelopeId } from "@parley/protocol";
import type { FactData } from "../governance/fact.js";
import { nothingSent } from "../governance/session/envelope-entities.js";
import type { Changes } from "./projected-identities.js";

/** With the session: so that everything after it only patches. */
export const talliesBegun = (session: FactData["session.closed"]["session"]): Changes => [
  { do: "put", table: "tallies", row: nothingSent(session, "consumer") },
  { do: "put", table: "tallies", row: nothingSent(session, "provider") },
];

/** A part of a longer text keeps all of that in memory, and rows are remembered for long: an id is a part of its header. */
const ownText = (id: EnvelopeId | undefined): EnvelopeId | null =>
  id === undefined ? null : (Buffer.from(id, "latin1").toString("latin1") as EnvelopeId);

export function sessionSent(
  { session, side, n, seq, sent, entries }: FactData["session.sent"],
  at: number,
  position: number,
): Changes {
  const rising = entries.filter(({ stray }) => stray === undefined);
  const [firstId, lastId] = [ownText(rising.at(0)?.id), ownText(rising.at(-1)?.id)];
  const counted = { n: n + entries.length - 1, bytes: sent, lastAt: at };
  const set = lastId === null ? counted : { ...counted, lastId };
  const row = { session, side, n, seq, count: entries.length, position, at, sent, firstId, lastId };
  return [
    { do: "patch", table: "tallies", key: { session, side }, set },
    { do: "put", table: "segments", row },
    ...entries.flatMap(({ id, stray }, index) =>
      stray ? [{ do: "put", table: "strays", row: { session, side, id, n: n + index } } as const] : [],
    ),
  ];
}
