/** Stores that are not the record that was acknowledged: refused at start, and gone on from only knowingly. */
import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointView } from "@parley/protocol";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { portOf } from "../fixtures/broker-process.js";
import { openBrokers } from "../fixtures/brokers.js";
import { codeOf, jsonOf } from "../fixtures/exchange.js";
import { askEnrolment, type Principal } from "../fixtures/principal.js";
import { connectAs } from "../fixtures/raw-socket.js";
import { flawIn, readFacts } from "../fixtures/record.js";
import { makeKey } from "../fixtures/signing.js";
import { enrolPlatform, makeAgent, makeOperator, makeWorld, mintFor } from "../fixtures/world.js";

const brokers = openBrokers();

/** Of the caller's own log, once it covers so many leaves. */
async function signedHead(by: Principal, size = 1): Promise<CheckpointView> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await by.get("/v1/audit/checkpoint");
    const { checkpoint: head } = jsonOf<{ checkpoint: CheckpointView | null }>(answer);
    if (head && head.size >= size) return head;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nothing was signed");
}

describe("a store that is not believed", () => {
  /** A stopped broker with a world in it, and its folder as it was some facts earlier. */
  async function withOlderCopy() {
    const world = await makeWorld(await brokers.start());
    const colleague = await makeOperator(world.a.admin, "colleague", "admin");
    const unused = await mintFor(world.a.admin, world.a.agent);
    await world.broker.stop();
    const copy = brokers.newFolder();
    cpSync(world.broker.data, copy, { recursive: true });
    const later = await brokers.again(world.broker);
    const { size } = await signedHead(world.a.admin);
    await makeAgent(world.a.admin, "later");
    await signedHead(world.a.admin, size + 1);
    await later.stop();
    return { world, colleague, unused, copy };
  }

  const database = ["parley.db", "parley.db-wal", "parley.db-shm"];
  function putBack(from: string, to: string, files: readonly string[] = database): void {
    for (const file of files) {
      rmSync(join(to, file), { force: true });
      if (existsSync(join(from, file))) cpSync(join(from, file), join(to, file));
    }
  }

  test("is an older copy under the head of the newer one; going on from it knowingly begins a new era [ID-19]", async () => {
    const { world, colleague, unused, copy } = await withOlderCopy();
    const { broker: before, a, platform: old } = world;
    putBack(copy, before.data);
    const { code, said } = await brokers.refusal({ data: before.data, port: portOf(before) });
    expect(code).not.toBe(0);
    expect(said).toContain("behind");
    expect(said).toContain("--recover record");

    const broker = await brokers.again(before, { args: ["--recover", "record"] });
    const suspended = [old, a.admin, colleague, a.auditor, a.enroller, a.instance, world.b.admin];
    for (const principal of suspended) {
      principal.forgetToken();
      await principal.refresh();
      expect(codeOf(await principal.askToken())).toBe("identity.suspended");
    }
    expect(codeOf(await askEnrolment(broker, unused.token, makeKey()))).toBe("enrolment.invalid");

    const platform = await enrolPlatform(broker);
    const resume = (by: Principal, who: Principal, kind = "operators") =>
      by.post(`/v1/${kind}/${who.id}/resume`);
    expect(codeOf(await resume(platform, a.auditor))).toBe("not-found");
    expect((await resume(platform, a.admin)).status).toBe(200);
    expect(codeOf(await resume(platform, colleague))).toBe("not-found");
    expect((await resume(platform, world.b.admin)).status).toBe(200);
    expect((await resume(a.admin, colleague)).status).toBe(200);
    expect((await resume(a.admin, a.instance, "instances")).status).toBe(200);
    expect((await connectAs(a.instance)).epoch).toBeGreaterThan(0);
    expect(codeOf(await a.auditor.askToken())).toBe("identity.suspended");
    const facts = await readFacts(platform);
    expect(facts.map(({ kind }) => kind)).toContain("era.began");
    expect(flawIn(facts)).toBeUndefined();
    const told = (await readFacts(a.admin)).filter(({ kind }) => kind === "operator.resumed");
    expect(told.map(({ content }) => content?.actor)).toEqual([platform.id, a.admin.id]);
    await broker.stop();
    await (await brokers.again(before)).stop();
  });

  test("is an older copy with its own head, when more has been signed since [REC-9]", async () => {
    const { world, copy } = await withOlderCopy();
    putBack(copy, world.broker.data, [...database, "head"]);
    const { code, said } = await brokers.refusal({ data: world.broker.data, port: portOf(world.broker) });
    expect(code).not.toBe(0);
    expect(said).toMatch(/behind.*leaves in org:/);
    const broker = await brokers.again(world.broker, { args: ["--recover", "record"] });
    const { origin } = await signedHead(await enrolPlatform(broker));
    expect(origin).toMatch(/\/logs\/platform\/era-2$/);
    await broker.stop();
    await (await brokers.again(world.broker)).stop();
  });

  test("has lost its head", async () => {
    const { broker } = await makeWorld(await brokers.start());
    await broker.stop();
    rmSync(join(broker.data, "head"));
    const { code, said } = await brokers.refusal({ data: broker.data });
    expect(code).not.toBe(0);
    expect(said).toContain("head");
    expect(said).toContain("--recover record");
  });

  test("has a head that nobody can read", async () => {
    const { broker } = await makeWorld(await brokers.start());
    await broker.stop();
    writeFileSync(join(broker.data, "head"), Buffer.alloc(8_192, 1));
    const { code, said } = await brokers.refusal({ data: broker.data });
    expect(code).not.toBe(0);
    expect(said).toContain("no readable head");
  });

  function spoiled(work: (db: Database.Database) => void): (data: string) => void {
    return (data) => {
      const db = new Database(join(data, "parley.db"));
      work(db);
      db.close();
    };
  }
  const rows: readonly (readonly [string, (data: string) => void, RegExp])[] = [
    ["is of another application", spoiled((db) => db.pragma("application_id = 1")), /application id/],
    [
      "is of a newer version",
      spoiled((db) =>
        db.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('f', 9999999999999)"),
      ),
      /migration/,
    ],
    [
      "was migrated by an edited file",
      spoiled((db) => db.exec("UPDATE __drizzle_migrations SET hash = 'f'")),
      /migration/,
    ],
    ["is no database", (data) => writeFileSync(join(data, "parley.db"), "x".repeat(8_192)), /database/],
    ["has a fact that was changed", spoiled(changeLastFact), /altered|diverged/],
    ["has a log that is not what was signed of it", spoiled(changeRoot), /altered.*platform with root/],
    ["has lost its last fact", spoiled(dropLastFact), /altered|behind|diverged/],
  ];
  describe("because its database", () => {
    let whole = "";
    beforeAll(async () => {
      const { broker, platform } = await makeWorld(await brokers.start());
      await signedHead(platform);
      await broker.stop();
      whole = broker.data;
    });

    test.each(rows)("%s", async (_name, spoil, expected) => {
      const data = brokers.newFolder();
      cpSync(whole, data, { recursive: true });
      spoil(data);
      const { code, said } = await brokers.refusal({ data });
      expect(code).not.toBe(0);
      expect(said).toMatch(expected);
      // A person reads it: no stack.
      expect(said).not.toContain("    at ");
    });
  });
});

