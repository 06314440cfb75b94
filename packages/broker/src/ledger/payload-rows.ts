/**
 * Payloads as rows: what a decision says becomes of them, done with the bytes that its command has brought and those that
 * are kept. The only place of the ledger that has them in hand, and it looks into none.
 */
import type { PayloadChange } from "../governance/session/payload-changes.js";
import type { LedgerChange, Transaction } from "./store.js";

/** What comes with a command and is no part of what is decided: its payloads, by their place in it. */
export type Carried = readonly Uint8Array[];

export async function payloadChanges(
  tx: Transaction,
  changes: readonly PayloadChange[],
  carried: Carried,
): Promise<readonly LedgerChange[]> {
  const made: LedgerChange[] = [];
  for (const change of changes) {
    const { session, side, n } = change;
    const key = { session, side, n };
    switch (change.do) {
      case "keep": {
        const bytes = together(change.places, carried);
        const row = { ...key, count: change.places.length, trimmed: 0, bytes };
        made.push({ do: "put", table: "payloads", row });
        break;
      }
      case "erase":
        made.push({ do: "drop", table: "payloads", key });
        break;
      case "trim":
        made.push(...(await shorter(tx, change)));
        break;
      default:
        change satisfies never;
    }
  }
  return made;
}

function together(places: readonly number[], carried: Carried): Uint8Array {
  const parts = places.map((place) => {
    const part = carried[place];
    if (part === undefined) throw new RangeError(`no payload has come at place ${place}`);
    return part;
  });
  return Buffer.concat(parts);
}

/** A row that was lost stays so. */
async function shorter(
  tx: Transaction,
  { session, side, n, trimmed, count, skip, length }: Extract<PayloadChange, { do: "trim" }>,
): Promise<readonly LedgerChange[]> {
  const { row } = await tx.answer({ row: { find: "payloadRow", by: { session, side, n } } });
  if (row === undefined) return [];
  const bytes = Buffer.from(row.bytes.subarray(skip, skip + length));
  return [{ do: "put", table: "payloads", row: { session, side, n, count, trimmed, bytes } }];
}
