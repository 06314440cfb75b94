/** What two samples say of each other, and how sure that is. */

export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Mann–Whitney, by the normal approximation with ties: how many standard deviations, and how likely by chance. */
export function rankTest(ones, others) {
  const all = [
    ...ones.map((value) => ({ value, one: true })),
    ...others.map((value) => ({ value, one: false })),
  ];
  all.sort((a, b) => a.value - b.value);
  let [sum, ties] = [0, 0];
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to].value === all[from].value) to += 1;
    const rank = (from + to + 1) / 2;
    for (let at = from; at < to; at += 1) if (all[at].one) sum += rank;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const [n, m, total] = [ones.length, others.length, all.length];
  const u = sum - (n * (n + 1)) / 2;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const z = (u - (n * m) / 2) / Math.sqrt(variance);
  return { z, p: 2 * (1 - normal(Math.abs(z))) };
}

/** Abramowitz and Stegun, 7.1.26: good to 1.5e-7. */
function normal(z) {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const poly = series.reduce((sum, term) => (sum + term) * t, 0);
  return 1 - (poly * Math.exp(-x * x)) / 2;
}

/** In which 95 of 100 medians lie, of the differences drawn again and again, by a seeded generator. */
export function interval(differences, seed, rounds = 1_000) {
  let state = seed >>> 0 || 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const medians = Array.from({ length: rounds }, () =>
    median(differences.map(() => differences[Math.floor(random() * differences.length)])),
  ).sort((a, b) => a - b);
  return [medians[Math.floor(rounds * 0.025)], medians[Math.ceil(rounds * 0.975) - 1]];
}
