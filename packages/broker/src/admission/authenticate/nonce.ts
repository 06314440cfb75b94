/**
 * Freshness: the broker's nonce of the minute, and the memory of what was signed over it. The nonce key is made at
 * every start and never stored, so after a restart nothing that was recorded before is worth anything [ID-15].
 */
import { createHmac, hash, randomBytes } from "node:crypto";
import { limits } from "@parley/protocol";

export interface Nonces {
  current(now: number): string;
  isFresh(nonce: string, now: number): boolean;
  /** `busy` when there is no room to remember it: what cannot be remembered is not taken. */
  useOnce(thumbprint: string, jti: string, now: number): "first" | "replayed" | "busy";
}

const minuteOf = (now: number): number => Math.floor(now / (limits.nonceSeconds * 1_000));

export interface NoncesOptions {
  readonly key?: Uint8Array;
  readonly rememberedMax?: number;
}

export function openNonces(options: NoncesOptions = {}): Nonces {
  const { key = randomBytes(32), rememberedMax = limits.proofsRememberedMax } = options;

  // What was used in this minute and in the one before: as long as a nonce is accepted.
  let used = { minute: -1, now: new Set<string>(), before: new Set<string>() };

  const nonceOf = (minute: number): string =>
    createHmac("sha256", key).update(`${minute}`).digest("base64url").slice(0, 22);

  const turn = (minute: number): void => {
    // A request may have looked at the clock before another one that has turned the minute: memory never turns back.
    if (minute <= used.minute) return;
    used = { minute, now: new Set(), before: minute === used.minute + 1 ? used.now : new Set() };
  };

  return {
    current: (now) => nonceOf(minuteOf(now)),
    isFresh: (nonce, now) => nonce === nonceOf(minuteOf(now)) || nonce === nonceOf(minuteOf(now) - 1),
    useOnce(thumbprint, jti, now) {
      turn(minuteOf(now));
      const mark = hash("sha256", `${thumbprint}.${jti}`, "base64url").slice(0, 22);
      if (used.now.has(mark) || used.before.has(mark)) return "replayed";
      if (used.now.size + used.before.size >= rememberedMax) return "busy";
      used.now.add(mark);
      return "first";
    },
  };
}
