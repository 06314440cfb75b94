/** An older checkpoint of the same log, held by somebody: whether the log that is shown began as it said. */
import { type Checkpoint, originOf, parseCheckpoint, readCheckpoint } from "./checkpoint.js";
import type { EvidenceCrypto } from "./crypto.js";
import type { Cover } from "./merkle.js";
import { type Flaw, flaw } from "./report.js";

export interface Older {
  readonly checkpoint: Checkpoint;
  readonly era: number;
}

interface Of {
  readonly issuer: string;
  readonly log: string;
  readonly era: number;
}

/** Of the same era, or of one before it. */
export async function readOlder(
  note: string,
  { issuer, log, era }: Of,
  keys: readonly string[],
  crypto: EvidenceCrypto,
): Promise<Older | Flaw> {
  const origin = parseCheckpoint(note)?.checkpoint.origin;
  const stated = /\/era-([1-9]\d{0,15})$/.exec(origin ?? "")?.[1];
  const older = Number(stated);
  if (origin !== undefined && !(older <= era && origin === originOf(issuer, log, older)))
    return flaw("against.log", `${originOf(issuer, log, era)}, or of an era before`, origin);
  const checkpoint = await readCheckpoint(note, keys, crypto);
  if (checkpoint === undefined)
    return flaw("against.signature", "a checkpoint that a trusted key has signed", "one that is not");
  return { checkpoint, era: older };
}

export function contradiction({ checkpoint }: Older, cover: Cover): Flaw | undefined {
  const { size, root } = checkpoint;
  if (size > cover.size) return flaw("against.size", `${size} leaves or more`, cover.size);
  const shown = cover.rootAt(size);
  if (shown === undefined) {
    const advice = `no part of the bundle ends at ${size}: export it again with --against this checkpoint`;
    return flaw("against.unknowable", `the root at ${size}`, advice);
  }
  return shown === root ? undefined : flaw("against.root", root, shown);
}
