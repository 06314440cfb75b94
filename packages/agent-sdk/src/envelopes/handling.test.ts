/** Handlers that talk: the loop of a provider, its end, and what becomes of what it has not sent yet. */
import { limits } from "@parley/protocol";
import { expect, test } from "vitest";
import type { Session } from "../session.js";
import { FakeEnvelopes } from "../testing/fake-envelopes.js";
import { capability, offer, provider } from "../testing/provider.js";
import { accepted, closed, sessionOf } from "../testing/town.js";

const type = "markets.equity.response";

async function serving(handler: (session: Session) => Promise<void>) {
  const there = await provider();
  const view = sessionOf(there, "provider");
  const talk = new FakeEnvelopes(there, view, "provider");
  there.agent.serve(capability, handler);
  offer(there, view);
  await there.calls.received("accept");
  return { there, view, talk };
}

test("answers each as it comes, and is over when the other side has completed", async () => {
  const seen: unknown[] = [];
  const { there, view, talk } = await serving(async (session) => {
    for await (const envelope of session) {
      seen.push(envelope.json());
      await session.reply(envelope, type, envelope.json());
    }
    seen.push("over");
  });
  talk.tells({ body: 1 }, { body: 2 });
  await talk.received("heard", 2);
  talk.tells({ body: 3 });
  await talk.received("heard", 3);
  await talk.received("acks", 2);
  there.show(closed(there, there.sessions.get(view.id) ?? view, "completed_by_consumer"));
  const sent = { consumer: 3, provider: 3 };
  there.calls.tell({ event: "session.closed", session: view.id, reason: "completed_by_consumer", sent });
  while (seen.length < 4) await new Promise(setImmediate);
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(seen).toEqual([1, 2, 3, "over"]);
  expect(talk.acks.at(-1)).toBe(3);
  expect(there.calls.of("close")).toEqual([]);
  expect(there.troubles).toEqual([]);
});

test("one that returns completes the session after what it has sent, awaited or not", async () => {
  const sent: number[] = [];
  const { there, talk } = await serving(async (session) => {
    for (let count = 0; count < 3; count++) void session.send(type, count).then(({ n }) => sent.push(n));
  });
  await there.calls.received("close");
  expect(sent).toEqual([1, 2, 3]);
  expect(talk.payloads).toEqual(["0", "1", "2"]);
});

test("one that throws closes it without waiting for room", async () => {
  const failures: unknown[] = [];
  const { there, talk } = await serving(async (session) => {
    for (let count = 0; count < limits.envelopesUnhandledMax + 1; count++)
      session.send(type, count).catch((error: Error) => failures.push(error.message));
    throw new Error("no such ticker");
  });
  expect(await there.calls.received("close")).toMatchObject({ detail: "handler failed" });
  expect(failures).toContain("the session is being closed");
  expect(talk.heard.length).toBeLessThanOrEqual(limits.envelopesUnhandledMax);
  expect(there.troubles).toMatchObject([{ message: "no such ticker" }]);
});

test("one that is cut is told so, and that is trouble", async () => {
  const { there, view } = await serving(async (session) => {
    for await (const envelope of session) throw new Error(`nobody sent ${envelope.n}`);
  });
  there.show(closed(there, accepted(there, view, "provider"), "identity_revoked"));
  there.calls.tell({ event: "session.closed", session: view.id, reason: "identity_revoked" });
  while (there.troubles.length === 0) await new Promise(setImmediate);
  expect(there.troubles).toMatchObject([{ name: "SessionCut", reason: "identity_revoked" }]);
});
