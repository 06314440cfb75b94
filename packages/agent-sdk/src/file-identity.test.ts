import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileIdentity } from "./file-identity.js";
import { enrolled, world } from "./testing/world.js";

function place(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), "parley-identity-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, file: join(folder, "feed.json") };
}

const lockOf = (file: string, owner: object) => writeFileSync(`${file}.lock`, JSON.stringify(owner));

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

test("what was enrolled is there again when the file is opened again", async () => {
  const { file } = place();
  const there = await world();
  const first = await enrolled(there, await fileIdentity(file));
  await first.close();
  const again = await fileIdentity(file);
  expect(again.enrolment).toEqual(there.broker.enrolled());
  expect(again.key.thumbprint).toBe(first.key.thumbprint);
  expect(again.keySinceMs).toBe(first.keySinceMs);
  await again.close();
});

test("a file that does not exist is not made before there is something to keep", async () => {
  const { folder, file } = place();
  const identity = await fileIdentity(file);
  expect(readdirSync(folder)).toEqual(["feed.json.lock"]);
  await identity.close();
  expect(readdirSync(folder)).toEqual([]);
});

test("nobody but its owner can read the file, and nothing else is left beside it", async () => {
  const { folder, file } = place();
  const identity = await enrolled(await world(), await fileIdentity(file));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await identity.close();
  expect(readdirSync(folder)).toEqual(["feed.json"]);
});

test.each([0o640, 0o604, 0o660])("a file that others may use (%i) is refused", async (mode) => {
  const { file } = place();
  const identity = await enrolled(await world(), await fileIdentity(file));
  await identity.close();
  chmodSync(file, mode);
  await expect(fileIdentity(file)).rejects.toThrow("chmod 600");
  chmodSync(file, 0o600);
  await (await fileIdentity(file)).close();
});

test("a replacement that was begun is still known after a restart, with both keys", async () => {
  const { file } = place();
  const first = await enrolled(await world(), await fileIdentity(file));
  const next = await first.prepareKey();
  await first.close();
  const again = await fileIdentity(file);
  expect([again.key.thumbprint, again.nextKey?.thumbprint]).toEqual([first.key.thumbprint, next.thumbprint]);
  await again.confirmKey(Date.UTC(2026, 1, 1));
  await again.close();
  const confirmed = await fileIdentity(file);
  expect([confirmed.key.thumbprint, confirmed.nextKey]).toEqual([next.thumbprint, undefined]);
  expect(confirmed.keySinceMs).toBe(Date.UTC(2026, 1, 1));
  await confirmed.close();
});

test("a second user of the same file is refused while the first one lives", async () => {
  const { file } = place();
  const first = await fileIdentity(file);
  await expect(fileIdentity(file)).rejects.toMatchObject({
    name: "ParleyFault",
    message: expect.stringMatching(/in use by this process/),
  });
  await first.close();
  await (await fileIdentity(file)).close();
});

test("another process that lives keeps us out, and is named", async () => {
  const { file } = place();
  lockOf(file, { pid: process.ppid, host: hostname(), began: null, nonce: "n" });
  await expect(fileIdentity(file)).rejects.toThrow(`in use by process ${process.ppid}`);
});

test("the lock of a dead process is taken over", async () => {
  const { folder, file } = place();
  lockOf(file, { pid: deadPid(), host: hostname(), began: null, nonce: "n" });
  const identity = await fileIdentity(file);
  await expect(fileIdentity(file)).rejects.toThrow("in use by this process");
  await identity.close();
  expect(readdirSync(folder)).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "a lock of an earlier process with the same number is taken over",
  async () => {
    const { file } = place();
    lockOf(file, { pid: process.pid, host: hostname(), began: "1", nonce: "n" });
    await (await fileIdentity(file)).close();
  },
);

test("a lock of another machine is not guessed about", async () => {
  const { file } = place();
  lockOf(file, { pid: deadPid(), host: "elsewhere", began: null, nonce: "n" });
  await expect(fileIdentity(file)).rejects.toThrow(/on elsewhere .*remove/);
});

test("of many that find the same dead lock exactly one gets in", async () => {
  const { file } = place();
  lockOf(file, { pid: deadPid(), host: hostname(), began: null, nonce: "n" });
  const tries = await Promise.allSettled(Array.from({ length: 16 }, () => fileIdentity(file)));
  const got = tries.flatMap((tried) => (tried.status === "fulfilled" ? [tried.value] : []));
  expect(got).toHaveLength(1);
  await got[0]?.close();
});

test("who has lost the lock writes no more", async () => {
  const { file } = place();
  const identity = await fileIdentity(file);
  rmSync(`${file}.lock`);
  await expect(identity.persist()).rejects.toThrow("is gone");
  expect(() => statSync(file)).toThrow();
});

test.each([
  ["no JSON", () => "{"],
  ["another version", (text: string) => text.replace('"version": 1', '"version": 2')],
  ["a field that is not known", (text: string) => text.replace('"version": 1', '"version": 1, "extra": 1')],
  ["the private half of another key", (text: string) => text.replace(/"d": "....../, '"d": "AAAAAA')],
])("a file with %s is refused without quoting it", async (_what, spoil) => {
  const { file } = place();
  const identity = await enrolled(await world(), await fileIdentity(file));
  await identity.close();
  const text = readFileSync(file, "utf8");
  writeFileSync(file, spoil(text));
  const secret = /"d": "([^"]+)"/.exec(text)?.[1] ?? "";
  const error: unknown = await fileIdentity(file).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    name: "ParleyFault",
    retry: "never",
    message: expect.stringMatching(/not an identity/),
  });
  // What a parser says of it would quote it.
  expect(error).not.toHaveProperty("cause");
  expect(secret).toHaveLength(43);
  expect(String(error)).not.toContain(secret.slice(6));
  // A refused file lets go of its lock.
  writeFileSync(file, text);
  await (await fileIdentity(file)).close();
});

test("a failed write leaves the old file, and is a fault", async () => {
  const { folder, file } = place();
  const identity = await enrolled(await world(), await fileIdentity(file));
  const before = readFileSync(file, "utf8");
  const next = identity.nextKey;
  rmSync(file);
  // A folder in the file's place: the rename must fail, after the draft has been written.
  const { mkdirSync } = await import("node:fs");
  mkdirSync(file);
  await expect(identity.prepareKey()).rejects.toThrow("cannot write the identity");
  expect(identity.nextKey).toBe(next);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  rmSync(file, { recursive: true });
  writeFileSync(file, before, { mode: 0o600 });
  await identity.close();
});
