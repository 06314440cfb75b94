import { completeTerms, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { run } from "./testing/desk.js";
import { item } from "./testing/engagement-views.js";
import { agent, page } from "./testing/views.js";

const at = "2026-01-05T09:00:00.000Z";
const unmet = { code: "contract.unmet", rule: "requiredTags", detail: "region" };
const offer = {
  advertisement: item.advertisement,
  workgroup: makeId("workgroup"),
  capability: "markets.equity",
  termsDigest: "t".repeat(43),
  terms: completeTerms({}),
};
const checks = (refusal: object | null) => [
  { of: "session.propose", check: "offerIsSeen", outcome: "passed", refusal: null },
  {
    ...{ of: "session.propose", check: "consumerIsAdmitted" },
    ...{ outcome: refusal === null ? "passed" : "refused", refusal },
  },
  {
    ...{ of: "session.propose", check: "sessionsLeft", refusal: null },
    outcome: refusal === null ? "passed" : "not-made",
  },
];
const explained = (refusal: object | null) => ({
  ...{ agent: agent.id, at, allowed: refusal === null, refusal, offer },
  checks: checks(refusal),
  wouldRefuse: [{ rule: "messageTypes", at: "envelope" }],
});

const path = `/v1/agents/${agent.id}/explain`;
const replies = (refusal: object | null) => ({
  "GET /v1/agents": page(agent),
  "GET /v1/catalog": page(item),
  [`GET ${path}`]: explained(refusal),
});

describe("parley explain", () => {
  test("says that it would be allowed, and what is only on trial", async () => {
    const { out, code } = await run(`explain equity-feed ${item.advertisement}`, { replies: replies(null) });
    expect(code).toBe(0);
    expect(out).toContain("It would be allowed.");
    expect(out).toContain("On trial: messageTypes would have refused it (envelope).");
    expect(out).toMatch(/^ok +session\.propose +consumerIsAdmitted/m);
  });

  test("says which rule refuses, check by check, and ends with 1", async () => {
    const { out, code } = await run(`explain equity-feed ${item.advertisement}`, { replies: replies(unmet) });
    expect(code).toBe(1);
    expect(out).toContain("It would be refused: The terms of admission are not met (contract.unmet");
    expect(out).toMatch(
      /^NO +session\.propose +consumerIsAdmitted +contract\.unmet, detail region, rule requiredTags/m,
    );
    expect(out).toMatch(/^- +session\.propose +sessionsLeft/m);
  });

  test("answers with exactly what REST answers, and with the same exit code", async () => {
    const { out, code } = await run(`explain equity-feed ${item.advertisement} --json`, {
      replies: replies(unmet),
    });
    expect([JSON.parse(out), code]).toEqual([explained(unmet), 1]);
  });

  test("asks for all that was said, and finds the offer as the agent does", async () => {
    const { asked } = await run(
      [
        ...["explain", agent.id, item.name, "markets.quote", "--workgroup", "markets-co/channel"],
        ...["--capability", "markets.equity", "--terms-digest", "d".repeat(43)],
      ],
      { replies: replies(null) },
    );
    expect(asked.map(({ path, query }) => [path, query])).toEqual([
      ["/v1/catalog", expect.objectContaining({ agent: agent.id })],
      [
        path,
        {
          ...{ advertisement: item.advertisement, type: "markets.quote", workgroup: "markets-co/channel" },
          ...{ capability: "markets.equity", termsDigest: "d".repeat(43) },
        },
      ],
    ]);
  });
});
