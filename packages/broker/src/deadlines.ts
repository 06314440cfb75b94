/**
 * Deadlines are working rows: a start makes again what is missing of them, so that nothing that is open stays so for
 * ever because a row was lost. Whether a time has passed already is judged by the same command that the row leads to.
 */
import { commandFor, type ExpiryCommand, type Send } from "./expiry.js";
import type { Store, StoreLookups } from "./ledger/store.js";
import { pass } from "./turn.js";

const perPage = 256;

export interface Remaking {
  readonly store: Pick<Store, "read">;
  readonly send: Send;
  readonly pageSize?: number;
  readonly pause?: (ms: number) => Promise<void>;
}

const retryMs = 250;

/** [SES-11] [WKG-4] Resolves when everything that is open has its deadline, or was over and is closed. */
export async function remakeDeadlines(remaking: Remaking): Promise<void> {
  const { store, send, pageSize: limit = perPage, pause = pass } = remaking;
  // What a busy line turns away would have no deadline until the next start.
  const sendSurely = async (command: ExpiryCommand): Promise<void> => {
    while ((await send(command)).outcome === "refused") await pause(retryMs);
  };
  const sendAll = (commands: readonly ExpiryCommand[]) => Promise.all(commands.map(sendSurely));
  await walk(
    async (after: Undated<"undatedSessions"> | null) =>
      (await store.read({ page: { find: "undatedSessions", by: { after, limit } } })).page,
    (page) => sendAll(page.map((id) => commandFor("session.expire", id))),
  );
  await walk(
    async (after: Undated<"undatedInvitations"> | null) =>
      (await store.read({ page: { find: "undatedInvitations", by: { after, limit } } })).page,
    (page) => sendAll(page.map(({ id }) => commandFor("invitation.expire", id))),
  );
}

type Undated<K extends "undatedSessions" | "undatedInvitations"> = StoreLookups[K]["found"][number];

/** Page after page, each from where the one before ended: what a command leaves as it was is not met again. */
async function walk<P>(
  pageAfter: (after: P | null) => Promise<readonly P[]>,
  visit: (page: readonly P[]) => Promise<unknown>,
): Promise<void> {
  let after: P | null = null;
  do {
    const page: readonly P[] = await pageAfter(after);
    await visit(page);
    after = page.at(-1) ?? null;
  } while (after !== null);
}
