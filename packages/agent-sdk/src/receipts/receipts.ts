/** The receipts of an agent: told of when they are there, verified, and kept. */
import { type Event, type ReceiptView, receiptShownSchema, type SessionId } from "@parley/protocol";
import { pause } from "../clock.js";
import { ParleyFault } from "../fault.js";
import type { Link } from "../link.js";
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
   * close, and is waited for, ten seconds if nothing else is said; it rejects with ParleyFault where there is none by
   * then, with ParleyRefusal where there is no such session, and with ReceiptDiffers where it does not verify.
   */
  async of(
    session: SessionId,
    { timeoutMs = waitMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Receipt> {
    const kept = await this.#store.get(session);
    if (kept !== undefined) return this.#believe(kept);
    const { clock } = this.#link.client.exchange;
    for (const beganMs = clock.elapsed(); ; ) {
      const receipt = await this.#take(session, signal);
      if (receipt !== undefined) return receipt;
      if (clock.elapsed() - beganMs >= timeoutMs)
        throw new ParleyFault(`${session} has no receipt yet`, "later");
      await pause(clock, lookEveryMs, signal);
    }
  }

  #heard(event: Event): void {
    if (event.event !== "receipt.ready") return;
    const taken = this.#take(event.session);
    this.#link.background(taken.then((receipt) => receipt && this.#told(receipt)));
  }

  async #take(session: SessionId, signal?: AbortSignal): Promise<Receipt | undefined> {
    const path = `/v1/sessions/${session}/receipt`;
    const ask = { method: "GET", path, schema: receiptShownSchema } as const;
    const { receipt: shown } = await this.#link.client.request(
      signal === undefined ? ask : { ...ask, signal },
    );
    if (shown === null) return undefined;
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
