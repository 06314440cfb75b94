import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ask } from "@parley/agent-sdk";
import { type ReceiptClaims, receiptText } from "@parley/protocol";
import { expect, onTestFinished, test } from "vitest";
import { refusal, run } from "./testing/desk.js";

const session = "ses_01h2xcejqtf2nbrexx3vqjhp41";
const sha = (letter: string) => `${letter.repeat(42)}A`;
const note = `broker.test/logs/org_1/era-1\n7\n${"A".repeat(43)}=\n\n— broker.test/logs/org_1/era-1 AAAAAAAA\n`;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "parley-cli-export-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Two pages, the second of which is asked for with the cursor of the first. */
const pages = {
  "GET /v1/audit/export": ({ query }: Ask) =>
    query?.cursor === undefined
      ? { items: ['{"bundle":"parley/1"}', '{"x":"\u202e"}'], nextCursor: "more" }
      : { items: ['{"skipped":1}'], nextCursor: null },
};

test("writes every line of every page, to the byte", async () => {
  const { out, code, asked } = await run("audit export", { replies: pages });
  // Each with the end of its line, and with another one of the desk that it is told at.
  const written = Buffer.from(out, "latin1").toString("utf8").split("\n\n");
  expect([code, written]).toEqual([0, ['{"bundle":"parley/1"}', '{"x":"\u202e"}', '{"skipped":1}\n']]);
  expect(asked.map(({ query }) => query?.cursor)).toEqual([undefined, "more"]);
});

test("asks for what was said: a session, a time, and an older head by its size", async () => {
  const older = join(folder(), "older");
  writeFileSync(older, note);
  const { asked } = await run(`audit export --session ${session} --against ${older}`, { replies: pages });
  expect(asked[0]?.query).toMatchObject({ session, against: 7 });
  const some = await run("audit export --from 2026-11-22T08:00:00Z --to 2026-11-22T09:00:00Z", {
    replies: pages,
  });
  expect(some.asked[0]?.query).toMatchObject({ from: "2026-11-22T08:00:00Z", to: "2026-11-22T09:00:00Z" });
});

test("a file has its name once it is whole, and none where the export fails", async () => {
  const path = join(folder(), "record");
  const whole = await run(["audit", "export", "--out", path], { replies: pages });
  expect(readFileSync(path, "utf8")).toBe('{"bundle":"parley/1"}\n{"x":"\u202e"}\n{"skipped":1}\n');
  expect(whole.notes).toContain(`parley audit verify ${path}`);
  const other = join(folder(), "record");
  const torn = {
    "GET /v1/audit/export": ({ query }: Ask) => {
      if (query?.cursor !== undefined) throw refusal({ code: "role.missing" });
      return { items: ["{}"], nextCursor: "more" };
    },
  };
  const failed = await run(["audit", "export", "--out", other], { replies: torn });
  expect([failed.code, existsSync(other)]).toEqual([1, false]);
});

test("says what is no checkpoint", async () => {
  const older = join(folder(), "older");
  writeFileSync(older, "something else");
  const { code, notes, asked } = await run(["audit", "export", "--against", older], { replies: pages });
  expect([code, asked.length]).toEqual([2, 0]);
  expect(notes).toContain("holds no checkpoint");
});

test("shows the last signed head as it is kept", async () => {
  const shown = {
    ...{ origin: "broker.test/logs/org_1/era-1", size: 7, root: sha("A") },
    ...{ signedAt: "2026-11-22T08:00:00.000Z", note },
  };
  let looks = 0;
  const replies = {
    "GET /v1/audit/checkpoint": () => {
      looks += 1;
      return { checkpoint: looks % 3 === 0 ? shown : null };
    },
  };
  expect((await run("audit checkpoint", { replies })).out).toBe(note.trimEnd());
  expect(JSON.parse((await run("audit checkpoint --json", { replies })).out)).toEqual({ checkpoint: shown });
});

test("shows a receipt as people read it", async () => {
  const party = (name: string): ReceiptClaims["consumer"] => ({
    organisation: `org_01h2xcejqtf2nbrexx3vqjhp4${name}` as never,
    agent: `agt_01h2xcejqtf2nbrexx3vqjhp4${name}` as never,
    instances: [`ins_01h2xcejqtf2nbrexx3vqjhp4${name}` as never],
    ...{ envelopes: 2, bytes: 70, types: { "markets.request": 2 } },
  });
  const claims = {
    ...{ iss: "https://broker.test", iat: 1, session, capability: "markets.equity" },
    ...{ workgroup: "wkg_01h2xcejqtf2nbrexx3vqjhp41", advertisement: "adv_01h2xcejqtf2nbrexx3vqjhp41" },
    ...{ contract: "ctr_01h2xcejqtf2nbrexx3vqjhp41", termsDigest: sha("T") },
    ...{ consumer: party("1"), provider: party("2") },
    agreements: { proposal: "p", advertisement: "a", contract: null, acceptance: null },
    ...{ proposedAt: "2026-11-22T08:00:00.000Z", acceptedAt: null, activeAt: null },
    closed: {
      ...{ at: "2026-11-22T08:01:00.000Z", reason: "completed_by_consumer" },
      ...{ by: "ins_01h2xcejqtf2nbrexx3vqjhp41", side: null, rule: null },
    },
    ...{ firstSentAt: null, lastSentAt: null, head: { position: 9, hash: sha("H") } },
  } as unknown as ReceiptClaims;
  const part = (text: string) => Buffer.from(text).toString("base64url");
  const statement = `${part(JSON.stringify({ alg: "EdDSA", kid: "the-key" }))}.${part(receiptText(claims))}.s`;
  const head = { hash: sha("H"), position: 9, second: 1, stream: `session:${session}` };
  const proof = { log: "org:1", head, leaf: 3, size: 7, hashes: [], checkpoint: note };
  const reply = { session, madeAt: "2026-11-22T08:01:02.000Z", statement, proof };
  const { out } = await run(`session receipt ${session}`, {
    replies: { [`GET /v1/sessions/${session}/receipt`]: { receipt: reply } },
  });
  expect(out).toContain("completed_by_consumer");
  expect(out).toContain("2 envelopes, 70 bytes (2 × markets.request)");
  expect(out).toMatch(/signed by +the broker's receipt key the-key/);
  expect(out).toContain("leaf 3, under the signed head of 7 leaves");
});

test("a receipt that does not come is said not to be there", async () => {
  const { code, notes, asked } = await run(`session receipt ${session}`, {
    replies: { [`GET /v1/sessions/${session}/receipt`]: { receipt: null } },
  });
  expect([code, asked.length]).toEqual([3, 20]);
  expect(notes).toContain("has no receipt yet");
});
