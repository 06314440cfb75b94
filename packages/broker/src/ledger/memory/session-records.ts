/** Sessions with everything that they rely on, joined from one copy of everything in memory. */
import type { SessionRecord, Side, SideRecord, SweepScope } from "../../governance/engagement-entities.js";
import type { MemoryTables } from "./holdings.js";
import { reachOf } from "./reaching.js";
import { where } from "./rows.js";

export function sessionRecord(tables: MemoryTables, id: string): SessionRecord | undefined {
  const session = tables.sessions.find({ id });
  const advertisement = session && tables.advertisements.find({ id: session.advertisement });
  const consumer = sideRecord(tables, id, "consumer");
  const provider = sideRecord(tables, id, "provider");
  return session && advertisement && consumer && provider
    ? { session, advertisement, consumer, provider }
    : undefined;
}

function sideRecord(tables: MemoryTables, session: string, name: Side["side"]): SideRecord | undefined {
  const side = tables.sides.find({ session, side: name });
  const reach = side && reachOf(tables, side.workgroup, side.agent);
  if (!side || !reach) return undefined;
  const instance = side.instance === null ? undefined : tables.instances.find({ id: side.instance });
  const connection =
    side.instance === null ? undefined : tables.connections.find({ instance: side.instance });
  const sent = tables.tallies.find({ session, side: name });
  if (sent === undefined) return undefined;
  const handled = tables.handled.find({ session, side: name }) ?? null;
  return { side, reach, instance: instance ?? null, connection: connection ?? null, sent, handled };
}

/** The open sides of which a taking away may have closed the session. Both sides of a session may be among them. */
export function sidesIn({ sides, sessions }: MemoryTables, { by, of, within }: SweepScope): Side[] {
  const there = (side: Side): boolean => side.workgroup === within;
  switch (by) {
    case "organisation":
      return [...sides.group("openOrganisation", of)];
    case "agent":
      return [...sides.group("openAgent", of)];
    case "instance":
      return [...sides.group("openInstance", of)];
    case "workgroup":
      return [...sides.group("openWorkgroup", of)];
    case "participation":
      return where(sides.group("openOrganisation", of), there);
    case "membership":
      return where(sides.group("openAgent", of), there);
    case "advertisement":
      return where(sides.group("openAdvertisement", of), ({ state }) => state === "proposed");
    case "era":
      return where(
        sides.group("open", "open"),
        ({ session }) => (sessions.find({ id: session })?.era ?? 0) < Number(of),
      );
    default:
      return unknownScope(by);
  }
}

function unknownScope(by: never): never {
  throw new TypeError(`no sessions are swept by ${String(by)}`);
}
