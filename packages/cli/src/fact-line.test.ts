import type { FactView } from "@parley/protocol";
import { expect, test } from "vitest";
import { actorOf, factLine, subjectOf } from "./fact-line.js";

const fact = (kind: string, content: FactView["content"]): FactView => ({
  stream: "platform",
  position: 1,
  kind,
  at: "2026-11-21T03:14:15.584Z",
  contentDigest: "d",
  previous: "p",
  hash: "h",
  content,
});

test.each<[string, Record<string, unknown>, string]>([
  [
    "request.refused",
    { code: "not-found", command: "agent.revoke", target: "/v1/agents/x/revoke" },
    "not-found: agent.revoke /v1/agents/x/revoke",
  ],
  ["requests.refused", { code: "role.missing", minute: 1, count: 7 }, "role.missing: 7 more in that minute"],
  ["operator.invited", { operator: { name: "ann", role: "auditor" } }, "ann as auditor"],
  ["agent.revoked", { agent: "agt_x" }, ""],
  ["something.new", { whatever: 1 }, ""],
  ["agent.created", { agent: "not what it should be" }, ""],
])("says of %s what people need to know", (kind, data, line) => {
  expect(factLine(fact(kind, { actor: "a", subject: "s", data }))).toBe(line);
});

test("says that a content was removed", () => {
  const removed = fact("agent.created", null);
  expect([factLine(removed), actorOf(removed), subjectOf(removed)]).toEqual(["(erased)", "", ""]);
});
