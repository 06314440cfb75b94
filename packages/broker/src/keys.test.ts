import { hash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brokerKeySchema, brokerKeyUses, jwksSchema } from "@parley/protocol";
import { compactVerify, importJWK } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BrokerKeys, KeyFileUnusable, type KeyUse, openKeys } from "./keys.js";

const now = Date.UTC(2026, 0, 5, 9);
const overlapMs = 600_000;
const dayMs = 86_400_000;

function folderOfThisTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const fileIn = (folder: string): string => join(folder, "keys.json");
const read = (folder: string) => JSON.parse(readFileSync(fileIn(folder), "utf8"));
const change = (folder: string, by: (file: ReturnType<typeof read>) => unknown): void =>
  writeFileSync(fileIn(folder), JSON.stringify(by(read(folder))));
const rotate = async (keys: BrokerKeys, use: KeyUse, at = now): Promise<string> => {
  const prepared = await keys.prepare(use, at);
  prepared.activate();
  return prepared.kid;
};

describe("the key file [ID-14]", () => {
  test("is made at the first start, for its owner alone, with a different key for each use", async () => {
    const folder = folderOfThisTest();
    await openKeys(folder, now);
    expect(statSync(fileIn(folder)).mode & 0o777).toBe(0o600);
    const { signing, cursor } = read(folder);
    expect(signing.map(({ use }: { use: string }) => use)).toEqual([...brokerKeyUses]);
    const secrets = [
      ...signing.map(({ d }: { d: string }) => d),
      ...cursor.map((key: { secret: string }) => key.secret),
    ];
    expect(new Set(secrets).size).toBe(4);
    expect(existsSync(`${fileIn(folder)}.new`)).toBe(false);
  });

  test("is the same at the next start: what was signed and sealed before is good", async () => {
    const folder = folderOfThisTest();
    const first = await openKeys(folder, now);
    const sealed = first.seal("page two", "list");
    const second = await openKeys(folder, now + 1);
    expect(second.published()).toEqual(first.published());
    expect(second.unseal(sealed, "list", now)).toBe("page two");
  });

  test.each([0o640, 0o604, 0o644, 0o660, 0o610, 0o601])("is refused with mode %o", async (mode) => {
    const folder = folderOfThisTest();
    await openKeys(folder, now);
    chmodSync(fileIn(folder), mode);
    await expect(openKeys(folder, now)).rejects.toThrow(/keys\.json can be read by others: chmod 600/);
  });

  test("is taken when it can only be read", async () => {
    const folder = folderOfThisTest();
    await openKeys(folder, now);
    chmodSync(fileIn(folder), 0o400);
    expect((await openKeys(folder, now)).published()).toHaveLength(3);
  });

  type File = { v: number; signing: Record<string, unknown>[]; cursor: Record<string, unknown>[] };
  const first = (list: Record<string, unknown>[], over: object) => [
    { ...list[0], ...over },
    ...list.slice(1),
  ];
  test.each<[string, (file: File) => unknown]>([
    ["of another version", (file) => ({ ...file, v: 2 })],
    ["with more in it than belongs there", (file) => ({ ...file, more: 1 })],
    ["without signing keys", (file) => ({ ...file, signing: [] })],
    ["without a cursor key", (file) => ({ ...file, cursor: [] })],
    ["without a key for one use", (file) => ({ ...file, signing: file.signing.slice(1) })],
    [
      "with every key of one use retired",
      (file) => ({ ...file, signing: first(file.signing, { retired: now }) }),
    ],
    [
      "with two current keys of one use",
      (file) => ({ ...file, signing: [...file.signing, file.signing[0]] }),
    ],
    ["with two current cursor keys", (file) => ({ ...file, cursor: [...file.cursor, file.cursor[0]] })],
    [
      "with a current key that has no private part",
      (file) => ({ ...file, signing: first(file.signing, { d: null }) }),
    ],
    ["that is a list", () => []],
  ])("is refused, by name, when it is one %s", async (_title, by) => {
    const folder = folderOfThisTest();
    await openKeys(folder, now);
    change(folder, by);
    await expect(openKeys(folder, now)).rejects.toThrow(KeyFileUnusable);
    await expect(openKeys(folder, now)).rejects.toThrow(fileIn(folder));
  });

  test.each(["", "{", "null", "keys"])(
    "is refused, by name, when it holds %j, and is not written over",
    async (text) => {
      const folder = folderOfThisTest();
      writeFileSync(fileIn(folder), text, { mode: 0o600 });
      await expect(openKeys(folder, now)).rejects.toThrow(KeyFileUnusable);
      expect(readFileSync(fileIn(folder), "utf8")).toBe(text);
    },
  );

  test("is never written through what a crash, or somebody else, has left beside it", async () => {
    const folder = folderOfThisTest();
    const elsewhere = join(folder, "elsewhere");
    writeFileSync(elsewhere, "", { mode: 0o644 });
    symlinkSync(elsewhere, `${fileIn(folder)}.new`);
    await openKeys(folder, now);
    expect(readFileSync(elsewhere, "utf8")).toBe("");
    expect(lstatSync(fileIn(folder)).isFile()).toBe(true);
    expect(statSync(fileIn(folder)).mode & 0o777).toBe(0o600);
  });
});

