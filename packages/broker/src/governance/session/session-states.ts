/**
 * The life of a session as a table: for each command the states that allow it and the states to which it may lead. The
 * code judges by it, and the drawing in `docs/sessions.md` is made from it.
 */
import type { SessionState } from "@parley/protocol";
import type { Life } from "../engagement-entities.js";

/** `none`: there is no session yet. */
export type Whence = SessionState | "none";
type Moves = { readonly [S in Whence]?: readonly SessionState[] };

/** [SES-1] What is not here does not happen. */
export const moves = {
  "session.propose": { none: ["proposed", "accepted"] },
  "session.accept": { proposed: ["accepted", "active"] },
  "session.reject": { proposed: ["closed"] },
  "session.withdraw": { proposed: ["closed"] },
  "session.join": { accepted: ["accepted", "active"], active: ["active"], closed: ["closed"] },
  "session.close": { accepted: ["closed"], active: ["closed"] },
  "session.expire": { proposed: ["closed"], accepted: ["closed"], active: ["closed"] },
  "sessions.sweep": { proposed: ["closed"], accepted: ["closed"], active: ["closed"] },
} as const satisfies Readonly<Record<string, Moves>>;

export type SessionCommand = keyof typeof moves;
export const sessionCommands = Object.keys(moves) as readonly SessionCommand[];

/** Where a command may lead from a state: nowhere, if that state does not allow it. */
export function leadsTo(command: SessionCommand, from: Whence): readonly SessionState[] {
  const of: Moves = moves[command];
  return of[from] ?? [];
}

export const allows = (command: SessionCommand, state: SessionState): boolean =>
  leadsTo(command, state).length > 0;

/** A life that the table does not lead to is a bug of ours, and is not written. */
export function moved(command: SessionCommand, from: Whence, to: Life): void {
  if (!leadsTo(command, from).includes(to.state))
    throw new TypeError(`${command} does not lead from ${from} to ${to.state}`);
}
