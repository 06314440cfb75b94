/**
 * The kept head, in a file of its own: two slots written in turn, each with its sequence and a checksum, so that a
 * write which is cut off leaves the head before it. Survives a kill at once and a power cut by a second at most: the
 * store may then be ahead of its head, never behind.
 */
import { strict as assert } from "node:assert";
import { hash } from "node:crypto";
import { closeSync, fsync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { canonicalJson } from "@parley/protocol";
import type { HeadKeeper, KeptHead } from "../head.js";
import { StoreFailed } from "../store.js";
import { syncFolder } from "./folder.js";

/** A page each, so that no write of one can touch the other. */
const slotBytes = 4_096;
const recordBytes = 256;
const checksumBytes = 43;
const syncEveryMs = 1_000;

/** Both slots hold something, and neither is a head: nobody can tell any more what was acknowledged. */
export class HeadUnreadable extends Error {
  override readonly name = "HeadUnreadable";
  readonly retry = "never";
  constructor(path: string) {
    super(
      `${path} holds no readable head: put its last copy back, or go on knowingly from this store with \`serve --recover record\`, which begins a new era`,
    );
  }
}

interface Slot extends KeptHead {
  readonly sequence: number;
}

export function openHeadFile(path: string): HeadKeeper {
  const descriptor = openDescriptor(path);
  try {
    return new HeadFile(path, descriptor);
  } catch (cause) {
    closeSync(descriptor);
    throw cause;
  }
}

function openDescriptor(path: string): number {
  try {
    const descriptor = openSync(path, "wx+", 0o600);
    syncFolder(dirname(path));
    return descriptor;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    return openSync(path, "r+");
  }
}

class HeadFile implements HeadKeeper {
  readonly #descriptor: number;
  /** Until a head is kept again, which is for who goes on knowingly. */
  #unreadable: HeadUnreadable | undefined;
  #kept: Slot | undefined;
  #synced: Slot | undefined;
  #syncing: NodeJS.Timeout | undefined;
  #failed: StoreFailed | undefined;

  constructor(path: string, descriptor: number) {
    this.#descriptor = descriptor;
    const slots = [readSlot(descriptor, 0), readSlot(descriptor, 1)];
    const whole = slots.filter((slot) => typeof slot === "object").sort((a, b) => b.sequence - a.sequence);
    this.#unreadable =
      whole.length === 0 && slots.includes("unreadable") ? new HeadUnreadable(path) : undefined;
    this.#kept = whole[0];
    this.#synced = this.#kept;
  }

  read(): KeptHead | undefined {
    if (this.#unreadable) throw this.#unreadable;
    if (this.#kept === undefined) return undefined;
    const { sequence: _sequence, ...head } = this.#kept;
    return head;
  }

  keep(head: KeptHead): void {
    if (this.#failed) throw this.#failed;
    const isFirst = this.#kept === undefined;
    const slot: Slot = { ...head, sequence: (this.#kept?.sequence ?? 0) + 1 };
    this.#attempt(() => writeSlot(this.#descriptor, slot));
    this.#kept = slot;
    this.#unreadable = undefined;
    // Until the first head is on disk, a power cut would leave a record without any.
    if (isFirst) this.#attempt(() => this.#syncNow());
    else this.#syncing ??= setTimeout(() => this.#sync(), syncEveryMs).unref();
  }

  close(): void {
    clearTimeout(this.#syncing);
    if (this.#synced !== this.#kept) this.#attempt(() => this.#syncNow());
    closeSync(this.#descriptor);
  }

  #syncNow(): void {
    fsyncSync(this.#descriptor);
    this.#synced = this.#kept;
  }

  #sync(): void {
    const upTo = this.#kept;
    fsync(this.#descriptor, (cause) => {
      this.#syncing = undefined;
      if (cause) this.#fail(cause);
      else this.#synced = upTo;
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw this.#fail(cause);
    }
  }

  #fail(cause: unknown): StoreFailed {
    this.#failed ??= new StoreFailed("io", "never", { cause });
    return this.#failed;
  }
}

const checksumOf = (text: string): string => hash("sha256", text, "base64url");

function writeSlot(descriptor: number, { ordinal, running, era, sequence }: Slot): void {
  const text = canonicalJson({ ordinal, running, era, sequence }).padEnd(recordBytes - checksumBytes - 1);
  const record = Buffer.from(`${text}${checksumOf(text)}\n`);
  assert(record.length === recordBytes, "a head has outgrown its slot");
  const written = writeSync(descriptor, record, 0, recordBytes, (sequence % 2) * slotBytes);
  if (written !== recordBytes) throw new RangeError(`${written} of ${recordBytes} bytes were written`);
}

function readSlot(descriptor: number, index: number): Slot | "empty" | "unreadable" {
  const record = Buffer.alloc(recordBytes);
  readSync(descriptor, record, 0, recordBytes, index * slotBytes);
  if (record.every((byte) => byte === 0)) return "empty";
  const text = record.toString("latin1", 0, recordBytes - checksumBytes - 1);
  const checksum = record.toString("latin1", recordBytes - checksumBytes - 1);
  if (checksum !== `${checksumOf(text)}\n`) return "unreadable";
  const slot = JSON.parse(text) as Slot;
  return slot.sequence % 2 === index ? slot : "unreadable";
}
