/** Whoever asks over HTTP, with the statements that ran for the answer, over the store on a disk. */
import { mkdtempSync, rmSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSqliteStore } from "../../ledger/sqlite/store.js";
import type { Store } from "../../ledger/store.js";
import type { Person } from "./person.js";
import type { Answer } from "./speak.js";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: OutgoingHttpHeaders;
}

export interface Traced {
  readonly answer: Answer;
  /** In the order in which they ran, without their values. */
  readonly statements: readonly string[];
}

export interface Tracing {
  readonly store: Store;
  /** All that was left out of what is compared. */
  readonly leftOut: ReadonlySet<string>;
  ask(person: Person, asked: Asked): Promise<Traced>;
}

/**
 * What carries commits into the database, some time after one of them: no question is the cause of it. Decisions and
 * reads run no pragma at all.
 */
export const isOfCheckpoints = (statement: string): boolean =>
  /^PRAGMA (?:wal_checkpoint\((?:NOOP|PASSIVE|TRUNCATE)\)|busy_timeout = \?)$/.test(statement);

/** Every 256th fact of the caller's own log completes a subtree that is kept, whatever it is about. */
const completesSubtree = (statement: string): boolean => statement.startsWith('INSERT INTO "log_nodes"');

const minuteMs = 60_000;

/** `between` stands between the broker and the store. */
export function traceOfThisTest(between: (store: Store) => Store = (store) => store): Tracing {
  const folder = mkdtempSync(join(tmpdir(), "parley-traced-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const leftOut = new Set<string>();
  let statements: string[] = [];
  const trace = (statement: string) => {
    if (completesSubtree(statement)) return;
    if (isOfCheckpoints(statement)) leftOut.add(statement);
    else statements.push(statement);
  };
  const store = between(openSqliteStore({ folder, synchronous: "NORMAL", trace }));
  return {
    store,
    leftOut,
    /**
     * Each question is the first of its minute, so that what is counted by the minute [REC-6] is as it was before the
     * one that it is compared with. Who asks has its token and its nonce before anything is compared.
     */
    async ask(person, { method, path, body, headers = {} }) {
      person.edge.clock.step(minuteMs);
      const access = await person.access(method, path);
      statements = [];
      const answer = await person.edge.send({ method, path, body, headers: { ...access, ...headers } });
      return { answer, statements: statements.slice() };
    },
  };
}
