import { generateKeyPairSync, sign } from "node:crypto";
import { readCheckpoint } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { evidenceCrypto } from "./evidence-crypto.js";
import type { Checkpoint } from "./governance/entities.js";
import type { KeptCheckpoint } from "./ledger/checkpoints.js";
import type { LogHead } from "./ledger/store.js";
import { type SealingCommand, type SealingOptions, startSealing } from "./sealing.js";

const root = `${"R".repeat(42)}A`;
const head = (log: string, size: number): LogHead => ({ log, size, frontier: [root], root, shared: 0 });
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const { x = "" } = publicKey.export({ format: "jwk" });

/** A timer that fires when it is told to. */
function timerOfThisTest() {
  let wake: (() => void) | undefined;
  let onSet: (waitMs: number) => void = () => undefined;
  const timer: SealingOptions["timer"] = (callback, ms) => {
    wake = callback;
    onSet(ms);
    return () => {
      wake = undefined;
    };
  };
  /** Fires, and says how long the next round is waited for. */
  const fire = (): Promise<number> => {
    const callback = wake;
    wake = undefined;
    const set = new Promise<number>((resolve) => {
      onSet = resolve;
    });
    callback?.();
    return set;
  };
  return { timer, fire, isWaiting: () => wake !== undefined };
}

/** A record with logs, and what is signed of them. */
function setUp(logs: LogHead[], options: Partial<SealingOptions> = {}) {
  const order: string[] = [];
  const signed = new Map<string, Checkpoint>();
  const outside: KeptCheckpoint[] = [];
  const faults: unknown[] = [];
  const ledger = { state: { ordinal: 1, era: 3 } };
  let now = 5_000_250;
  const { timer, fire, isWaiting } = timerOfThisTest();
  const sealing = startSealing({
    store: {
      read: (() => undefined) as never,
      readAside: (async () => ({
        logs: logs.filter(({ log, size }) => signed.get(log)?.size !== size),
      })) as never,
    },
    send: async (command: SealingCommand) => {
      order.push(command.kind);
      if (command.kind === "checkpoints.keep")
        for (const one of command.checkpoints) signed.set(one.log, one);
      return { outcome: "accepted" };
    },
    keys: { signBytes: (_use, bytes) => ({ x, signature: sign(null, bytes, privateKey) }) },
    keeper: {
      read: () => outside,
      keep: (checkpoints) => {
        order.push("kept outside");
        outside.push(...checkpoints);
      },
      close: () => undefined,
    },
    clock: { now: () => now },
    issuer: () => "https://broker.example",
    ledger,
    receipts: async () => {
      order.push("receipts");
      return 0;
    },
    onFault: (fault) => faults.push(fault),
    timer,
    ...options,
  });
  return {
    ...{ sealing, order, signed, outside, faults, ledger, isWaiting },
    round(): Promise<number> {
      now += 1_000;
      return fire();
    },
  };
}

describe("a round", () => {
  test("ends the seconds, signs what has grown, keeps it outside and inside, and then makes receipts [REC-8]", async () => {
    const { round, order, signed, outside } = setUp([head("org:org_1", 4), head("platform", 9)]);
    expect(await round()).toBe(750);
    expect(order).toEqual(["record.seal", "kept outside", "checkpoints.keep", "receipts"]);
    const note = signed.get("org:org_1")?.note ?? "";
    expect(await readCheckpoint(note, [x], evidenceCrypto)).toEqual({
      origin: "broker.example/logs/org_1/era-3",
      size: 4,
      root,
    });
    expect(outside).toEqual([
      { log: "org:org_1", size: 4, root, era: 3, note },
      { log: "platform", size: 9, root, era: 3, note: signed.get("platform")?.note },
    ]);
  });

  test("signs nothing twice, and a log again when it has grown", async () => {
    const logs = [head("platform", 9)];
    const { round, outside, ledger } = setUp(logs);
    await round();
    await round();
    expect(outside).toHaveLength(1);
    logs[0] = head("platform", 10);
    ledger.state.ordinal += 1;
    await round();
    expect(outside.map(({ size }) => size)).toEqual([9, 10]);
  });

  test("is idle once nothing has happened, one round after what happened last", async () => {
    const { round, order, ledger } = setUp([]);
    for (let n = 0; n < 5; n++) await round();
    const rounds = () => order.filter((one) => one === "record.seal").length;
    expect(rounds()).toBe(2);
    ledger.state.ordinal += 1;
    for (let n = 0; n < 5; n++) await round();
    expect(rounds()).toBe(4);
  });

  test("that fails is told, and tried again though nothing has happened since", async () => {
    let fails = true;
    const made: string[] = [];
    const { round, faults } = setUp([], {
      receipts: async () => {
        if (fails) throw new Error("no");
        made.push("made");
        return 0;
      },
    });
    for (let n = 0; n < 4; n++) await round();
    expect(faults).toHaveLength(4);
    fails = false;
    await round();
    expect(made).toEqual(["made"]);
  });

  test("that is turned away signs again a second later", async () => {
    let outcome: "accepted" | "refused" = "refused";
    const commands: string[] = [];
    const { round, outside } = setUp([head("platform", 1)], {
      send: async ({ kind }) => {
        commands.push(kind);
        return { outcome };
      },
    });
    for (let n = 0; n < 4; n++) await round();
    expect(outside).toHaveLength(4);
    expect(commands.filter((kind) => kind === "checkpoints.keep")).toHaveLength(4);
    outcome = "accepted";
    await round();
    expect(outside).toHaveLength(5);
  });

  test("is the last once it was stopped", async () => {
    const { round, sealing, isWaiting } = setUp([]);
    await round();
    await sealing.stop();
    expect(isWaiting()).toBe(false);
  });
});
