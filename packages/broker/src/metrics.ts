/**
 * What is counted, under the names by which it is read: docs/operating/metrics.md has the same table. Everything is
 * gathered when somebody asks; no label has more values than a table of ours.
 */
import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Clock } from "./clock.js";
import type { Counted } from "./counted.js";
import type { Counts, PairCounts, Spread } from "./counting.js";
import { type Dialect, type Family, type Sample, textOf } from "./exposition.js";
import type { Store } from "./ledger/store.js";
import type { OpenReadiness } from "./readiness.js";

/** What is not counted, but looked at when somebody asks. */
export interface Figures {
  readonly connections: { readonly count: number };
  readonly ledger: {
    readonly waiting: number;
    readonly state: { readonly ordinal: number; readonly era: number };
  };
  readonly outbox: { readonly lost: number; readonly watches: number; readonly waiting: number };
  readonly readiness: Pick<OpenReadiness, "now" | "parts">;
  readonly store: Pick<Store, "readAside" | "waitingBytes">;
  readonly clock: Clock;
  /** The folder of the store. */
  readonly data: string;
  readonly version: string;
}

export interface Metrics {
  text(dialect: Dialect): Promise<string>;
}

/** What takes longer to be looked at is left out: who asks is to hear of all the rest. */
const patienceMs = 2_000;

export function openMetrics(counted: Counted, figures: Figures): Metrics {
  const ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return {
    async text(dialect) {
      const [process, stored] = await Promise.all([familiesOf(ofProcess), storedFamilies(figures)]);
      return textOf(
        [
          ...lineFamilies(counted),
          ...factFamilies(counted),
          ...edgeFamilies(counted),
          ...nowFamilies(figures),
          ...stored,
          ...process,
        ],
        dialect,
      );
    },
  };
}

function lineFamilies(counted: Counted): readonly Family[] {
  return [
    pairs(
      "parley_commands_total",
      "Commands that came down the line, by kind and outcome",
      ["kind", "outcome"],
      counted.commands,
    ),
    counts("parley_refusals_total", "Commands that were refused, by code", "code", counted.refusals),
    spread(
      "parley_command_seconds",
      "From a command's arrival until it was answered, durable",
      counted.commandSeconds,
    ),
    spread(
      "parley_transaction_commands",
      "Commands that were decided in one committed transaction",
      counted.batch,
    ),
    spread(
      "parley_transaction_seconds",
      "From the beginning of a transaction until it was committed",
      counted.transactionSeconds,
    ),
    spread(
      "parley_commit_seconds",
      "The part of a transaction that is the commit, with its sync of the disk",
      counted.commitSeconds,
    ),
    spread(
      "parley_head_seconds",
      "Keeping the head outside the database, after a commit with facts",
      counted.headSeconds,
    ),
  ];
}

function factFamilies(counted: Counted): readonly Family[] {
  return [
    counts("parley_facts_total", "Facts that were written, by kind", "kind", counted.facts),
    counts(
      "parley_sessions_closed_total",
      "Sessions that have closed, by reason",
      "reason",
      counted.sessionsClosed,
    ),
    counts("parley_envelopes_total", "Envelopes that were decided, by outcome", "outcome", counted.envelopes),
    counts(
      "parley_envelopes_refused_total",
      "Envelopes that were refused, by code",
      "code",
      counted.envelopesRefused,
    ),
    counter(
      "parley_envelope_bytes_total",
      "Header and payload of the envelopes that were accepted",
      counted.envelopeBytes,
    ),
    counter(
      "parley_envelopes_delivered_total",
      "Envelopes handed to connections, each as often as it was",
      counted.onTheWay.envelopes,
    ),
    counter(
      "parley_envelopes_acknowledged_total",
      "Envelopes that were handled by whom they were for",
      counted.envelopesHandled,
    ),
  ];
}

function edgeFamilies({
  authentications,
  requests,
  requestSeconds,
  onTheWay,
  spans,
}: Counted): readonly Family[] {
  const ended = [...onTheWay.ended].map(([reason, value]) => ({ labels: { reason }, value }));
  return [
    pairs(
      "parley_authentications_total",
      "Who has shown who it is, and why others were not believed",
      ["surface", "outcome"],
      authentications,
    ),
    pairs(
      "parley_http_requests_total",
      "Requests that were answered, by route and status",
      ["route", "status"],
      requests,
    ),
    spread(
      "parley_http_request_seconds",
      "From a request's head until its answer was given away",
      requestSeconds,
    ),
    {
      ...of("counter", "parley_connections_ended_total", "Connections that the broker has ended, by reason"),
      samples: ended,
    },
    counter("parley_sent_bytes_total", "Bytes given to sockets of connections", onTheWay.sentBytes),
    {
      ...of("counter", "parley_spans_total", "Spans that were taken by a collector, or dropped"),
      samples: (["exported", "dropped"] as const).map((outcome) => ({
        labels: { outcome },
        value: spans[outcome],
      })),
    },
    gauge("parley_sending_bytes", "Bytes given to sockets that have not left the process", onTheWay.bytes),
    gauge(
      "parley_sockets_unauthenticated",
      "Sockets that have not shown who they are",
      onTheWay.unauthenticated,
    ),
  ];
}

