/** What the content of a fact names: by it, whoever looks back finds the fact again. */

/** Ids of operators, enrolment tokens, agents, instances, workgroups, sessions, contracts and commands. */
const named = /^(?:opr|etk|agt|ins|wkg|ses|ctr|cmd)_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Each once, however deep it stands. */
export function thingsIn(content: unknown, things = new Set<string>()): ReadonlySet<string> {
  if (typeof content === "string") {
    if (named.test(content)) things.add(content);
  } else if (typeof content === "object" && content !== null) {
    for (const part of Object.values(content)) thingsIn(part, things);
  }
  return things;
}
