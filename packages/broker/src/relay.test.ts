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
const outbox = { cut: async () => ({ sockets: 0, surviving: [] }), tell: () => undefined };

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
  const relay = openRelay(
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
  await expect(openRelay(failing, outbox, (fault) => told.push(fault))(asked)).rejects.toBe(full);
  expect(told).toEqual([full]);
});
