/** What is decided is swept before it is answered, and a sweep that fails fails whoever waits for it. */
import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import type { Command } from "./governance/command.js";
import type { Sweep } from "./governance/engagement-entities.js";
import { accept } from "./governance/verdict.js";
import type { Ledger } from "./ledger/ledger.js";
import { StoreFailed } from "./ledger/store.js";
import { openRelay } from "./relay.js";

const sweep: Sweep = {
  ...{ id: makeId("command"), part: 0, organisation: null, by: "agent", of: "agt_1", within: null },
  ...{ reason: "identity_revoked", begunAt: 1 },
};
const asked = { kind: "readiness.probe", id: makeId("command") } as unknown as Command<"readiness.probe">;
const outbox = {
  cut: async () => ({ sockets: 0, surviving: [] }),
  tell: () => undefined,
  deliver: () => undefined,
  credit: () => undefined,
};

/** A ledger where the command takes something away, and its sweep comes to what is given. */
const ledgerWith = (swept: () => number): Ledger => ({
  settle: (async ({ kind }: Command) => ({
    verdict:
      kind === "sessions.sweep" ? accept({ closed: swept(), next: null }) : accept({}, { sweeps: [sweep] }),
    facts: [],
    at: 1,
  })) as unknown as Ledger["settle"],
  drain: async () => undefined,
});

test("answers when it is swept, and says how many were closed [SES-20]", async () => {
  const { relay } = openRelay(
    ledgerWith(() => 3),
    outbox,
  );
  expect(await relay(asked)).toMatchObject({ outcome: "accepted", cut: { sessions: 3 } });
});

test("tells whoever waits, and who takes it up again, what kept a sweep from its end", async () => {
  const full = new StoreFailed("full", "later", { cause: undefined });
  const told: unknown[] = [];
  const failing = ledgerWith(() => {
    throw full;
  });
  await expect(openRelay(failing, outbox, (fault) => told.push(fault)).relay(asked)).rejects.toBe(full);
  expect(told).toEqual([full]);
});

test("what is taken up again, and what is taken away now, are swept one batch at a time", async () => {
  let [atOnce, most] = [0, 0];
  const quick = ledgerWith(() => 1);
  const settle = (async (command: Command) => {
    if (command.kind !== "sessions.sweep") return quick.settle(command);
    most = Math.max(most, ++atOnce);
    // Longer than a sweep waits for a gap in the line.
    await new Promise((resolve) => setTimeout(resolve, 100));
    atOnce -= 1;
    return quick.settle(command);
  }) as Ledger["settle"];
  const { relay, sweep: takeUp } = openRelay({ ...quick, settle }, outbox);
  const [again, taken] = await Promise.all([takeUp([sweep]), relay(asked)]);
  expect([again, taken.outcome === "accepted" && taken.cut.sessions, most]).toEqual([1, 1, 1]);
});
