/** The parts of the data path that must work for a broker to be ready, and how it is known of each that it does. */
import { randomBytes } from "node:crypto";
import { makeId } from "@parley/protocol";
import type { Expiry } from "./expiry.js";
import { LedgerStopped } from "./ledger/faults.js";
import { type Store, StoreFailed } from "./ledger/store.js";
import type { Outbox } from "./outbox/outbox.js";
import { AskedPart, CountedPart, type Part } from "./readiness.js";
import type { Relay } from "./relay.js";
import { pass } from "./turn.js";

const againMs = 250;

export interface DataPath {
  readonly relay: Relay;
  readonly store: Pick<Store, "readAside">;
  readonly outbox: Pick<Outbox, "probe" | "rounds">;
  readonly expiry: Pick<Expiry, "steps">;
}

export function partsOf({ relay, store, outbox, expiry }: DataPath): readonly Part[] {
  const written = new Written(relay);
  const { probe } = outbox;
  const asked = (name: string, late: string, ask: () => Promise<unknown>) =>
    new AskedPart({ name, late }, ask, reasonOf);
  // It has a thread to begin first, which takes longer than all the rest of a start.
  const searches = { name: "searches", late: "searches are not answered", isSlowAtFirst: true };
  return [
    asked("line", "the line does not answer", () => written.write()),
    asked("news", "what happens is not told", () => probe.sendNews()),
    asked("envelopes", "envelopes are not delivered", () => probe.sendEnvelopes(written.isFresh())),
    new AskedPart(searches, () => store.readAside({ era: { find: "era", by: {} } }), reasonOf),
    new CountedPart({ name: "offers", late: "offers do not go on" }, () => outbox.rounds),
    new CountedPart({ name: "deadlines", late: "deadlines are not looked at" }, () => expiry.steps),
  ];
}

/** What is wrong, for whoever runs the broker. */
export function reasonOf(fault: unknown): string {
  if (fault instanceof LedgerStopped && fault.cause !== undefined) return reasonOf(fault.cause);
  if (fault instanceof StoreFailed && fault.what === "full") return "full: reads only";
  return fault instanceof Error ? fault.message : String(fault);
}

/** A working row that is written through the line as everything is, each time with the next number of this process. */
class Written {
  readonly #relay: Relay;
  readonly #process = randomBytes(8).toString("hex");
  #sent = 0;
  #written = 0;

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  async write(): Promise<void> {
    this.#sent += 1;
    const number = this.#sent;
    const value = `${this.#process} ${number}`;
    const outcome = await this.#relay({ kind: "readiness.probe", id: makeId("command"), value });
    if (outcome.outcome === "refused") return this.#refused(outcome.refusal.code, number);
    const isLost = this.#written > 0 && this.#numberOf(outcome.answer.before) < this.#written;
    this.#written = Math.max(this.#written, number);
    if (isLost) throw new Error("what the last probe wrote was not there");
  }

  /** A line that is busy works: it is asked again, and late if it is busy for too long. */
  async #refused(code: string, number: number): Promise<void> {
    if (code !== "broker.busy" || number !== this.#sent) throw new Error(code);
    await pass(againMs);
    if (number === this.#sent) await this.write();
  }

  /** Whether a reader who begins now finds what was written by then. */
  isFresh(): (found: string | undefined) => boolean {
    const written = this.#written;
    return (found) => written === 0 || this.#numberOf(found ?? null) >= written;
  }

  #numberOf(value: string | null): number {
    const [process, number] = value?.split(" ") ?? [];
    return process === this.#process ? Number(number) : 0;
  }
}
