/**
 * An identity kept in a file: 0600, written whole or not at all, used by one process at a time. It is the one part of
 * the SDK that needs Node, and reaches for it only when called, so that importing the SDK does not.
 */
import { ParleyFault, reasonOf } from "./fault.js";
import { lockFile } from "./file-identity-lock.js";
import { type FilePlatform, filePlatform } from "./file-identity-platform.js";
import { type KeptKey, readRecord, recordOf } from "./file-identity-record.js";
import type { Identity } from "./identity.js";
import { KeyRing, type RingState } from "./key-ring.js";
import { makeKey } from "./signing-key.js";

/**
 * Opens the identity in `path`, or begins a new one, which is first written when it is enrolled. Rejects with a
 * `ParleyFault` when others may read the file, when another process uses it, or when it is not an identity.
 */
export async function fileIdentity(path: string): Promise<Identity> {
  const platform = filePlatform();
  const file = platform.path.resolve(path);
  const lock = await lockFile(platform, file);
  try {
    const state = (await readState(platform, file)) ?? (await newState());
    return new KeyRing<KeptKey>({
      state,
      make: makeKept,
      persist: async (next) => {
        await lock.check();
        await write(platform, file, JSON.stringify(recordOf(next), null, 2));
      },
      release: () => lock.release(),
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function makeKept(): Promise<KeptKey> {
  const { key, privateJwk } = await makeKey({ extractable: true });
  if (privateJwk === undefined) throw new TypeError("a key that is to be kept came without its private half");
  return { ...key, privateJwk };
}

async function newState(): Promise<RingState<KeptKey>> {
  return { enrolment: undefined, key: await makeKept(), keySinceMs: undefined, nextKey: undefined };
}

async function readState({ fs, os }: FilePlatform, file: string): Promise<RingState<KeptKey> | undefined> {
  let handle: Awaited<ReturnType<typeof fs.open>>;
  try {
    handle = await fs.open(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new ParleyFault(`cannot read the identity ${file}: ${reasonOf(error)}`, "never", error);
  }
  try {
    // Asked of the opened file, so that it is the one that is then read. Windows has no such bits.
    const { mode } = await handle.stat();
    if (os.platform() !== "win32" && (mode & 0o077) !== 0) throw tooOpen(file, mode);
    return await readRecord(file, await handle.readFile("utf8"));
  } finally {
    await handle.close();
  }
}

function tooOpen(file: string, mode: number): ParleyFault {
  const bits = (mode & 0o777).toString(8);
  return new ParleyFault(
    `others may use the identity ${file} (mode ${bits}): chmod 600 it, and replace its key if somebody may have read it`,
    "never",
  );
}

/** A crash leaves the old file or the new one, never half of one. */
async function write({ fs, path, os }: FilePlatform, file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  const random = crypto.randomUUID().slice(0, 8);
  const draft = path.join(folder, `.${path.basename(file)}.${random}.tmp`);
  try {
    const handle = await fs.open(draft, "wx", 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(draft, file);
    if (os.platform() !== "win32") await syncFolder(fs, folder);
  } catch (error) {
    await fs.rm(draft, { force: true });
    throw new ParleyFault(`cannot write the identity ${file}: ${reasonOf(error)}`, "never", error);
  }
}

async function syncFolder(fs: FilePlatform["fs"], folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
