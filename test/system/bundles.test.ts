/** The record as a bundle, from a broker that runs: verified by public keys alone, and found out when a byte is changed. */
import { createPublicKey, hash, verify } from "node:crypto";
import { type BundleReport, type CheckpointView, type EvidenceCrypto, verifyBundle } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { jsonOf } from "../fixtures/exchange.js";
import type { Principal } from "../fixtures/principal.js";
import { openTalkStage } from "./talk-stage.js";

const crypto: EvidenceCrypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: (x, signature, message) =>
    verify(
      null,
      message,
      createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
      signature,
    ),
};

const stage = openTalkStage("bundles");

async function exported(by: Principal, asked: string, limit = 200): Promise<string[]> {
  const lines: string[] = [];
  for (let cursor = ""; ; ) {
    const path = `/v1/audit/export?limit=${limit}${asked}${cursor && `&cursor=${cursor}`}`;
    const answer = await by.get(path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    const { items, nextCursor } = jsonOf<{ items: string[]; nextCursor: string | null }>(answer);
    lines.push(...items);
    if (nextCursor === null) return lines;
    cursor = nextCursor;
  }
}

const verified = (lines: readonly string[], against?: string): Promise<BundleReport> =>
  verifyBundle(lines, { crypto, ...(against !== undefined && { against }) });

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it has not come");
}

const noteOf = (by: Principal) =>
  until(async () => {
    const answer = await by.get("/v1/audit/checkpoint");
    return jsonOf<{ checkpoint: CheckpointView | null }>(answer).checkpoint ?? undefined;
  });

let session = "";
beforeAll(async () => {
  const pair = await stage.pair();
  session = pair.session;
  for (let n = 1; n <= 40; n++) {
    await pair.consumer.send({ session, type: "markets.request", payload: `${n}` });
    if (n % 10 === 0) pair.provider.ack(session, n);
  }
  await pair.consumer.close(session);
  const { admin } = stage.opened.world.a;
  await until(async () => {
    const answer = await admin.get(`/v1/sessions/${session}/receipt`);
    return jsonOf<{ receipt: unknown }>(answer).receipt ?? undefined;
  });
});

describe("a session [REC-13]", () => {
  test("verifies for both organisations, receipt and statements included", async () => {
    const { a, b } = stage.opened.world;
    for (const by of [a.admin, b.auditor]) {
      const report = await verified(await exported(by, `&session=${session}`));
      expect(report).toMatchObject({ ok: true, checked: { sessions: 1, receipts: 1 } });
      expect(report.checked.statements).toBeGreaterThan(0);
      expect(report.checked.facts).toBeGreaterThan(40);
    }
  });

  test("is the same bytes every time, whatever has happened since, and however it is cut into pages", async () => {
    const { a } = stage.opened.world;
    const once = await exported(a.admin, `&session=${session}`);
    const { size } = await noteOf(a.admin);
    await (await stage.pair()).consumer.settled();
    await until(async () => ((await noteOf(a.admin)).size > size ? true : undefined));
    expect(await exported(a.admin, `&session=${session}`, 7)).toEqual(once);
  });

  test("is found out at the record in which a byte was changed", async () => {
    const lines = await exported(stage.opened.world.a.admin, `&session=${session}`);
    const at = lines.findIndex((line) => line.includes('"kind":"session.sent"'));
    const changed = lines.with(at, (lines[at] ?? "").replace("markets.request", "markets.requesu"));
    expect(await verified(changed)).toMatchObject({
      ok: false,
      at: { line: at + 1, stream: `session:${session}` },
    });
    expect(await verified(lines.toSpliced(at, 1))).toMatchObject({ ok: false });
    expect(await verified(lines.slice(0, -1).filter((line) => !line.includes("skipped")))).toMatchObject({
      ok: false,
    });
  });

  test("that is open is shown as far as it is signed for", async () => {
    const open = await stage.pair();
    const { a } = stage.opened.world;
    const lines = await until(async () => {
      const answer = await a.admin.get(`/v1/audit/export?session=${open.session}`);
      return answer.status === 200 ? exported(a.admin, `&session=${open.session}`) : undefined;
    });
    expect(await verified(lines)).toMatchObject({ ok: true, checked: { receipts: 0 } });
  });

  test("is not there for anybody else [API-4]", async () => {
    const { a, platform } = stage.opened.world;
    const path = (id: string) => `/v1/audit/export?session=${id}`;
    for (const by of [a.enroller, platform]) {
      const [hidden, absent] = [
        await by.get(path(session)),
        await by.get(path("ses_7zzzzzzzzzzzzzzzzzzzzzzzzz")),
      ];
      expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
    }
    expect((await a.enroller.get("/v1/audit/export")).status).toBe(403);
    expect((await a.instance.get("/v1/audit/export")).status).toBe(403);
  });
});

describe("an organisation's record [REC-13]", () => {
  test("verifies whole, with every leaf in it", async () => {
    const { a, b, platform } = stage.opened.world;
    for (const by of [a.admin, b.admin, platform]) {
      const report = await verified(await exported(by, ""));
      expect(report).toMatchObject({ ok: true, checked: { skipped: 0 } });
    }
  });

  test("verifies in part, by time", async () => {
    const { a } = stage.opened.world;
    const { items } = jsonOf<{ items: { at: string }[] }>(await a.admin.get("/v1/audit/facts?limit=20"));
    const [from = "", to = ""] = [items[5]?.at, items[12]?.at];
    const report = await verified(await exported(a.admin, `&from=${from}&to=${to}`));
    expect(report).toMatchObject({ ok: true });
    expect(report.checked.skipped).toBeGreaterThan(0);
    const whole = await verified(await exported(a.admin, ""));
    expect(report.checked.facts).toBeLessThan(whole.checked.facts);
    const nothing = await verified(
      await exported(a.admin, "&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z"),
    );
    expect(nothing).toMatchObject({ ok: true, checked: { facts: 0 } });
  });

  test("is held against an older head that somebody has kept", async () => {
    const { a, b } = stage.opened.world;
    const older = await noteOf(a.admin);
    await (await stage.pair()).consumer.settled();
    await until(async () => ((await noteOf(a.admin)).size > older.size ? true : undefined));
    const asked = `&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z&against=${older.size}`;
    const lines = await exported(a.admin, asked);
    expect(await verified(lines, older.note)).toMatchObject({ ok: true, against: "consistent" });
    expect(await verified(lines, (await noteOf(b.admin)).note)).toMatchObject({ ok: false });
  });
});
