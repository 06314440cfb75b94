import { readFileSync } from "node:fs";
import type { FactView } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { ocsfOf } from "./ocsf.js";
import { ocsfClasses, ocsfKinds } from "./ocsf-classes.js";
import { run } from "./testing/desk.js";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** The broker's own table of kinds. */
const kinds = [
  ...read("packages/broker/src/governance/fact-kinds.ts").matchAll(/^ {2}"([a-z.-]+)": "/gm),
].map(([, kind = ""]) => kind);

const severities = ["", "Informational", "Low", "Medium", "High"];
const rows = Object.entries(ocsfKinds).map(
  ([kind, { class: of, activity, name, status, severity }]) =>
    `| \`${kind}\` | ${of} ${ocsfClasses[of]} | ${activity} ${name} | ${status} ${status === 1 ? "Success" : "Failure"} | ${severity} ${severities[severity]} |`,
);

describe("the table of OCSF classes", () => {
  test("has every kind of fact that there is, and no other", () => {
    expect(kinds.length).toBeGreaterThan(50);
    expect(Object.keys(ocsfKinds).toSorted()).toEqual(kinds.toSorted());
  });

  test("stands in the page for operators as it is", () => {
    const page = read("docs/operating/siem.md").split("\n");
    expect(page.filter((line) => /^\| `[a-z.-]+` \| \d{4} /.test(line))).toEqual(rows);
  });
});

const fact = (kind: string, content: FactView["content"]): FactView => ({
  ...{ stream: "org:org_x", position: 7, kind, at: "2026-01-05T09:00:00.000Z" },
  ...{ contentDigest: "d", previous: "p", hash: "hash-7", content },
});

describe("a fact as an event of OCSF", () => {
  const told = { actor: "opr_x", cause: "cmd_x", subject: "agt_x" };

  test("says what it is, who did it to what, and is itself in it", () => {
    const suspended = fact("agent.suspended", { ...told, data: { agent: "agt_x" } });
    expect(ocsfOf(suspended)).toEqual({
      ...{ class_uid: 3004, class_name: "Entity Management", category_uid: 3, type_uid: 300412 },
      ...{ activity_id: 12, activity_name: "Suspend", status_id: 1, status: "Success" },
      ...{ severity_id: 3, severity: "Medium", time: Date.UTC(2026, 0, 5, 9), message: "agent.suspended" },
      metadata: {
        ...{ version: "1.3.0", product: { name: "Parley", vendor_name: "Parley" }, uid: "hash-7" },
        ...{ log_name: "org:org_x", sequence: 7, event_code: "agent.suspended", correlation_uid: "cmd_x" },
      },
      actor: { user: { uid: "opr_x" } },
      entity: { uid: "agt_x", type: "agent" },
      unmapped: { fact: suspended },
    });
  });

  test("of what was sent says from which side to which, and how much", () => {
    const entries = [{ payloadBytes: 5 }, { payloadBytes: 37 }];
    const data = { session: "ses_x", side: "provider", instance: "ins_x", entries };
    expect(ocsfOf(fact("session.sent", { ...told, data }))).toMatchObject({
      ...{ class_uid: 4001, activity_id: 6 },
      src_endpoint: { instance_uid: "ins_x", name: "provider" },
      dst_endpoint: { name: "consumer" },
      connection_info: { uid: "ses_x" },
      traffic: { packets: 2, bytes: 42 },
    });
  });

  test("of a refusal is a failure, and says of what", () => {
    const data = { command: "agent.revoke", target: "x", code: "not-found", rule: null };
    expect(ocsfOf(fact("request.refused", { ...told, data }))).toMatchObject({
      ...{ class_uid: 6003, status: "Failure", api: { operation: "agent.revoke" } },
      ...{ src_endpoint: { uid: "opr_x" }, resources: [{ uid: "agt_x" }] },
    });
  });

  test.each([...kinds, "something.new"])("has what every event has, also without its content: %s", (kind) => {
    const event = ocsfOf(fact(kind, null)) as Record<string, number> & { readonly metadata: object };
    expect(event.type_uid).toBe((event.class_uid ?? 0) * 100 + (event.activity_id ?? 0));
    expect(Object.keys(ocsfClasses)).toContain(String(event.class_uid));
    expect([event.metadata, Number.isInteger(event.time)]).toMatchObject([{ event_code: kind }, true]);
  });
});

test("parley writes them, one on each line, over all pages and as they come", async () => {
  const one = fact("agent.revoked", { actor: "a", subject: "s", cause: "c", data: {} });
  const pages = ({ query }: { query?: { cursor?: string } }) =>
    query?.cursor === undefined ? { items: [one], nextCursor: "a" } : { items: [one], nextCursor: null };
  const ran = await run("audit facts --ocsf", { replies: { "GET /v1/audit/facts": pages } });
  expect(ran.out.split("\n").map((line) => JSON.parse(line))).toEqual([ocsfOf(one), ocsfOf(one)]);
  const stop = new AbortController();
  const followed = await run("audit follow --ocsf", {
    events: () => [{ id: "i", data: JSON.stringify(one) }],
    stop: stop.signal,
    pause: async () => stop.abort(),
  });
  expect(JSON.parse(followed.out)).toEqual(ocsfOf(one));
  expect((await run("audit facts --ocsf --ndjson", {})).code).toBe(2);
});
