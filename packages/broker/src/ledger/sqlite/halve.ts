/** The first from `low` on for which it holds, where it holds for all after that; `end` where for none before it. */
export function halve(low: number, end: number, holds: (index: number) => boolean): number {
  let [from, to] = [low, end];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
