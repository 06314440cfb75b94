/**
 * The broker's own line under the same steps: rules, ledger, projection and sweeps over a store in memory, begun anew
 * now and then. What it came to, and what anybody sees afterwards, is told in the words of the model.
 */
import type { AgentId, SessionId } from "@parley/protocol";
import { govern } from "../../governance/govern.js";
import { asItStands } from "../../governance/session/session-record.js";
import { idOf } from "../../governance/testing/cast.js";
import { type OpenLedger, openLedger } from "../../ledger/batch.js";
import { openMemoryStore } from "../../ledger/memory/store.js";
import type { Store } from "../../ledger/store.js";
import { appendInBatches, headInMemory, steppedClock } from "../../ledger/testing/harness.js";
import { openRelay, type Relay } from "../../relay.js";
import { Asking } from "./asking.js";
import { beginningFacts, beginningInvitation } from "./beginning-facts.js";
import { agent, beginningRows, group, organisation } from "./rows.js";
import { orgOfAgent, type State, type Step } from "./shapes.js";

export class System {
  readonly #store = openMemoryStore();
  readonly #clock = steppedClock();
  readonly #state: State;
  #ledger: OpenLedger | undefined;
  #relay: Relay | undefined;
  readonly #asking: Asking;

  constructor(state: State) {
    this.#state = state;
    this.#asking = new Asking(this.#store, state, () => this.#line());
  }

  /** On the record: with the facts from which what there is at first could have come. */
  async begin(onTheRecord = false): Promise<void> {
    const tx = await this.#store.begin();
    await tx.change([...beginningRows(this.#state), beginningInvitation(this.#state)]);
    await tx.commit();
    const { now: at } = this.#state;
    const facts = onTheRecord ? beginningFacts(this.#state).map((fact) => ({ fact, at })) : [];
    if (facts.length > 0) await appendInBatches(this.#store, facts, []);
    await this.restart();
  }

  get store(): Store {
    return this.#store;
  }

  get now(): number {
    return this.#clock.now();
  }

  /** Whatever the process held is gone; the store is what there is. */
  async restart(): Promise<void> {
    await this.#ledger?.drain();
    const ledger = await openLedger({ store: this.#store, head: headInMemory(), clock: this.#clock, govern });
    this.#ledger = ledger;
    const outbox = {
      cut: async () => ({ sockets: 0, surviving: [] }),
      tell: () => undefined,
      deliver: () => undefined,
      credit: () => undefined,
    };
    this.#relay = openRelay(ledger, outbox).relay;
  }

  #line(): Relay {
    if (this.#relay === undefined) throw new TypeError("begin first");
    return this.#relay;
  }

  /** Before the model takes it: the state is what stood when it was asked. */
  async take(step: Step): Promise<string> {
    this.#clock.set(this.#state.now + step.passes);
    const outcome = await this.#asking.run(step);
    if (outcome === "waits") return outcome;
    return outcome.outcome === "accepted" ? "accepted" : outcome.refusal.code;
  }

  /** What is due by now, as the broker's timer would send it. */
  async expire(): Promise<void> {
    const { due } = await this.#store.read({
      due: { find: "due", by: { now: this.#clock.now(), limit: 100 } },
    });
    for (const { kind, subject } of due) {
      const id = this.#asking.commandId();
      if (kind === "session.expire") await this.#line()({ kind, id, session: subject as SessionId });
    }
  }

  /** What an agent finds, in the words of the model. */
  async catalogOf(n: number): Promise<string[]> {
    const filter = {
      capability: null,
      words: [],
      workgroup: null,
      organisation: null,
      pattern: null,
      available: null,
    };
    const by = {
      organisation: organisation(orgOfAgent(n)),
      agent: agent(n),
      filter,
      after: null,
      limit: 100,
    };
    const { page } = await this.#store.read({ page: { find: "catalogPage", by } });
    const offerOf = (id: AgentId) => this.#state.offers.findIndex((one) => agent(one.agent) === id);
    const groupOf = (id: string) => this.#state.groups.findIndex((_, at) => group(at) === id);
    return page.map((row) => `${offerOf(row.advertisement.agent)}@${groupOf(row.workgroup.id)}`).sort();
  }

  /** How each session stands for whoever reads it now. */
  async sessions(): Promise<string[]> {
    const told: string[] = [];
    for (const [at] of this.#state.sessions.entries()) {
      const { found } = await this.#store.read({
        found: { find: "sessionDue", by: { id: idOf("session", at + 1) } },
      });
      const life = found && asItStands(found, 1, this.#clock.now()).session.life;
      told.push(
        life === undefined ? "none" : life.state === "closed" ? `closed: ${life.ending.reason}` : life.state,
      );
    }
    return told;
  }

  /** The kinds of facts of each session's chain, in order. */
  async chains(): Promise<string[][]> {
    const chains: string[][] = [];
    for (const [at] of this.#state.sessions.entries()) {
      const by = { stream: `session:${idOf("session", at + 1)}`, after: 0, limit: 100, kind: null };
      const { facts } = await this.#store.read({ facts: { find: "factsPage", by } });
      chains.push(facts.map(({ skeleton }) => skeleton.kind));
    }
    return chains;
  }

  /** Whether anything is left to be swept, or due of what is closed. */
  async leftovers(): Promise<number> {
    const { sweeps } = await this.#store.read({ sweeps: { find: "unfinishedSweeps", by: {} } });
    return sweeps.length;
  }
}