describe("a new key for one use [ID-14]", () => {
  test("signs from the moment it is made active, and not before", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const before = await keys.sign("access", {}, "at+jwt");
    const prepared = await keys.prepare("access", now);
    const between = await keys.sign("access", {}, "at+jwt");
    prepared.activate();
    const kidOf = (jws: string) =>
      JSON.parse(Buffer.from(jws.split(".")[0] ?? "", "base64url").toString()).kid;
    expect(kidOf(between)).toBe(kidOf(before));
    expect(kidOf(await keys.sign("access", {}, "at+jwt"))).toBe(prepared.kid);
  });

  test.each(brokerKeyUses)("for %s is signed by the one before, for ever, in a chain", async (use) => {
    const folder = folderOfThisTest();
    await rotate(await openKeys(folder, now), use, now + 1);
    await rotate(await openKeys(folder, now), use, now + 2);
    const chain = (await openKeys(folder, now)).published().filter((key) => key["parley:use"] === use);
    expect(chain.map((key) => key["parley:retired"] === null)).toEqual([false, false, true]);
    expect(chain[0]?.["parley:endorsement"]).toBeNull();
    for (const [index, { kty, crv, x, kid, "parley:endorsement": endorsement }] of chain.entries()) {
      expect(kid).toBe(hash("sha256", `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, "base64url"));
      const by = chain[index - 1];
      if (by === undefined) continue;
      const { payload, protectedHeader } = await compactVerify(
        endorsement ?? "",
        await importJWK(by, "EdDSA"),
      );
      expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ kty, crv, x });
      expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "parley-broker-key+jws", kid: by.kid });
    }
  });

  test("leaves the other uses alone", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const others = () => keys.published().filter((key) => key["parley:use"] !== "access");
    const before = others();
    await rotate(keys, "access");
    expect(others()).toEqual(before);
  });

  test("takes the private part of the retired one out of the file", async () => {
    const folder = folderOfThisTest();
    const keys = await openKeys(folder, now);
    const [{ d }] = read(folder).signing;
    await rotate(keys, "access", now + 1);
    expect(readFileSync(fileIn(folder), "utf8")).not.toContain(d);
    expect(read(folder).signing[0]).toMatchObject({ d: null, retired: now + 1 });
  });

  test("verifies with the retired one for ten minutes, and not a moment longer", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const [old] = keys.published();
    const kid = old?.kid ?? "";
    expect(await keys.verifying("access", kid, now + dayMs)).toBeDefined();
    await rotate(keys, "access");
    expect(await keys.verifying("access", kid, now + overlapMs)).toBeDefined();
    expect(await keys.verifying("access", kid, now + overlapMs + 1)).toBeUndefined();
  });

  test("of another use, or of nobody, verifies nothing", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    for (const { kid, "parley:use": use } of keys.published()) {
      expect((await keys.verifying("access", kid, now)) !== undefined).toBe(use === "access");
    }
    expect(await keys.verifying("access", "A".repeat(43), now)).toBeUndefined();
    expect(await keys.verifying("access", "__proto__", now)).toBeUndefined();
  });

  test("that cannot be kept does not sign", async () => {
    const folder = folderOfThisTest();
    const keys = await openKeys(folder, now);
    const [before, published] = [readFileSync(fileIn(folder), "utf8"), keys.published()];
    const prepared = await keys.prepare("access", now);
    mkdirSync(`${fileIn(folder)}.new`);
    expect(() => prepared.activate()).toThrow();
    expect(keys.published()).toEqual(published);
    expect(readFileSync(fileIn(folder), "utf8")).toBe(before);
  });
});

test("what is published fits its schema and holds nothing private [ID-14]", async () => {
  const folder = folderOfThisTest();
  const keys = await openKeys(folder, now);
  for (const use of [...brokerKeyUses, "cursor"] as const) await rotate(keys, use);
  const published = keys.published();
  expect(jwksSchema.parse({ keys: published })).toEqual({ keys: published });
  for (const key of published) expect(brokerKeySchema.strict().parse(key)).toEqual(key);
  const { signing, cursor } = read(folder);
  const text = JSON.stringify(published);
  for (const { d } of signing) expect(d === null || !text.includes(d)).toBe(true);
  for (const { secret } of cursor) expect(text).not.toContain(secret);
});

describe("what is sealed [API-5]", () => {
  test("is opened where it was bound to, and nowhere else", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const sealed = keys.seal("page two", "list of one");
    expect(keys.unseal(sealed, "list of one", now)).toBe("page two");
    expect(keys.unseal(sealed, "list of another", now)).toBeUndefined();
    expect(keys.unseal(sealed, "", now)).toBeUndefined();
  });

  test("shows nothing of what is in it, not even that it is the same", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const [one, two] = [keys.seal("page two", "list"), keys.seal("page two", "list")];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, "base64url").toString("latin1")).not.toContain("page");
  });

  test("holds for any text, an empty one too", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    for (const text of ["", "null", "\u20ac\ud83d\ude00"]) {
      expect(keys.unseal(keys.seal(text, "list"), "list", now)).toBe(text);
    }
  });

  test("is refused with any single bit turned, and at any other length", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const bytes = Buffer.from(keys.seal("page two", "list"), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = Buffer.from(bytes);
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(keys.unseal(turned.toString("base64url"), "list", now)).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(keys.unseal(bytes.subarray(0, length).toString("base64url"), "list", now)).toBeUndefined();
    }
    expect(
      keys.unseal(Buffer.concat([bytes, Buffer.of(0)]).toString("base64url"), "list", now),
    ).toBeUndefined();
  });

  test.each<[string, (sealed: string) => string]>([
    ["with padding", (sealed) => `${sealed}=`],
    ["with a space", (sealed) => `${sealed} `],
    ["in base64", (sealed) => `${sealed.slice(0, -1)}+`],
    ["as nothing", () => ""],
    ["as something else", () => "null"],
  ])("is refused %s", async (_title, spell) => {
    const keys = await openKeys(folderOfThisTest(), now);
    expect(keys.unseal(spell(keys.seal("page two", "list")), "list", now)).toBeUndefined();
  });

  test("by another broker is refused", async () => {
    const [ours, theirs] = [await openKeys(folderOfThisTest(), now), await openKeys(folderOfThisTest(), now)];
    expect(ours.unseal(theirs.seal("page two", "list"), "list", now)).toBeUndefined();
  });

  test("is good for a day after its key was replaced [ID-14]", async () => {
    const keys = await openKeys(folderOfThisTest(), now);
    const sealed = keys.seal("page two", "list");
    await rotate(keys, "cursor");
    expect(keys.unseal(sealed, "list", now + dayMs)).toBe("page two");
    expect(keys.unseal(sealed, "list", now + dayMs + 1)).toBeUndefined();
    expect(keys.unseal(keys.seal("page two", "list"), "list", now + 2 * dayMs)).toBe("page two");
  });
});

test("keys are never made silently beside a record that others have signed for [ID-14]", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-keys-"));
  await expect(openKeys(folder, 1, { mayMake: false })).rejects.toThrow(KeyFileUnusable);
  expect(existsSync(join(folder, "keys.json"))).toBe(false);
  await openKeys(folder, 1, { mayMake: true });
  await openKeys(folder, 2, { mayMake: false });
  rmSync(folder, { recursive: true });
});
