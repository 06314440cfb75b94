/** Closed sessions are remembered by a digest each, so many and no more, and open ones until they close. */
import { expect, test } from "vitest";
import { Sessions, sessionsRememberedMax } from "./sessions.js";
import { nodeCrypto } from "./testing/keys.js";
import { issuer } from "./testing/made-story.js";

const fact = (session: string, position: number, kind: string) => ({
  skeleton: { stream: `session:${session}`, position, kind, at: 1, contentDigest: "", previous: "" },
  hash: "h",
  content: {},
});

test(`${sessionsRememberedMax} of them, and of one more it is said that there was one`, {
  timeout: 60_000,
}, () => {
  const sessions = new Sessions(nodeCrypto, issuer);
  for (let n = 0; n < sessionsRememberedMax; n++) sessions.tell(fact(`ses_${n}`, 1, "session.closed"), false);
  expect([sessions.forgotten, sessions.has("ses_0")]).toEqual([0, true]);
  sessions.tell(fact("ses_more", 1, "session.closed"), false);
  expect([sessions.forgotten, sessions.has("ses_more"), sessions.begun]).toEqual([
    1,
    false,
    sessionsRememberedMax + 1,
  ]);
});

test("those that the bundle has from their first fact, and no other stream", () => {
  const sessions = new Sessions(nodeCrypto, issuer);
  sessions.tell(fact("ses_1", 2, "session.closed"), false);
  sessions.tell(
    {
      ...fact("", 1, "session.closed"),
      skeleton: { ...fact("", 1, "x").skeleton, stream: "workgroup:wkg_1" },
    },
    false,
  );
  expect([sessions.begun, sessions.has("ses_1")]).toEqual([0, false]);
  sessions.tell(fact("ses_2", 1, "session.proposed"), true);
  sessions.tell(fact("ses_2", 2, "session.closed"), false);
  expect(sessions.get("ses_2")).toEqual({
    head: "2 h",
    digest: undefined,
    isRemoved: true,
    hasReceipt: false,
  });
});
