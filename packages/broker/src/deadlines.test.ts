import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { remakeDeadlines } from "./deadlines.js";
import type { ExpiryCommand } from "./expiry.js";

const ids = Array.from({ length: 5 }, () => makeId("session")).sort();
const places = Array.from({ length: 3 }, () => ({
  workgroup: makeId("workgroup"),
  id: makeId("invitation"),
})).sort((a, b) => (a.workgroup < b.workgroup ? -1 : 1));

/** Nothing that is sent changes what is found: it is found once all the same. */
function setUp() {
  const sent: ExpiryCommand[] = [];
  const asked: number[] = [];
  const pageOf = <P>(all: readonly P[], after: P | null, limit: number): readonly P[] => {
    asked.push(limit);
    const from = after === null ? 0 : all.indexOf(after) + 1;
    return all.slice(from, from + limit);
  };
  const read = async ({
    page: { find, by },
  }: {
    page: { find: string; by: { after: never; limit: number } };
  }) => ({
    page: find === "undatedSessions" ? pageOf(ids, by.after, by.limit) : pageOf(places, by.after, by.limit),
  });
  const send = async (command: ExpiryCommand) => {
    sent.push(command);
    return { outcome: "accepted" } as const;
  };
  return { store: { read: read as never }, send, sent, asked };
}

test.each([1, 2, 5, 6])(
  "everything without a deadline is asked about once, %d at a time [SES-11] [WKG-4]",
  async (pageSize) => {
    const { store, send, sent, asked } = setUp();
    await remakeDeadlines({ store, send, pageSize });
    const subjects = sent.map((command) => {
      if (command.kind === "session.expire") return command.session;
      return command.kind === "invitation.expire" ? command.invitation : command.kind;
    });
    expect(subjects).toEqual([...ids, ...places.map(({ id }) => id)]);
    expect(new Set(asked)).toEqual(new Set([pageSize]));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(sent.length);
  },
);

test("what a busy line turns away is sent again, until everything has its deadline", async () => {
  const { store, sent, send } = setUp();
  const pauses: number[] = [];
  let turnedAway = 0;
  const busy = async (command: ExpiryCommand) => {
    if (++turnedAway <= ids.length + 2) return { outcome: "refused" } as const;
    return await send(command);
  };
  const pause = async (ms: number) => void pauses.push(ms);
  await remakeDeadlines({ store, send: busy, pause });
  expect([sent.length, pauses.length]).toEqual([ids.length + places.length, ids.length + 2]);
});
