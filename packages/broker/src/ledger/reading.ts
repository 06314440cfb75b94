/**
 * Who begins to read a stream, and who stops: a pure function of a fact, so that a rebuild finds the same readers. An
 * own stream is read by its owner from its first fact; a workgroup's by each organisation from the fact that lets it in
 * to the fact that it is out, both included; a session's by both sides from the proposal on.
 */
import type { FactContent, FactData } from "../governance/fact.js";
import type { Reader } from "./store.js";
import type { StoredFact } from "./stored-fact.js";
import { isOwnStream, logOf } from "./stream.js";

export interface Reading {
  readonly log: string;
  /** As what it is read from here on; null when this is the last that is read. */
  readonly begins: "own" | "shared" | null;
}

const beginsFor = (organisation: string): Reading => ({ log: logOf(organisation), begins: "shared" });

export function readingsOf({
  skeleton: { stream, position, kind },
  contentText,
}: StoredFact): readonly Reading[] {
  if (isOwnStream(stream)) return position === 1 ? [{ log: stream, begins: "own" }] : [];
  if (contentText === null) return [];
  const dataOf = <K extends keyof FactData>() => (JSON.parse(contentText) as FactContent<K>).data;
  switch (kind) {
    case "workgroup.created":
    case "workgroup.entered":
      return [beginsFor(dataOf<"workgroup.created" | "workgroup.entered">().participation.organisation)];
    case "workgroup.left":
      return [{ log: logOf(dataOf<"workgroup.left">().organisation), begins: null }];
    case "session.proposed": {
      const { consumer, provider } = dataOf<"session.proposed">();
      return [...new Set([consumer.organisation, provider.organisation])].map(beginsFor);
    }
    default:
      return [];
  }
}

/** A reader's row after a fact: who comes back reads from there on, and ranks the stream as it did before. */
export function readerAfter(
  { skeleton: { stream, position } }: StoredFact,
  { log, begins }: Reading,
  before: Reader | undefined,
  nextOrder: number,
): Reader | undefined {
  if (begins === null) return before && { ...before, until: position };
  const order = begins === "own" ? 0 : (before?.order ?? nextOrder);
  return { stream, log, from: position, until: null, order };
}
