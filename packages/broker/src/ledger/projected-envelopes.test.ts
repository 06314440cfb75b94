import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { FactData } from "../governance/fact.js";
import { ses } from "./contract/engagement-rows.suite.js";
import { sessionSent } from "./projected-envelopes.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapAfterCollection(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Of one envelope, whose id is a part of its header as it is of one that was read. */
function sent(number: number): FactData["session.sent"] {
  const id = `env_${String(number).padStart(26, "0")}`;
  const header = Buffer.from(`{"id":"${id}","x":"${"x".repeat(8_000)}"}`).toString("latin1");
  const entry = { header, id: header.slice(7, 37), payload: "p", payloadBytes: 1 };
  const of = { session: ses(1), side: "consumer", instance: "ins_1" };
  return { ...of, n: 1, seq: 1, sent: 9, entries: [entry] } as unknown as FactData["session.sent"];
}

describe("the rows of what was sent", () => {
  test("keep nothing in memory of the headers that their ids were a part of", () => {
    const kept: unknown[] = [];
    const before = heapAfterCollection();
    for (let number = 0; number < 2_000; number++) kept.push(sessionSent(sent(number), 1, 1));
    expect(heapAfterCollection() - before).toBeLessThan(6_000_000);
    expect(JSON.stringify(kept[7])).toContain(`"lastId":"env_00000000000000000000000007"`);
  });
});
