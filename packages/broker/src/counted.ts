/**
 * What a broker counts of itself while it works: the same line, store, head and outbox, counted. Counting is an addition
 * for each; nothing of what is decided, sent or stored is kept but how many there were.
 */
import type { Refusal } from "@parley/protocol";
import { OnTheWay } from "./admission/socket/on-the-way.js";
import { machineTime } from "./clock.js";
import { Counts, PairCounts, Spread } from "./counting.js";
import type { CommandAnswers } from "./governance/command.js";
import type { FactContent } from "./governance/fact.js";
import type { Govern } from "./ledger/decide.js";
import type { HeadKeeper } from "./ledger/head.js";
import type { Store } from "./ledger/store.js";
import type { StoredFact } from "./ledger/stored-fact.js";
import { observedStore, whenThere } from "./observed-store.js";
import type { SentCommand } from "./outbox/hearing.js";
import type { Outbox, Relay } from "./relay.js";

const seconds = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class Counted {
  readonly commands = new PairCounts();
  readonly refusals = new Counts();
  readonly commandSeconds = new Spread(seconds);
  readonly facts = new Counts();
  readonly sessionsClosed = new Counts();
  readonly envelopes = new Counts();
  readonly envelopesRefused = new Counts();
  readonly batch = new Spread([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]);
  readonly transactionSeconds = new Spread(seconds);
  readonly commitSeconds = new Spread(seconds);
  readonly headSeconds = new Spread(seconds);
  readonly authentications = new PairCounts();
  readonly requests = new PairCounts();
  readonly requestSeconds = new Spread(seconds);
  readonly onTheWay = new OnTheWay();
  /** On their way to who takes traces. */
  spans: { readonly exported: number; readonly dropped: number } = { exported: 0, dropped: 0 };
  envelopeBytes = 0;
  envelopesHandled = 0;
  /** Decided since the last transaction began. */
  #decided = 0;

  /** The same line: commands and how they end. */
  relay(relay: Relay): Relay {
    return async (command, carried) => {
      const from = machineTime.monotonic();
      const outcome = await relay(command, carried).catch((fault: unknown) => {
        this.commands.add(command.kind, "failed");
        throw fault;
      });
      this.commandSeconds.observe((machineTime.monotonic() - from) / 1_000);
      this.commands.add(command.kind, outcome.outcome);
      if (outcome.outcome === "refused") this.refusals.add(outcome.refusal.code);
      return outcome;
    };
  }

  /** The same decisions: how many share a transaction. */
  govern(govern: Govern): Govern {
    return (command, now) => {
      this.#decided += 1;
      return govern(command, now);
    };
  }

  /** The same store: how long a transaction takes that is committed, and how much of it the commit. */
  store(store: Store): Store {
    let from = 0;
    return observedStore(store, {
      began: () => {
        from = machineTime.monotonic();
        this.#decided = 0;
      },
      committing: () => {
        const committing = machineTime.monotonic();
        return () => {
          const now = machineTime.monotonic();
          this.commitSeconds.observe((now - committing) / 1_000);
          this.transactionSeconds.observe((now - from) / 1_000);
          this.batch.observe(this.#decided);
        };
      },
    });
  }

  head(head: HeadKeeper): HeadKeeper {
    return {
      read: () => head.read(),
      keep: (kept) => {
        const from = machineTime.monotonic();
        return whenThere(head.keep(kept), () =>
          this.headSeconds.observe((machineTime.monotonic() - from) / 1_000),
        );
      },
      close: () => head.close(),
    };
  }

  /** The same outbox: what has happened, what was sent and what was handled. */
  outbox(outbox: Outbox): Outbox {
    return {
      cut: (cuts) => outbox.cut(cuts),
      tell: (facts) => {
        for (const fact of facts) this.#happened(fact);
        outbox.tell(facts);
      },
      deliver: (sent) => {
        this.#sent(sent);
        outbox.deliver(sent);
      },
      credit: (acked) => {
        for (const { more } of acked) this.envelopesHandled += more;
        outbox.credit(acked);
      },
    };
  }

  /** The same authentication: who was let in over it, and why others were not. */
  authentication<A extends readonly unknown[], T extends object>(
    surface: "http" | "socket",
    authenticate: (...args: A) => Promise<T | Refusal>,
  ): (...args: A) => Promise<T | Refusal> {
    return async (...args) => {
      const found = await authenticate(...args);
      this.authentications.add(surface, "code" in found ? found.code : "accepted");
      return found;
    };
  }

  #happened({ skeleton: { kind }, contentText }: StoredFact): void {
    this.facts.add(kind);
    if (kind !== "session.closed" || contentText === null) return;
    const { data } = JSON.parse(contentText) as FactContent<"session.closed">;
    this.sessionsClosed.add(data.life.ending.reason);
  }

  #sent({ command: { envelopes }, answer }: SentCommand): void {
    const { taken }: CommandAnswers["envelopes.send"] = answer;
    for (const [at, one] of taken.entries()) {
      this.envelopes.add(one.outcome);
      if (one.outcome === "accepted") this.envelopeBytes += envelopes[at]?.bytes ?? 0;
      else if (one.outcome === "refused") this.envelopesRefused.add(one.refusal.code);
    }
  }
}
