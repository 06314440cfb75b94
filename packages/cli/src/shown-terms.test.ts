/** Nothing is signed for a digest that the broker only states: it is computed from the terms that are shown [STM-7]. */
import { completeTerms } from "@parley/protocol";
import { expect, test } from "vitest";
import { run } from "./testing/desk.js";
import { advertisement, contract, version, workgroup } from "./testing/engagement-views.js";
import { agent } from "./testing/views.js";

const terms = completeTerms({ maxEnvelopes: 3 });

test("an offer that states the digest of other terms is not proposed to", async () => {
  const offer = { ...advertisement, contract: { ...advertisement.contract, terms } };
  const replies = { [`GET /v1/advertisements/${offer.id}`]: offer };
  const ran = await run(`session propose ${offer.id}`, { replies });
  expect([ran.code, ran.signed, ran.asked.length]).toEqual([3, [], 1]);
  expect(ran.notes).toContain("the digest of other terms than it shows");
});

test("a contract that states the digest of other terms is not advertised under", async () => {
  const replies = {
    [`GET /v1/agents/${agent.id}`]: agent,
    "GET /v1/workgroups/channel": workgroup,
    [`GET /v1/contracts/${contract.id}`]: { ...contract, latest: { ...version, terms } },
  };
  const line = `advertise ${agent.id} x --capability markets.equity --workgroup channel --contract ${contract.id}`;
  const ran = await run(line, { replies });
  expect([ran.code, ran.signed]).toEqual([3, []]);
  expect(ran.notes).toContain("the digest of other terms than it shows");
});
