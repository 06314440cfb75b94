/** From what each round measured to one row for each candidate of a cell: medians, and Parley's ratio to each other. */

export function median(values) {
  const known = values
    .filter((value) => value !== null && value !== undefined)
    .sort((one, other) => one - other);
  if (known.length === 0) return null;
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
}

const figures = ["rate", "p50", "p99", "answeredP50", "answeredP99", "cpuUs"];

/** Of one candidate in one cell. */
export function summary(rounds) {
  const of = (name) => median(rounds.map((round) => round[name]));
  return { ...Object.fromEntries(figures.map((name) => [name, of(name)])), rounds: rounds.length };
}

/** Rates round by round: what drifts between rounds drifts for both. */
function ratioOf(ours, theirs) {
  const each = ours.flatMap(({ round, rate }) => {
    const other = theirs.find((one) => one.round === round);
    return other ? [rate / other.rate] : [];
  });
  return { ratio: median(ours.map(({ rate }) => rate)) / median(theirs.map(({ rate }) => rate)), each };
}

/** `measured`: for each candidate that has kept its promises, what it has measured in each round. */
export function summarise(cell, measured) {
  const candidates = cell.candidates.filter((name) => measured[name]?.length > 0);
  const rows = candidates.map((name) => ({ candidate: name, ...summary(measured[name]) }));
  const ours = measured.parley ?? [];
  const others = ours.length === 0 ? [] : candidates.filter((name) => name !== "parley");
  const ratios = others.map((name) => ({ to: name, ...ratioOf(ours, measured[name]) }));
  return { ...cell, rows, ratios };
}

const rounded = (value, places) => (value === null ? null : Number(value.toFixed(places)));

/** As `--json` gives it: one row for each candidate, and of Parley one for each that it stands beside. */
export function jsonRows(results, payloadBytes) {
  return results.flatMap(({ name, pairs, window, rows, ratios }) =>
    rows.flatMap((row) => {
      const figuresOf = {
        ...{ name, candidate: row.candidate, pair_count: pairs, window, payload_bytes: payloadBytes },
        ...{ rate: rounded(row.rate, 1), p50_ms: rounded(row.p50, 3), p99_ms: rounded(row.p99, 3) },
        cpu_us: rounded(row.cpuUs, 2),
      };
      const alone = { ...figuresOf, ratio_to: null, ratio: null };
      if (row.candidate !== "parley" || ratios.length === 0) return [alone];
      return ratios.map(({ to, ratio }) => ({ ...figuresOf, ratio_to: to, ratio: rounded(ratio, 3) }));
    }),
  );
}
