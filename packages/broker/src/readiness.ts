/**
 * Ready means that the data path works: a working row written and read back through the line, not a heartbeat. At most
 * one probe a second, however often somebody asks.
 */
import { randomBytes } from "node:crypto";
import { makeId } from "@parley/protocol";
import type { Clock } from "./clock.js";
import type { Relay } from "./relay.js";

export interface Readiness {
  readonly ready: boolean;
  readonly why: string;
}

const lifeMs = 1_000;
const patienceMs = 5_000;

export function openReadiness(relay: Relay, clock: Clock): () => Promise<Readiness> {
  let written: string | null = null;
  let known: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;

  const probe = async (): Promise<Readiness> => {
    const value = randomBytes(8).toString("hex");
    const outcome = await relay({ kind: "readiness.probe", id: makeId("command"), value });
    if (outcome.outcome === "refused") return { ready: false, why: outcome.refusal.code };
    const { before } = outcome.answer;
    const lost = written !== null && before !== written;
    written = value;
    return lost
      ? { ready: false, why: "what the last probe wrote was not there" }
      : { ready: true, why: "the line answers" };
  };

  return () => {
    const now = clock.now();
    if (known === undefined || now - known.at >= lifeMs) {
      known = { at: now, answer: within(patienceMs, probe()) };
    }
    return known.answer;
  };
}

/** A line that does not answer is not ready, and whoever asked is told so rather than kept waiting. */
async function within(ms: number, probe: Promise<Readiness>): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => resolve({ ready: false, why: "the line does not answer" }), ms);
    timer.unref();
  });
  const failed = probe.catch((fault: unknown) => ({
    ready: false,
    why: fault instanceof Error ? fault.message : String(fault),
  }));
  return Promise.race([failed, late]).finally(() => clearTimeout(timer));
}
