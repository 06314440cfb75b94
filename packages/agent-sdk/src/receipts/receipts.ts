/** The receipts of an agent: told of when they are there, verified, and kept. */
import { type Event, type ReceiptView, receiptSchema, type SessionId } from "@parley/protocol";
import { pause } from "../clock.js";
import type { Link } from "../link.js";
import { isRefused } from "../refusal.js";
import { believed, type Receipt } from "./receipt.js";
import type { ReceiptStore } from "./receipt-store.js";
import { TrustedKeys } from "./trusted-keys.js";

/** Seconds have to end before a receipt is made. */
const waitMs = 10_000;
const lookEveryMs = 500;

/** What the broker has stated of sessions, as `agent.receipts`. */
export class Receipts {
  readonly #link: Link;
  readonly #store: ReceiptStore;
  readonly #told: (receipt: Receipt) => void;
  #keys: TrustedKeys | undefined;

  /** @internal An agent has one. */
  constructor(link: Link, store: ReceiptStore, told: (receipt: Receipt) => void) {
    this.#link = link;
    this.#store = store;
    this.#told = told;
    link.on("event", (event) => this.#heard(event));
  }

  /**
   * Of a session that is closed: the one that is kept, or what the broker shows. It comes about two seconds after the
   * close, and is waited for, ten seconds if nothing else is said; it rejects with ParleyRefusal `not-found` where there
   * is none by then, and with ReceiptDiffers where it does not verify.
   */
  async of(
    session: SessionId,
    { timeoutMs = waitMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Receipt> {
    const kept = await this.#store.get(session);
    if (kept !== undefined) return this.#believe(kept);
    const { clock } = this.#link.client.exchange;
    for (const beganMs = clock.elapsed(); ; ) {
      try {
        return await this.#take(session, signal);
      } catch (error) {
        if (!isRefused(error, "not-found") || clock.elapsed() - beganMs >= timeoutMs) throw error;
        await pause(clock, lookEveryMs, signal);
      }
    }
  }

  #heard(event: Event): void {
    if (event.event !== "receipt.ready") return;
    this.#link.background(this.#take(event.session).then((receipt) => this.#told(receipt)));
  }

  async #take(session: SessionId, signal?: AbortSignal): Promise<Receipt> {
    const path = `/v1/sessions/${session}/receipt`;
    const ask = { method: "GET", path, schema: receiptSchema } as const;
    const shown = await this.#link.client.request(signal === undefined ? ask : { ...ask, signal });
    const receipt = await this.#believe(shown);
    await this.#store.put(shown);
    return receipt;
  }

  #believe(shown: ReceiptView): Promise<Receipt> {
    const { client, self } = this.#link;
    this.#keys ??= new TrustedKeys(client);
    return believed(shown, { issuer: client.issuer, organisation: self.organisation }, this.#keys);
  }
}
