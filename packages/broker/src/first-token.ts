/**
 * The one-time token of the first platform operator: shown on a terminal, or put into a file that only the broker's
 * user may read. It is in no log and in no database [ID-6].
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";

const fileIn = (folder: string): string => join(folder, "platform-enrolment-token");

interface Shown {
  readonly secret: string;
  readonly issuer: string;
  readonly expiresAt: string;
}

export function showFirstToken(
  folder: string,
  shown: Shown | undefined,
  log: Logger,
  terminal: ((text: string) => void) | undefined,
): void {
  const path = fileIn(folder);
  rmSync(path, { force: true });
  if (shown === undefined) return;
  const { secret, issuer, expiresAt } = shown;
  if (terminal !== undefined) {
    terminal(
      `\n  No platform operator can act yet. One-time enrolment token, until ${expiresAt}:\n\n    ${secret}\n\n`,
    );
    terminal(`  Redeem it:  parley init --broker ${issuer} --token ${secret}\n\n`);
    return;
  }
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  log.info(
    { file: path, expiresAt },
    "no platform operator can act yet: the one-time enrolment token is in the file",
  );
}
