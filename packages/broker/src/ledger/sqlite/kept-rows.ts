/**
 * Which rows of payloads there are, of sides that have few: an acknowledgement asks for those that it lets go, and mostly
 * they were put a moment before. Payloads themselves are not remembered.
 */
import type { KeptPayloads } from "../../governance/session/payload-changes.js";
import type { LedgerChange, StoreLookups } from "../store.js";
import { Forgetful } from "./forgetful.js";

export type AskedPayloads = StoreLookups["payloadsIn"]["ask"];
type PayloadChange = Extract<LedgerChange, { table: "payloads" }>;

/** A side that has more is read each time. */
const rowsMax = 16;
const many = Symbol("many");
const sidesMax = 16_384;
const nMax = Number.MAX_SAFE_INTEGER;

const nameOf = ({ session, side }: Pick<AskedPayloads, "session" | "side">): string => `${session} ${side}`;

export class KeptRows {
  /** All that a side has, by n. */
  readonly #sides = new Forgetful<readonly KeptPayloads[] | typeof many>(sidesMax);

  find(by: AskedPayloads, read: (by: AskedPayloads) => readonly KeptPayloads[]): readonly KeptPayloads[] {
    const all = this.#sides.get(nameOf(by)) ?? this.#readAll(by, read);
    if (all === many) return read(by);
    return all.filter(({ n }) => n >= by.from && n <= by.to).slice(0, by.limit);
  }

  /** Before it is made. */
  changes(change: PayloadChange): void {
    const { session, side, n } = change.do === "put" ? change.row : change.key;
    const name = nameOf({ session, side });
    const known = this.#sides.get(name);
    if (known === undefined || known === many) return;
    const others = known.filter((row) => row.n !== n);
    if (change.do === "drop") this.#sides.set(name, others);
    else this.#sides.set(name, others.length < rowsMax ? withRow(others, change.row) : many);
  }

  clear(): void {
    this.#sides.clear();
  }

  #readAll(by: AskedPayloads, read: (by: AskedPayloads) => readonly KeptPayloads[]) {
    const found = read({ ...by, from: 0, to: nMax, limit: rowsMax + 1 });
    const all = found.length > rowsMax ? many : found;
    this.#sides.set(nameOf(by), all);
    return all;
  }
}

function withRow(
  rows: readonly KeptPayloads[],
  { session, side, n, count, trimmed }: KeptPayloads,
): KeptPayloads[] {
  const row = { session, side, n, count, trimmed };
  const after = rows.findIndex((one) => one.n > n);
  return after < 0 ? [...rows, row] : [...rows.slice(0, after), row, ...rows.slice(after)];
}
