/** Promises about what a start makes again: whatever is open and has lost its deadline is found, page by page. */
import { describe, expect, test } from "vitest";
import { lives, ses, session, side } from "./engagement-rows.suite.js";
import { type Adapter, askBoth, commit, opened, put } from "./opened.suite.js";
import { deadline } from "./rows.suite.js";
import { inv, invitation, wkg } from "./workgroup-rows.suite.js";

const both = (found: unknown) => ({ read: found, within: found });

const sessionAs = (n: number, state: keyof typeof lives) => [
  ...put("sessions", session(n, { life: lives[state] })),
  ...put("sides", side(n, { state }), side(n, { state, side: "provider" })),
];
const dated = (kind: "session.expire" | "invitation.expire", subject: string) =>
  put("deadlines", deadline(1, { kind, subject }));

export function describeUndated(adapter: Adapter): void {
  describe("what is open without its deadline", () => {
    test("undatedSessions tells of open sessions, each once, in the order of their ids", async () => {
      const store = opened(adapter);
      const changes = [
        ...sessionAs(4, "active"),
        ...sessionAs(1, "proposed"),
        ...sessionAs(2, "accepted"),
        ...sessionAs(3, "closed"),
        ...sessionAs(5, "proposed"),
        ...dated("session.expire", ses(5)),
        // Of another kind: it is no deadline of this session.
        ...dated("invitation.expire", ses(1)),
      ];
      await commit(store, { changes });
      const from = (after: ReturnType<typeof ses> | null, limit: number) =>
        askBoth(store, "undatedSessions", { after, limit });
      expect(await from(null, 9)).toEqual(both([ses(1), ses(2), ses(4)]));
      expect(await from(null, 2)).toEqual(both([ses(1), ses(2)]));
      expect(await from(ses(2), 2)).toEqual(both([ses(4)]));
      expect(await from(ses(4), 2)).toEqual(both([]));
    });

    test("openSessionCounts tells how many are in each state, each session once", async () => {
      const store = opened(adapter);
      const none = { proposed: 0, accepted: 0, active: 0 };
      expect(await askBoth(store, "openSessionCounts", {})).toEqual(both(none));
      const changes = [
        ...sessionAs(1, "active"),
        ...sessionAs(2, "proposed"),
        ...sessionAs(3, "closed"),
        ...sessionAs(4, "active"),
      ];
      await commit(store, { changes });
      expect(await askBoth(store, "openSessionCounts", {})).toEqual(
        both({ ...none, proposed: 1, active: 2 }),
      );
    });

    test("undatedInvitations tells of open invitations, by workgroup and id", async () => {
      const store = opened(adapter);
      const changes = [
        ...put("invitations", invitation(3), invitation(1), invitation(2, { workgroup: wkg(2) })),
        ...put("invitations", invitation(4, { state: "declined" }), invitation(5)),
        ...dated("invitation.expire", inv(5)),
        ...dated("session.expire", inv(1)),
      ];
      await commit(store, { changes });
      const place = (group: number, n: number) => ({ workgroup: wkg(group), id: inv(n) });
      const from = (after: ReturnType<typeof place> | null, limit: number) =>
        askBoth(store, "undatedInvitations", { after, limit });
      expect(await from(null, 9)).toEqual(both([place(1, 1), place(1, 3), place(2, 2)]));
      expect(await from(null, 1)).toEqual(both([place(1, 1)]));
      expect(await from(place(1, 1), 9)).toEqual(both([place(1, 3), place(2, 2)]));
      expect(await from(place(1, 3), 9)).toEqual(both([place(2, 2)]));
      expect(await from(place(2, 2), 9)).toEqual(both([]));
    });
  });
}
