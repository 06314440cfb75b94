/** A session that this process has to do with: its course, what passes in it, and what its author has in hand. */
import type { Course } from "./course.js";
import type { Traffic } from "./envelopes/traffic.js";
import type { Session } from "./session.js";

export interface Followed {
  readonly course: Course;
  readonly traffic: Traffic;
  readonly session: Session;
}
