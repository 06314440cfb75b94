/**
 * The last checkpoint of each log in a file of its own: a line for each that was signed, and once there are many lines, the
 * file is made anew with the last of each. Survives a kill at once and a power cut by a second at most. A last line that is
 * not whole is one that nobody was given.
 */
import {
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { canonicalJson } from "@parley/protocol";
import type { CheckpointKeeper, KeptCheckpoint } from "../checkpoints.js";
import { StoreFailed } from "../store.js";
import { syncFolder } from "./folder.js";

const syncEveryMs = 1_000;
/** Beside one line for each log. */
const spareLines = 10_000;

const kinds = { log: "string", size: "number", root: "string", era: "number", note: "string" } as const;

/** Exactly what a line says. */
function isCheckpoint(value: unknown): value is KeptCheckpoint {
  if (typeof value !== "object" || value === null) return false;
  const fields = Object.entries(kinds);
  const isSo = ([field, kind]: readonly [string, string]) => typeof Reflect.get(value, field) === kind;
  return Object.keys(value).length === fields.length && fields.every(isSo);
}

/** Nobody can tell any more what was signed. */
export class CheckpointsUnreadable extends Error {
  override readonly name = "CheckpointsUnreadable";
  readonly retry = "never";
  constructor(path: string, line: number) {
    super(
      `${path} is damaged at line ${line}: put its last copy back, or go on knowingly from this store with \`serve --recover record\`, which begins a new era`,
    );
  }
}

export interface CheckpointFileOptions {
  /** What is there is of an era that ends: it is begun anew. */
  readonly anew?: boolean;
  readonly spareLines?: number;
}

export function openCheckpointFile(path: string, options: CheckpointFileOptions = {}): CheckpointKeeper {
  const last = options.anew === true ? new Map<string, KeptCheckpoint>() : readLast(path);
  return new CheckpointFile(path, last, options.spareLines ?? spareLines);
}

function readLast(path: string): Map<string, KeptCheckpoint> {
  const lines = textOf(path).split("\n");
  // What comes after the last end of a line is nothing, or what a crash has left of one.
  lines.pop();
  const last = new Map<string, KeptCheckpoint>();
  for (const [index, line] of lines.entries()) {
    const read = parsed(line);
    if (!isCheckpoint(read)) throw new CheckpointsUnreadable(path, index + 1);
    last.set(read.log, read);
  }
  return last;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw cause;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const lineOf = ({ log, size, root, era, note }: KeptCheckpoint): string =>
  `${canonicalJson({ log, size, root, era, note })}\n`;

function writeAll(descriptor: number, checkpoints: readonly KeptCheckpoint[]): void {
  const bytes = Buffer.from(checkpoints.map(lineOf).join(""));
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

class CheckpointFile implements CheckpointKeeper {
  readonly #path: string;
  #last: ReadonlyMap<string, KeptCheckpoint>;
  readonly #spareLines: number;
  #descriptor: number;
  #lines = 0;
  #isSynced = true;
  #syncing: NodeJS.Timeout | undefined;
  #failed: StoreFailed | undefined;

  constructor(path: string, last: Map<string, KeptCheckpoint>, spare: number) {
    this.#path = path;
    this.#last = last;
    this.#spareLines = spare;
    this.#descriptor = this.#makeAnew(last);
  }

  read(): readonly KeptCheckpoint[] {
    return [...this.#last.values()];
  }

  keep(checkpoints: readonly KeptCheckpoint[]): void {
    if (this.#failed) throw this.#failed;
    if (checkpoints.length === 0) return;
    const last = new Map(this.#last);
    for (const one of checkpoints) last.set(one.log, one);
    this.#attempt(() => {
      if (this.#lines + checkpoints.length > last.size + this.#spareLines) this.#replace(last);
      else this.#add(checkpoints);
    });
    this.#last = last;
    this.#isSynced = false;
    this.#syncing ??= setTimeout(() => this.#sync(), syncEveryMs).unref();
  }

  close(): void {
    clearTimeout(this.#syncing);
    if (!this.#isSynced && this.#failed === undefined) this.#attempt(() => fsyncSync(this.#descriptor));
    closeSync(this.#descriptor);
  }

  #replace(last: ReadonlyMap<string, KeptCheckpoint>): void {
    const older = this.#descriptor;
    this.#descriptor = this.#makeAnew(last);
    closeSync(older);
  }

  /** What there was no room for leaves nothing behind: whoever tries again begins a line. */
  #add(checkpoints: readonly KeptCheckpoint[]): void {
    const { size } = fstatSync(this.#descriptor);
    try {
      writeAll(this.#descriptor, checkpoints);
      this.#lines += checkpoints.length;
    } catch (cause) {
      ftruncateSync(this.#descriptor, size);
      throw cause;
    }
  }

  /** Whole or not at all: written beside, made durable, and only then put in place. */
  #makeAnew(last: ReadonlyMap<string, KeptCheckpoint>): number {
    const beside = `${this.#path}.new`;
    rmSync(beside, { force: true });
    const descriptor = openSync(beside, "ax", 0o600);
    try {
      writeAll(descriptor, [...last.values()]);
      fsyncSync(descriptor);
      renameSync(beside, this.#path);
      syncFolder(dirname(this.#path));
      this.#lines = last.size;
      return descriptor;
    } catch (cause) {
      closeSync(descriptor);
      throw cause;
    }
  }

  #sync(): void {
    const descriptor = this.#descriptor;
    this.#isSynced = true;
    fsync(descriptor, (cause) => {
      this.#syncing = undefined;
      // One that was replaced meanwhile is closed, and the new one was made durable whole.
      if (cause && descriptor === this.#descriptor) this.#fail(cause);
      else if (!this.#isSynced) this.#syncing = setTimeout(() => this.#sync(), syncEveryMs).unref();
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      // Where there is no room for a while, nothing that was kept is lost.
      if ((cause as NodeJS.ErrnoException).code === "ENOSPC")
        throw new StoreFailed("full", "later", { cause });
      throw this.#fail(cause);
    }
  }

  #fail(cause: unknown): StoreFailed {
    this.#failed ??= new StoreFailed("io", "never", { cause });
    return this.#failed;
  }
}
