/**
 * One process at a time: a lock file beside the identity says who uses it. What a dead process has left is taken over;
 * of several that find the same dead lock, one gets it.
 */
import { z } from "zod";
import { ParleyFault, reasonOf } from "./fault.js";
import type { FilePlatform } from "./file-identity-platform.js";

export interface FileLock {
  /** Rejects when the lock is no longer ours: somebody has removed it. */
  check(): Promise<void>;
  release(): Promise<void>;
}

const ownerSchema = z.object({
  pid: z.int(),
  host: z.string(),
  /** When the process began, as the kernel counts; tells a process from a later one with the same number. */
  began: z.string().nullable(),
  nonce: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

/** Several may find the same dead lock; each round one of them gets on. */
const attemptsMax = 5;

export async function lockFile(platform: FilePlatform, identityFile: string): Promise<FileLock> {
  const file = `${identityFile}.lock`;
  const { process, os } = platform;
  const began = await beganOf(platform, process.pid);
  const mine: Owner = { pid: process.pid, host: os.hostname(), began, nonce: crypto.randomUUID() };
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (await claim(platform, file, mine)) return held(platform, file, mine);
    const owner = await readOwner(platform, file);
    if (owner === undefined) continue;
    if (await alive(platform, owner)) throw inUse(identityFile, file, owner, mine);
    await clear(platform, file, owner);
  }
  throw new ParleyFault(`others are taking the lock ${file} at the same time`, "later");
}

/** The lock appears with its content: written aside first, then linked, which fails when there is one. */
async function claim({ fs }: FilePlatform, file: string, mine: Owner): Promise<boolean> {
  const draft = `${file}.${mine.nonce}`;
  try {
    await fs.writeFile(draft, JSON.stringify(mine), { flag: "wx", mode: 0o600 });
    await fs.link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw new ParleyFault(`cannot lock ${file}: ${reasonOf(error)}`, "never", error);
  } finally {
    await fs.rm(draft, { force: true });
  }
}

function held(platform: FilePlatform, file: string, mine: Owner): FileLock {
  const ours = async () => (await readOwner(platform, file))?.nonce === mine.nonce;
  return {
    async check() {
      if (!(await ours()))
        throw new ParleyFault(`the lock ${file} is gone: the identity may be in use elsewhere`, "never");
    },
    async release() {
      if (await ours()) await platform.fs.rm(file, { force: true });
    },
  };
}

/** Undefined when there is no lock, or one that says nothing: then nobody can be asked whether they live. */
async function readOwner({ fs }: FilePlatform, file: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new ParleyFault(`cannot read the lock ${file}: ${reasonOf(error)}`, "never", error);
  }
  const owner = ownerSchema.safeParse(parse(text));
  if (!owner.success)
    throw new ParleyFault(`${file} is no lock of this version: remove it if nothing uses it`, "never");
  return owner.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function alive(platform: FilePlatform, owner: Owner): Promise<boolean> {
  // On another machine nobody can look; taking over would be guessing.
  if (owner.host !== platform.os.hostname()) return true;
  try {
    platform.process.kill(owner.pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  // Alive, or somebody else's process now bears its number: after a container's restart, our own may.
  const began = await beganOf(platform, owner.pid);
  return began === null || owner.began === null || began === owner.began;
}

/** Field 22 of /proc/PID/stat; the name before it may hold anything, so what follows its last bracket is counted. */
async function beganOf({ fs }: FilePlatform, pid: number): Promise<string | null> {
  try {
    const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

/**
 * Moves the dead lock aside, which only one of many can do, and looks whether it was the dead one: a quicker process
 * may have taken over in between, and gets its own back.
 */
async function clear({ fs }: FilePlatform, file: string, dead: Owner): Promise<void> {
  const aside = `${file}.${crypto.randomUUID()}`;
  try {
    await fs.rename(file, aside);
    const moved = ownerSchema.safeParse(parse(await fs.readFile(aside, "utf8")));
    if (!moved.success || moved.data.nonce !== dead.nonce) await fs.link(aside, file);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  } finally {
    await fs.rm(aside, { force: true });
  }
}

function inUse(identityFile: string, file: string, owner: Owner, mine: Owner): ParleyFault {
  const where = owner.host === mine.host ? "" : ` on ${owner.host} (if that machine is gone, remove ${file})`;
  const who = owner.pid === mine.pid && where === "" ? "this process" : `process ${owner.pid}${where}`;
  return new ParleyFault(`the identity ${identityFile} is in use by ${who}`, "later");
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
