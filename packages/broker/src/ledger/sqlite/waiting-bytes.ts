/** How many bytes wait to be handled, over all: counted as they come and go, so that nobody has to add them up. */
import type Database from "better-sqlite3";
import type { Change } from "../../governance/change.js";
import type { Answering } from "../answering.js";
import type { LedgerChange } from "../store.js";
import { counted } from "./statements.js";

export class WaitingBytes {
  readonly #of: Answering<"waiting">["waiting"];
  #committed: number;
  #here = 0;

  constructor(db: Database.Database, { waiting }: Answering<"waiting">) {
    this.#committed = counted(db, `SELECT ifnull(sum("bytes"), 0) FROM "waiting"`)();
    this.#of = waiting;
  }

  /** As of the last commit. */
  get committed(): number {
    return this.#committed;
  }

  /** Before it is made. */
  changes(change: Change | LedgerChange): void {
    if (change.table !== "waiting") return;
    const before = this.#of(change.do === "put" ? change.row : change.key)?.bytes ?? 0;
    if (change.do === "put") this.#here += change.row.bytes - before;
    else if (change.do === "drop") this.#here -= before;
    else this.#here += (change.set.bytes ?? before) - before;
  }

  ended(end: "committed" | "rolled back"): void {
    if (end === "committed") this.#committed += this.#here;
    this.#here = 0;
  }
}
