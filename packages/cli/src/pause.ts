/** Waiting for a while, and no longer than somebody waits for it. */
import { setTimeout as after } from "node:timers/promises";

export async function pause(seconds: number, until: AbortSignal): Promise<void> {
  try {
    await after(seconds * 1_000, undefined, { signal: until });
  } catch (error) {
    if (!until.aborted) throw error;
  }
}
