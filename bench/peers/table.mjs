/** The results as a person reads them, and how they were come by. */

const number = (value, places) =>
  value === null
    ? "–"
    : value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });

const columns = ["", "per second", "p50 ms", "p99 ms", "yes p50 ms", "CPU µs", "parley is"];
const widths = [16, 12, 10, 10, 12, 10, 26];
const line = (cells) =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join("");

export const titleOf = ({ name, pairs, window }) =>
  `${name}, ${pairs} ${pairs === 1 ? "pair" : "pairs"}, window ${window}`;

function ratioText({ ratio, each }) {
  const range = `${number(Math.min(...each), 2)}–${number(Math.max(...each), 2)}`;
  return each.length > 1 ? `${number(ratio, 2)} × (${range})` : `${number(ratio, 2)} ×`;
}

function rowText(row, ratios) {
  const ratio = ratios.find(({ to }) => to === row.candidate);
  return line([
    row.candidate,
    number(row.rate, 0),
    number(row.p50, 2),
    number(row.p99, 2),
    number(row.answeredP50, 2),
    number(row.cpuUs, 1),
    ratio ? ratioText(ratio) : "",
  ]);
}

export function tableOf(results) {
  const parts = results.map((cell) =>
    [titleOf(cell), line(columns), ...cell.rows.map((row) => rowText(row, cell.ratios)), ""].join("\n"),
  );
  return parts.join("\n");
}

export const notes = [
  "Each server is a process, and so is each load (senders and receivers of all pairs); all on loopback, measured in turn.",
  "Rates are medians of the rounds; a ratio is Parley's over the other's, with the smallest and largest of any round.",
  "throughput: delivered to the receiver per second; p50 and p99 from the send to the receiver; yes: until the sender has",
  "  its answer, which holds the window (parley: durable; ws-relay: went on; nats-core: received; nats-jetstream: stored).",
  "  Beside the window nobody is more than 256 ahead of its receiver; what was handled is said every 16th, or when idle.",
  "parley: governed, chained, fsynced, acknowledged. A session takes 6,000 envelopes of a side in a minute at most, so a pair",
  "  has several, made beforehand, and goes on in the next one. Checked as it runs: every n once and in order, payloads as",
  "  sent, digests of a sample (all with --verify); then the broker's record, session by session.",
  "ws-relay: one message, one frame; keeps nothing. nats-core: keeps nothing. nats-jetstream: in files, which the server",
  "  syncs when it sees fit (every two minutes unless told otherwise), not before its yes.",
  "request-response: answered through Parley, both ways durable; a2a-js: message/send of the official SDK, answered with a",
  "  message, in memory. session: propose, accept (open contract), join, request, response, close; proposals are signed before.",
  "CPU: user and system time of the server's process, all threads, for one of what is counted.",
];
