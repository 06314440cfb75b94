/**
 * What a fact names in its content. Facts outside of sessions are found again by it, however many there are; those of a
 * session's chain are not listed so: they are found by the session, and what is sent costs no row for it.
 */
import type { DerivedChange } from "../governance/change.js";
import { thingsIn } from "../governance/things.js";
import { isSessionStream } from "./stream.js";

export function mentionsIn(stream: string, position: number, content: unknown): readonly DerivedChange[] {
  if (isSessionStream(stream)) return [];
  return [...thingsIn(content)].map((thing) => ({
    do: "put",
    table: "mentions",
    row: { thing, stream, position },
  }));
}
