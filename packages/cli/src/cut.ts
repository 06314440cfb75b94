/** After a taking away: what was cut, and, loudly, what would not die. */
import type { CutView, SocketsCutView } from "@parley/protocol";
import { exitCodes } from "./exit-codes.js";
import type { Invocation } from "./invocation.js";

const sessionsClosed = ({ sessions }: CutView): string =>
  sessions === 1 ? "1 session was closed" : `${sessions} sessions were closed`;

/** Of identities, which have connections. */
export function tellCut(invocation: Invocation, cut: CutView | SocketsCutView): void {
  const sockets = cut.sockets === 1 ? "1 connection was cut" : `${cut.sockets} connections were cut`;
  const isTold = "sessions" in cut && cut.sessions > 0;
  invocation.terminal.note(isTold ? `${sockets}, ${sessionsClosed(cut)}.` : `${sockets}.`);
  tellSurvivors(invocation, cut);
}

/** Of what only sessions rely on: memberships, workgroups, offers. */
export function tellClosed(invocation: Invocation, cut: CutView): void {
  invocation.terminal.note(cut.sessions === 0 ? "No session was closed by it." : `${sessionsClosed(cut)}.`);
  tellSurvivors(invocation, cut);
}

function tellSurvivors({ terminal, exit }: Invocation, { surviving }: SocketsCutView): void {
  if (surviving.length === 0) return;
  const still = surviving.length === 1 ? "1 CONNECTION IS" : `${surviving.length} CONNECTIONS ARE`;
  terminal.note(`WARNING: ${still} STILL OPEN that should be gone:`);
  for (const connection of surviving) terminal.note(`  ${connection}`);
  terminal.note("Nothing is accepted over them any more, but restart the broker to be rid of them.");
  exit(exitCodes.survivors);
}
