/** What a fault has left of a sweep is finished while the broker runs [SES-20]. */
import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import type { Sweep } from "./governance/engagement-entities.js";
import { StoreFailed } from "./ledger/store.js";
import { openUnswept } from "./unswept.js";

const sweep: Sweep = {
  ...{ id: makeId("command"), part: 0, organisation: null, by: "agent", of: "agt_1", within: null },
  ...{ reason: "identity_revoked", begunAt: 1 },
};
const full = new StoreFailed("full", "later", { cause: undefined });

/** A store with one sweep unfinished, sweeping that comes to what is given, and a timer that fires when told to. */
function setUp(answers: readonly (Error | number)[]) {
  const left = [...answers];
  const swept: (readonly Sweep[])[] = [];
  const faults: unknown[] = [];
  const timers: (() => void)[] = [];
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const unswept = openUnswept({
    store: { read: (async () => ({ sweeps: [sweep] })) as never },
    sweep: async (sweeps) => {
      swept.push(sweeps);
      const answer = left.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onFault: (fault) => faults.push(fault),
    timer: (callback) => {
      timers.push(callback);
      return () => void timers.splice(timers.indexOf(callback), 1);
    },
  });
  const fire = async () => {
    timers.shift()?.();
    await settled();
  };
  return { unswept, swept, faults, timers, fire };
}

test("is taken up after a fault that may pass, again and again until it is done", async () => {
  const { unswept, swept, faults, timers, fire } = setUp([full, 3]);
  expect(timers).toHaveLength(0);
  unswept.left(full);
  unswept.left(full);
  expect(timers).toHaveLength(1);
  await fire();
  expect([swept, faults, timers.length]).toEqual([[[sweep]], [full], 1]);
  await fire();
  expect([swept.length, faults.length, timers.length]).toEqual([2, 1, 0]);
});

test.each([new StoreFailed("io", "never", { cause: undefined }), new Error("a bug of ours")])(
  "is left to the next start after a fault that does not pass: %s",
  (fault) => {
    const { unswept, timers } = setUp([]);
    unswept.left(fault);
    expect(timers).toHaveLength(0);
  },
);

test("is not taken up when the broker has stopped", async () => {
  const { unswept, timers } = setUp([]);
  unswept.left(full);
  await unswept.stop();
  unswept.left(full);
  expect(timers).toHaveLength(0);
});