function nowFamilies({ connections, ledger, outbox, readiness, store, version }: Figures): readonly Family[] {
  const parts = readiness
    .parts()
    .map(({ name, works }) => ({ labels: { part: name }, value: Number(works) }));
  return [
    { ...of("gauge", "parley_info", "The broker's version"), samples: [{ labels: { version }, value: 1 }] },
    gauge("parley_ready", "Whether the broker is ready", Number(readiness.now().ready)),
    {
      ...of("gauge", "parley_part_works", "Whether a part of the data path works, as it was last looked at"),
      samples: parts,
    },
    gauge("parley_sockets", "Authenticated sockets", connections.count),
    gauge("parley_commands_waiting", "Commands that no transaction has taken yet", ledger.waiting),
    gauge("parley_events_waiting", "News that is not told yet", outbox.waiting),
    counter("parley_events_lost_total", "News that was too much to be told to anybody", outbox.lost),
    gauge("parley_watches", "Searches that connections have kept", outbox.watches),
    gauge("parley_mailbox_bytes", "Bytes of envelopes that wait to be handled", store.waitingBytes),
    gauge("parley_ledger_facts", "Facts in the record", ledger.state.ordinal),
    gauge("parley_ledger_era", "The era of the record", ledger.state.era),
  ];
}

/** Beside the line, and from the disk: what cannot be had in time has no sample. */
async function storedFamilies({ store, clock, data }: Figures): Promise<readonly Family[]> {
  const file = (name: string) => stat(join(data, name)).then(({ size }) => size);
  const now = clock.now();
  const [asked, log, database, disk] = await Promise.all([
    hadInTime(
      store.readAside({
        open: { find: "openSessionCounts", by: {} },
        due: { find: "due", by: { now, limit: 1 } },
      }),
    ),
    hadInTime(file("parley.db-wal")),
    hadInTime(file("parley.db")),
    hadInTime(statfs(data)),
  ]);
  const open = Object.entries(asked?.open ?? {}).map(([state, value]) => ({ labels: { state }, value }));
  const lateMs = asked && now - (asked.due[0]?.dueAt ?? now);
  return [
    { ...of("gauge", "parley_sessions", "Open sessions, by state"), samples: open },
    gauge(
      "parley_deadline_late_seconds",
      "How long the oldest deadline has passed unheard",
      lateMs && lateMs / 1_000,
    ),
    gauge("parley_wal_bytes", "The write-ahead log of the database", log),
    gauge("parley_database_bytes", "The database, without its log", database),
    gauge("parley_disk_free_bytes", "Room on the disk of the data folder", disk && disk.bavail * disk.bsize),
  ];
}

function hadInTime<T>(looked: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    looked.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}

/** Memory, processor, garbage, the loop's delay: as they are called everywhere. */
async function familiesOf(registry: Registry): Promise<readonly Family[]> {
  const found = await registry.getMetricsAsJSON();
  // Some are the sums of others, and called as only a counter may be.
  const isSum = (name: string, type: string) => type === "gauge" && name.endsWith("_total");
  const kept = found.filter(({ name, type }) => !isSum(name, String(type)));
  return kept.map(({ name, help, type, values }) => ({
    ...{ name, help, type: String(type) as Family["type"] },
    samples: (values as readonly Measured[]).map(({ metricName = name, labels, value }) => ({
      ...{ suffix: metricName.slice(name.length), labels, value },
    })),
  }));
}

interface Measured {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

const of = <T extends Family["type"]>(type: T, name: string, help: string) => ({ type, name, help });

const counter = (name: string, help: string, value: number): Family => ({
  ...of("counter", name, help),
  samples: [{ value }],
});

const gauge = (name: string, help: string, value: number | undefined): Family => ({
  ...of("gauge", name, help),
  samples: value === undefined ? [] : [{ value }],
});

const counts = (name: string, help: string, label: string, counted: Counts): Family => ({
  ...of("counter", name, help),
  samples: counted.entries().map(([of, value]) => ({ labels: { [label]: of }, value })),
});

const pairs = (
  name: string,
  help: string,
  [first, second]: readonly [string, string],
  counted: PairCounts,
): Family => ({
  ...of("counter", name, help),
  samples: counted
    .entries()
    .map(([one, other, value]) => ({ labels: { [first]: one, [second]: other }, value })),
});

function spread(name: string, help: string, counted: Spread): Family {
  const { bounds, sum } = counted;
  const upTo = counted.upTo();
  const buckets: readonly Sample[] = upTo.map((value, at) => ({
    ...{ suffix: "_bucket", labels: { le: bounds[at] ?? "+Inf" }, value },
  }));
  const count = upTo.at(-1) ?? 0;
  return {
    ...of("histogram", name, help),
    samples: [...buckets, { suffix: "_sum", value: sum }, { suffix: "_count", value: count }],
  };
}
