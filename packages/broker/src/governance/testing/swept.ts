/** The sweep that the well-formed command of a test begins, and the fact that says so. */
import type { OrganisationId, SessionEnding } from "@parley/protocol";
import type { Sweep, SweepScope } from "../engagement-entities.js";
import { cause } from "./asking.js";
import * as cast from "./cast.js";

interface Began extends Pick<SweepScope, "by" | "of"> {
  readonly reason: SessionEnding;
  readonly within?: SweepScope["within"];
  readonly part?: number;
}

export function beganBy(
  actor: string,
  organisation: OrganisationId | null,
  { within = null, part = 0, ...more }: Began,
) {
  const sweep: Sweep = { ...more, within, id: cause, part, organisation, begunAt: cast.now };
  const stream = organisation === null ? "platform" : `org:${organisation}`;
  const fact = {
    stream,
    kind: "sweep.began",
    content: { actor, cause, subject: more.of, data: { sweep } },
  } as const;
  return { sweep, fact };
}
