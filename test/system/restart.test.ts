/** Brokers that end and begin again: what is kept, who is let in first, and who is kept out. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { portOf } from "../fixtures/broker-process.js";
import { openBrokers } from "../fixtures/brokers.js";
import { codeOf, jsonOf } from "../fixtures/exchange.js";
import { askEnrolment, enrol } from "../fixtures/principal.js";
import { connectAs } from "../fixtures/raw-socket.js";
import { flawIn, readFacts } from "../fixtures/record.js";
import { makeKey } from "../fixtures/signing.js";
import {
  enrolPlatform,
  makeInstance,
  makeOrganisation,
  makeWorld,
  mintFor,
  type World,
} from "../fixtures/world.js";

const brokers = openBrokers();

/** Everything that anybody can read: lists, things, facts. */
async function allThatIsKnown({ platform, a, b }: World): Promise<readonly string[]> {
  const paths = [
    "/v1/organisations",
    "/v1/operators",
    "/v1/agents",
    `/v1/agents/${a.agent}/instances`,
    `/v1/agents/${a.agent}/enrolment-tokens`,
    "/v1/alerts",
  ];
  const texts: string[] = [];
  for (const path of paths) texts.push((await a.admin.get(path)).text);
  texts.push((await platform.get("/v1/organisations")).text, (await b.instance.get("/v1/whoami")).text);
  texts.push(JSON.stringify(await readFacts(a.admin)), JSON.stringify(await readFacts(b.admin)));
  return texts;
}

describe("after a restart", () => {
  test("everything is there, tokens of access are good, what was revoked stays so", async () => {
    const world = await makeWorld(await brokers.start());
    const { a } = world;
    const lost = await makeInstance(a.admin, a.agent);
    await a.admin.done("POST", `/v1/instances/${lost.id}/revoke`);
    const unused = await mintFor(a.admin, a.agent);
    const key = { "idempotency-key": "before-and-after" };
    const once = { name: "once", owner: "x" };
    const made = await a.admin.post("/v1/agents", once, key);
    const before = await allThatIsKnown(world);
    const platformFacts = await readFacts(world.platform);
    expect((await world.broker.stop()).code).toBe(0);

    const broker = await brokers.again(world.broker);
    expect(await allThatIsKnown(world)).toEqual(before);
    expect((await a.admin.post("/v1/agents", once, key)).text).toBe(made.text);
    await lost.refresh();
    expect(codeOf(await lost.askToken())).toBe("identity.revoked");
    expect((await enrol(broker, unused.token)).id).toMatch(/^ins_/);
    const now = await readFacts(world.platform);
    expect(now.slice(0, platformFacts.length)).toEqual(platformFacts);
    expect(now.slice(platformFacts.length).map(({ kind }) => kind)).toEqual(["broker.started"]);
    expect(flawIn(now)).toBeUndefined();
    expect(existsSync(join(broker.data, "platform-enrolment-token"))).toBe(false);
    await broker.stop();
  });

  test("a connection begins with a higher epoch, and nobody is shown as connected before", async () => {
    const world = await makeWorld(await brokers.start());
    const { a } = world;
    const first = await connectAs(a.instance);
    world.broker.signal("SIGKILL");
    await first.socket.closed;
    await world.broker.ended;
    const broker = await brokers.again(world.broker);
    const shown = jsonOf(await a.admin.get(`/v1/instances/${a.instance.id}`));
    expect(shown.connectedSince).toBeNull();
    const second = await connectAs(a.instance);
    expect(second.epoch).toBe(first.epoch + 1);
    second.socket.end();
    await broker.stop();
  });
});

describe("the first token", () => {
  test("is a new one at every start while nobody can act, and the older is void [ID-6]", async () => {
    const first = await brokers.start();
    const old = first.platformToken();
    await first.stop();
    const second = await brokers.again(first);
    const token = second.platformToken();
    expect(token).not.toBe(old);
    expect(codeOf(await askEnrolment(second, old, makeKey()))).toBe("enrolment.invalid");
    const platform = await enrol(second, token);
    expect(jsonOf(await platform.get("/v1/whoami"))).toMatchObject({ role: "platform", organisation: null });
    const facts = await readFacts(platform);
    expect(facts.map(({ kind }) => kind).filter((kind) => kind !== "request.refused")).toEqual([
      "broker.started",
      "operator.invited",
      "enrolment-token.minted",
      "broker.started",
      "enrolment-token.voided",
      "operator.revoked",
      "operator.invited",
      "enrolment-token.minted",
      "operator.enrolled",
    ]);
    await second.stop();
  });

  test("is made knowingly for a platform that has lost its keys", async () => {
    const first = await brokers.start();
    const lost = await enrolPlatform(first);
    const organisation = await makeOrganisation(lost, "kept");
    await first.stop();
    const second = await brokers.again(first, { args: ["--recover", "platform"] });
    const found = await enrolPlatform(second);
    expect((await found.get(`/v1/organisations/${organisation.id}`)).status).toBe(200);
    await found.done("POST", `/v1/operators/${lost.id}/revoke`);
    await lost.refresh();
    expect(codeOf(await lost.askToken())).toBe("identity.revoked");
    await second.stop();
  });
});

describe("a second process", () => {
  test("on the same folder is turned away with its name, and the first goes on", async () => {
    const world = await makeWorld(await brokers.start());
    const { code, said } = await brokers.refusal({ data: world.broker.data });
    expect(code).not.toBe(0);
    expect(said).toContain(world.broker.data);
    expect((await world.a.admin.post("/v1/agents", { name: "still-here", owner: "x" })).status).toBe(201);
    await world.broker.stop();
  });

  test("on the same port is turned away, and leaves its own folder free", async () => {
    const first = await brokers.start();
    const data = brokers.newFolder();
    const { code, said } = await brokers.refusal({ data, port: portOf(first) });
    expect(code).not.toBe(0);
    expect(said).toMatch(/EADDRINUSE|listens there already/);
    const second = await brokers.start({ data });
    await Promise.all([first.stop(), second.stop()]);
  });
});
