/** After a taking away: what was cut, and, loudly, what would not die. */
import type { CutView } from "@parley/protocol";
import { exitCodes } from "./exit-codes.js";
import type { Invocation } from "./invocation.js";

export function tellCut({ terminal, exit }: Invocation, cut: CutView): void {
  const sockets = cut.sockets === 1 ? "1 connection was" : `${cut.sockets} connections were`;
  terminal.note(`${sockets} cut.`);
  if (cut.surviving.length === 0) return;
  const still = cut.surviving.length === 1 ? "1 CONNECTION IS" : `${cut.surviving.length} CONNECTIONS ARE`;
  terminal.note(`WARNING: ${still} STILL OPEN that should be gone:`);
  for (const connection of cut.surviving) terminal.note(`  ${connection}`);
  terminal.note("Nothing is accepted over them any more, but restart the broker to be rid of them.");
  exit(exitCodes.survivors);
}
