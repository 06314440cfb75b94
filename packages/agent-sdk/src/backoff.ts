/** How long to wait before the next attempt: longer each time, never the same for two who lost the same broker. */
import type { ComeBack } from "./ending.js";

interface Pace {
  readonly firstMs: number;
  readonly mostMs: number;
}

const paces: Readonly<Record<Exclude<ComeBack, "never">, Pace>> = {
  "at-once": { firstMs: 250, mostMs: 30_000 },
  "at-once-elsewhere": { firstMs: 250, mostMs: 30_000 },
  later: { firstMs: 1_000, mostMs: 30_000 },
  // Somebody else speaks with this very key: coming back would only end the other's connection in turn.
  "not-at-once": { firstMs: 30_000, mostMs: 300_000 },
};

/** `attempt` counts from 0; `random` is in [0, 1). The first return that may be at once is anywhere in its first pace. */
export function backoffMs(comeBack: Exclude<ComeBack, "never">, attempt: number, random: number): number {
  const { firstMs, mostMs } = paces[comeBack];
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  const floor = attempt === 0 && comeBack.startsWith("at-once") ? 0 : ceiling / 2;
  return Math.round(floor + random * (ceiling - floor));
}

/** In [0, 1). */
export function randomFraction(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number / 2 ** 32;
}