test("a fact in the database can be neither changed nor deleted nor replaced; its content may become null", async () => {
  const { broker } = await makeWorld(await brokers.start());
  await broker.stop();
  const db = new Database(join(broker.data, "parley.db"));
  const first = "WHERE ordinal = 1";
  expect(() => db.exec(`UPDATE facts SET kind = 'agent.revoked' ${first}`)).toThrow(/fact/);
  expect(() => db.exec(`UPDATE facts SET content = '{}' ${first}`)).toThrow(/fact/);
  expect(() => db.exec(`DELETE FROM facts ${first}`)).toThrow(/fact/);
  expect(() => db.exec(`INSERT OR REPLACE INTO facts SELECT * FROM facts ${first}`)).toThrow(/fact/);
  db.exec(`UPDATE facts SET content = NULL ${first}`);
  db.close();
  // What is left still verifies: hashes are over the skeleton.
  const again = await brokers.again(broker);
  await again.stop();
});

function withoutTriggers(db: Database.Database): void {
  const triggers = db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER "${name}"`);
}

function changeLastFact(db: Database.Database): void {
  withoutTriggers(db);
  db.exec(
    "UPDATE facts SET skeleton = replace(skeleton, 'enrolled', 'enrolleD') WHERE ordinal = (SELECT max(ordinal) FROM facts)",
  );
}

function changeRoot(db: Database.Database): void {
  db.exec(`UPDATE logs SET root = '${"A".repeat(43)}' WHERE log = 'platform'`);
}

function dropLastFact(db: Database.Database): void {
  withoutTriggers(db);
  db.exec("DELETE FROM facts WHERE ordinal = (SELECT max(ordinal) FROM facts)");
}
