import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Counted } from "./counted.js";
import type { Dialect } from "./exposition.js";
import type { Store } from "./ledger/store.js";
import { type Figures, openMetrics } from "./metrics.js";

const page = readFileSync(new URL("../../../docs/operating/metrics.md", import.meta.url), "utf8");

const readAside = (async () => ({
  open: { proposed: 1, accepted: 0, active: 2 },
  due: [{ kind: "session.expire", subject: "x", dueAt: 4_000 }],
})) as unknown as Store["readAside"];

function metricsOfThisTest(more: Partial<Figures> = {}) {
  const data = mkdtempSync(join(tmpdir(), "parley-metrics-"));
  onTestFinished(() => rmSync(data, { recursive: true }));
  writeFileSync(join(data, "parley.db-wal"), "12345");
  writeFileSync(join(data, "parley.db"), "1234567");
  const counted = new Counted();
  const figures: Figures = {
    connections: { count: 7 },
    ledger: { waiting: 3, state: { ordinal: 41, era: 2 } },
    outbox: { lost: 1, watches: 5, waiting: 6 },
    readiness: {
      now: () => ({ ready: false, why: "full: reads only" }),
      parts: () => [
        { name: "process", works: true },
        { name: "line", works: false },
      ],
    },
    ...{ store: { readAside, waitingBytes: 99 }, clock: { now: () => 10_000 }, data, version: "0.1.0" },
    ...more,
  };
  const { text } = openMetrics(counted, figures);
  return { counted, lines: async (dialect: Dialect = "prometheus") => (await text(dialect)).split("\n") };
}

describe("what is counted", () => {
  test("is what was counted, and what is found when somebody asks", async () => {
    const { counted, lines } = metricsOfThisTest();
    counted.commands.add("clock.step", "accepted");
    counted.commandSeconds.observe(0.003);
    counted.authentications.add("http", "access.nonce");
    counted.requests.add("readSession", "200");
    counted.onTheWay.end("suspended");
    counted.onTheWay.envelopes = 4;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'parley_commands_total{kind="clock.step",outcome="accepted"} 1',
        'parley_command_seconds_bucket{le="0.0025"} 0',
        'parley_command_seconds_bucket{le="0.005"} 1',
        "parley_command_seconds_sum 0.003",
        "parley_command_seconds_count 1",
        'parley_authentications_total{surface="http",outcome="access.nonce"} 1',
        'parley_http_requests_total{route="readSession",status="200"} 1',
        'parley_connections_ended_total{reason="suspended"} 1',
        "parley_envelopes_delivered_total 4",
        'parley_info{version="0.1.0"} 1',
        "parley_ready 0",
        'parley_part_works{part="process"} 1',
        'parley_part_works{part="line"} 0',
        "parley_sockets 7",
        "parley_commands_waiting 3",
        "parley_events_waiting 6",
        "parley_events_lost_total 1",
        "parley_watches 5",
        "parley_mailbox_bytes 99",
        "parley_ledger_facts 41",
        "parley_ledger_era 2",
        'parley_sessions{state="active"} 2',
        "parley_deadline_late_seconds 6",
        "parley_wal_bytes 5",
        "parley_database_bytes 7",
        expect.stringMatching(/^parley_disk_free_bytes \d+$/),
        expect.stringMatching(/^process_cpu_seconds_total /),
      ]),
    );
  });

  test("is told without what a broken store and a folder that is gone do not say", async () => {
    const gone = {
      data: "/nowhere",
      store: { readAside: () => Promise.reject(new Error("io")), waitingBytes: 0 },
    };
    const { lines } = metricsOfThisTest(gone);
    const told = await lines();
    for (const name of [
      "parley_sessions",
      "parley_deadline_late_seconds",
      "parley_wal_bytes",
      "parley_disk_free_bytes",
    ])
      expect(told.filter((line) => line.startsWith(name))).toEqual([]);
    expect(told).toContain("parley_sockets 7");
  });

  test("is told within seconds, though the store does not answer", { timeout: 4_000 }, async () => {
    const { lines } = metricsOfThisTest({
      store: { readAside: () => new Promise(() => undefined), waitingBytes: 0 },
    });
    expect(await lines()).toContain("parley_sockets 7");
  });

  test("has no deadline that is late where none is due", async () => {
    const store = {
      readAside: (async () => ({ open: {}, due: [] })) as unknown as Store["readAside"],
      waitingBytes: 0,
    };
    expect(await metricsOfThisTest({ store }).lines()).toContain("parley_deadline_late_seconds 0");
  });
});

describe("the page for operators", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| `parley_"));
  const documented = rows.map((line) => /`(\w+)`/.exec(line)?.[1] ?? "");

  test("has a row for each metric, and no other", async () => {
    const { lines } = metricsOfThisTest();
    const families = (await lines()).flatMap((line) => /^# TYPE (parley_\w+)/.exec(line)?.[1] ?? []);
    expect([...documented].sort()).toEqual([...families].sort());
  });

  test("names the metrics of the process as they are called", async () => {
    const told = (await metricsOfThisTest().lines()).join("\n");
    const [, beside = ""] = page.split("Beside them");
    const names = [...beside.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(told).toContain(`# TYPE ${name} `);
  });
});
