/** An outbox with connections that keep what they are told, over a store in which sessions are what a test says they are. */
import type { AgentId, InstanceId, SessionId } from "@parley/protocol";
import type { SessionRecord } from "../../governance/engagement-entities.js";
import type { DrainRow } from "../../governance/session/envelope-entities.js";
import * as cast from "../../governance/testing/cast.js";
import * as city from "../../governance/testing/city.js";
import type { Store } from "../../ledger/store.js";
import type { StoredFact } from "../../ledger/stored-fact.js";
import { steppedClock } from "../../ledger/testing/harness.js";
import { Connections } from "../connections.js";
import type { HeldFrom } from "../held-from.js";
import { Outbox } from "../outbox.js";
import type { sessionNumbered } from "./scenes.js";
import { type KeptWire, openWire, settled } from "./wires.js";

const { north } = cast;

/** A store in which only sessions can be found, and which counts what it is asked. */
export class FoundSessions {
  readonly due = new Map<SessionId, SessionRecord>();
  takeable: readonly SessionRecord[] = [];
  drains: readonly DrainRow[] = [];
  lost: readonly SessionId[] = [];
  readonly asked: string[] = [];
  fails = false;

  readonly store: Pick<Store, "read"> = {
    read: async (question) => {
      if (this.fails) throw new Error("the disk is gone");
      const found = Object.entries(question).map(([name, { find, by }]) => {
        this.asked.push(find);
        const row = "id" in by ? this.due.get(by.id as SessionId) : undefined;
        const lists = {
          takeableSessions: this.takeable,
          drainsOf: this.drains.filter(({ instance }) => instance === null),
          drainsBegun: this.drains.filter(({ instance }) => instance !== null),
          lostSessions: this.lost,
        };
        return [name, find in lists ? lists[find as keyof typeof lists] : row];
      });
      return Object.fromEntries(found);
    },
  };
}

export function scene() {
  const clock = steppedClock(cast.now);
  const connections = new Connections();
  const found = new FoundSessions();
  const failures: unknown[] = [];
  const failed = (fault: unknown) => void failures.push(fault);
  const outbox = new Outbox({
    ...{ connections, store: found.store, clock, failed },
    read: async () => ({
      ...{ from: { agent: cast.north, organisation: cast.borealis }, upTo: 0, segments: [] },
      ...{ isClosed: false, sendUpTo: { n: 256, bytes: 4_194_304 } },
    }),
  });
  const open = (instance: InstanceId, agent: AgentId) => openWire(connections, instance, agent);
  const serving = async (instance: InstanceId): Promise<KeptWire> => {
    const wire = open(instance, north);
    await outbox.serve(wire, ["weather.current"]);
    return wire;
  };
  const tell = async (...facts: readonly StoredFact[]) => {
    outbox.tell(facts);
    await settled();
  };
  return { clock, found, failures, outbox, open, serving, tell };
}

export const recordOf = (session: ReturnType<typeof sessionNumbered>): SessionRecord =>
  ({
    session,
    consumer: { side: city.sideRow(session, "consumer") },
    provider: { side: city.sideRow(session, "provider") },
  }) as unknown as SessionRecord;

/** The consumer has sent so many that nobody has handled. */
export const leaving = (session: ReturnType<typeof sessionNumbered>, n: number): SessionRecord => {
  const record = recordOf(session);
  return {
    ...record,
    consumer: { ...record.consumer, sent: { n }, handled: null },
  } as unknown as SessionRecord;
};

export const heldBy = (record: SessionRecord, instance: InstanceId, over: object): SessionRecord => {
  const { provider } = record;
  return {
    ...record,
    provider: { ...provider, side: { ...provider.side, instance, joinedAt: cast.now }, ...over },
  };
};

/** Joined by the provider, who has not had the three that there are. */
export const drained = (session: SessionId): HeldFrom => ({
  ...{ session, side: "provider", after: 0, upTo: 3, handed: 0, isClosed: true },
  sendUpTo: { n: 256, bytes: 4_194_304 },
});
