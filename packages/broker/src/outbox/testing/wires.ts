/** Connections without sockets, each of which keeps what it is told; and facts as the ledger would have written them. */
import {
  type AgentId,
  type CloseReason,
  type ConnectionId,
  canonicalJson,
  type Event,
  type InstanceId,
  type Json,
  makeId,
  type SessionId,
} from "@parley/protocol";
import type { FactData, FactKind } from "../../governance/fact.js";
import * as cast from "../../governance/testing/cast.js";
import type { StoredFact } from "../../ledger/stored-fact.js";
import type { Connections } from "../connections.js";
import type { Delivered, Wire } from "../wire.js";

export class KeptWire implements Wire {
  readonly connection: ConnectionId = makeId("connection");
  readonly told: Event[] = [];
  readonly gone: Promise<void>;
  #isOver = false;
  #resolve: () => void = () => undefined;

  constructor() {
    this.gone = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  tell(event: Event): void {
    if (this.#isOver) return;
    this.told.push(event);
    this.onSaid(event.event);
  }

  readonly delivered: Delivered[] = [];
  hasRoom = true;

  get hasPlenty(): boolean {
    return this.hasRoom;
  }

  readonly #whenRoom: (() => void)[] = [];

  deliver(envelope: Delivered): void {
    if (this.#isOver) return;
    this.delivered.push(envelope);
    this.onSaid(String(envelope.n));
  }

  /** Whatever it is told and delivered, in order. */
  onSaid: (what: string) => void = () => undefined;
  /** How many calls have waited for room. */
  waited = 0;

  whenRoom(call: () => void): void {
    this.waited += 1;
    this.#whenRoom.push(call);
  }

  /** There is room again. */
  drain(): void {
    this.hasRoom = true;
    for (const call of this.#whenRoom.splice(0)) call();
  }

  close(_reason: CloseReason): void {
    this.#isOver = true;
    this.#resolve();
  }

  /** What it was told, without the facts of chains, which have a table of their own. */
  news(): readonly object[] {
    return this.told.filter(({ event }) => event !== "session.fact");
  }

  sessions(): readonly SessionId[] {
    return this.told.flatMap((event) => (event.event === "session.available" ? [event.session] : []));
  }
}

/** An open connection of this instance. */
export function openWire(
  connections: Connections,
  instance: InstanceId,
  agent: AgentId,
  organisation = cast.borealis,
): KeptWire {
  const wire = new KeptWire();
  connections.add(wire);
  connections.opening(wire, instance);
  connections.opened(wire, agent, organisation);
  return wire;
}

let ordinal = 0;

export function factOf<K extends FactKind>(stream: string, kind: K, data: FactData[K]): StoredFact {
  ordinal += 1;
  const content = { actor: "broker", subject: stream, cause: "cmd_test", data };
  return {
    ordinal,
    skeleton: {
      v: 1,
      stream,
      position: ordinal,
      kind,
      at: cast.now,
      contentDigest: `digest-${ordinal}`,
      previous: `hash-${ordinal - 1}`,
    },
    skeletonText: "",
    hash: `hash-${ordinal}`,
    contentText: canonicalJson(content as unknown as Json),
  };
}

/** After all that needs no input from outside has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}
