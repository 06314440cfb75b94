/** What is measured of whom: each cell is measured with all its candidates in turn before the next one. */

const throughput = ["parley", "ws-relay", "nats-core", "nats-jetstream"];
const exchange = ["parley", "a2a-js"];

const cell = (name, candidates, pairs, window) => ({ name, candidates, pairs, window });

export const whole = [
  ...[1, 50].flatMap((pairs) => [1, 64, 256].map((window) => cell("throughput", throughput, pairs, window))),
  ...[1, 64].map((window) => cell("request-response", exchange, 1, window)),
  ...[1, 64].map((window) => cell("session", exchange, 1, window)),
];

/** A look at everything that takes seconds. */
export const quick = [
  cell("throughput", throughput, 2, 64),
  cell("request-response", exchange, 1, 8),
  cell("session", exchange, 1, 4),
];

export const cellNames = ["throughput", "request-response", "session"];

/** Those that are meant by names of cells or of candidates; Parley stays, for it is what others are beside. */
export function chosen(cells, only) {
  const names = only.filter((name) => cellNames.includes(name));
  const others = only.filter((name) => !cellNames.includes(name));
  const meant = (candidate) => others.length === 0 || candidate === "parley" || others.includes(candidate);
  return cells
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((one) => ({ ...one, candidates: one.candidates.filter(meant) }))
    .filter(({ candidates }) => others.length === 0 || candidates.some((name) => others.includes(name)));
}
