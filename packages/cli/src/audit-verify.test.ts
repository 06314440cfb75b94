/** What `parley audit verify` says of an exported record, and how it ends. It asks nobody. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./testing/desk.js";

const vectors = new URL("../../protocol/vectors/evidence/", import.meta.url);
const session = fileURLToPath(new URL("session.ndjson", vectors));
const organisation = fileURLToPath(new URL("organisation.ndjson", vectors));
const text = readFileSync(session, "utf8");
interface Vector {
  readonly title: string;
  readonly options: { readonly keys?: readonly string[]; readonly against?: string };
}
const listed = (JSON.parse(readFileSync(new URL("vectors.json", vectors), "utf8")) as { vectors: Vector[] })
  .vectors;
const optionsOf = (title: string) => listed.find((one) => one.title === title)?.options ?? {};
const [key = ""] = optionsOf("a key that was given").keys ?? [];
const kid = /"kid":"([^"]+)"/.exec(text)?.[1] ?? "";

let folder = "";
const put = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-verify-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a bundle that is true [EVD-4]", () => {
  test("is told with what was checked, and what was not", async () => {
    const { out, code, asked, profiles } = await run(["audit", "verify", session]);
    expect(out).toContain("verified: this is the record that the broker has signed for");
    expect(out).toContain(
      "10 facts, 10 of them with content; 1 head; 13 of 14 leaves skipped; 1 session; 4 signed",
    );
    expect(out).toContain(`trusted  ${kid} (nobody gave a key)`);
    expect(out).toContain("note     13 leaves of the log are not shown");
    expect([code, asked, profiles]).toEqual([0, [], []]);
  });

  test("is the report itself with --json", async () => {
    const { out, code } = await run(["--json", "audit", "verify", organisation]);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      size: 14,
      era: 2,
      checked: { facts: 32, receipts: 2 },
    });
    expect(code).toBe(0);
  });

  test("may come from standard input", async () => {
    const { out, code } = await run(["audit", "verify", "-"], { input: text });
    expect([out.split("\n")[0], code]).toEqual([expect.stringMatching(/^verified/), 0]);
  });

  test.each([
    ["a verifier key", key],
    ["a key id", kid],
  ])("is trusted by %s", async (_what, given) => {
    const { out, code } = await run([
      "audit",
      "verify",
      session,
      "--key",
      kid.replace(/^./, "-"),
      "--key",
      given,
    ]);
    expect(out).toContain(`trusted  ${kid}\n`);
    expect(code).toBe(0);
  });

  test("goes on from an older checkpoint", async () => {
    const older = put("older", optionsOf("an older checkpoint").against ?? "");
    const { out, code } = await run(["audit", "verify", organisation, "--against", older]);
    expect([out.includes("goes on from the older checkpoint"), code]).toEqual([true, 0]);
  });
});

describe("a bundle that is not true", () => {
  const changed = text.replace("completed_by_consumer", "completed_by_provider");

  test("is refused: where, what was expected, what was found", async () => {
    const { out, code } = await run(["audit", "verify", put("changed", changed)]);
    expect(out).toMatch(
      /^refused: this is not what the broker has signed for \(fact\.content\)\nat {8}line \d+, session:ses_/,
    );
    expect(out).toMatch(/position 10\nexpected {2}[\w-]{43}\nfound {5}[\w-]{43}$/);
    expect(code).toBe(1);
  });

  test("is refused with --json as the report itself", async () => {
    const { out, code } = await run(["audit", "verify", "-", "--json"], { input: changed });
    expect(JSON.parse(out)).toMatchObject({ ok: false, what: "fact.content", at: { position: 10 } });
    expect(code).toBe(1);
  });

  test("by a key that was not given is refused", async () => {
    const { out, code } = await run(["audit", "verify", session, "--key", kid.replace(/^./, "-")]);
    expect([out.includes("key.untrusted"), code]).toEqual([true, 1]);
  });

  test("moves nobody's cursor", async () => {
    const { out } = await run(["audit", "verify", "-"], { input: "\u001b[2J\u202e\n" });
    expect([out.includes("\u001b"), out.includes("\u202e")]).toEqual([false, false]);
    expect(out).toContain("line.shape");
  });

  test("that ends too soon, or is no text, is refused", async () => {
    for (const input of [text.slice(0, -1), text.slice(0, 3_000), ""])
      expect((await run(["audit", "verify", "-"], { input })).code).toBe(1);
  });
});

describe("a command that cannot be done", () => {
  test.each([
    ["no bundle", []],
    ["no key", [session, "--key", "abc"]],
    ["a verifier key whose id is another", [session, "--key", key.replace(/\+[0-9a-f]{8}\+/, "+00000000+")]],
  ])("is a usage fault with %s", async (_what, args) => {
    expect((await run(["audit", "verify", ...args])).code).toBe(2);
  });

  test("is a fault where a file cannot be read", async () => {
    for (const args of [[join(folder, "gone")], [folder], [session, "--against", join(folder, "gone")]]) {
      const { notes, code } = await run(["audit", "verify", ...args]);
      expect([notes.includes("cannot be read"), code]).toEqual([true, 3]);
    }
  });
});
