/** Machines whose clock is wrong: time on the record never runs backwards, and nobody gains by it. */
import { describe, expect, test } from "vitest";
import { type BrokerProcess, portOf } from "../fixtures/broker-process.js";
import { openBrokers } from "../fixtures/brokers.js";
import { codeOf } from "../fixtures/exchange.js";
import { hour, makeMachineClock, year } from "../fixtures/machine-clock.js";
import { askEnrolment, type Principal } from "../fixtures/principal.js";
import { flawIn, readFacts } from "../fixtures/record.js";
import { makeKey } from "../fixtures/signing.js";
import { makeAgent, makeWorld, mintFor } from "../fixtures/world.js";

const brokers = openBrokers();

/** The times on a record, as numbers, in the order in which the facts stand. */
const timesOf = async (reader: Principal): Promise<readonly number[]> =>
  (await readFacts(reader)).map(({ at }) => Date.parse(at));
const neverBackwards = (times: readonly number[]): boolean =>
  times.every((time, at) => at === 0 || time >= (times[at - 1] ?? 0));

const redeemed = async (broker: BrokerProcess, token: string): Promise<string> => {
  const answer = await askEnrolment(broker, token, makeKey());
  return codeOf(answer) ?? String(answer.status);
};

describe("a clock that was ten years ahead when the record began, and is right again", () => {
  test("is not gone on from silently, and knowingly only at the time of the record [ID-18]", async () => {
    const clock = makeMachineClock(brokers.newFolder());
    clock.set(10 * year);
    const world = await makeWorld(await brokers.start({ env: clock.env }));
    const { a, broker } = world;
    const short = await mintFor(a.admin, a.agent, { expiresInSeconds: 1 });
    const listed = async () => (await a.admin.get(`/v1/agents/${a.agent}/enrolment-tokens`)).text;
    await expect.poll(listed, { timeout: 5_000 }).toContain('"expired"');
    expect(await redeemed(broker, short.token)).toBe("enrolment.expired");
    await broker.stop();

    const { code, said } = await brokers.refusal({ data: broker.data, port: portOf(broker) });
    expect(code).not.toBe(0);
    expect(said).toContain("--recover clock");

    const right = await brokers.again(broker, { args: ["--recover", "clock"] });
    expect(await redeemed(right, short.token)).toBe("enrolment.expired");
    a.admin.forgetToken();
    await makeAgent(a.admin, "afterwards");
    const times = await timesOf(a.admin);
    expect(neverBackwards(times)).toBe(true);
    expect(times.at(-1)).toBeGreaterThan(Date.now() + 9 * year);
    world.platform.forgetToken();
    const facts = await readFacts(world.platform);
    expect(facts.map(({ kind }) => kind)).toContain("clock.recovered");
    expect(flawIn(facts)).toBeUndefined();
    await right.stop();
  });
});

describe("a clock that steps while the broker runs", () => {
  test("forward by two hours is followed, and that is a fact; back again it is not", async () => {
    const clock = makeMachineClock(brokers.newFolder());
    const world = await makeWorld(await brokers.start({ env: clock.env }));
    const { a, broker, platform } = world;
    const token = await mintFor(a.admin, a.agent);
    clock.set(2 * hour);
    expect(await redeemed(broker, token.token)).toBe("enrolment.expired");
    clock.set(0);
    expect(await redeemed(broker, token.token)).toBe("enrolment.expired");
    for (const each of [a.admin, platform]) {
      each.forgetToken();
      await each.refresh();
      expect(neverBackwards(await timesOf(each))).toBe(true);
    }
    const steps = (await readFacts(platform)).filter(({ kind }) => kind === "clock.stepped");
    expect(steps.map(({ content }) => Math.round(Number(content?.data.byMs) / hour))).toEqual([2]);
    await broker.stop();
  });

  test("forward by ten years ends the broker, and nobody has lost anything when it is right again", async () => {
    const clock = makeMachineClock(brokers.newFolder());
    const world = await makeWorld(await brokers.start({ env: clock.env }));
    const { a, broker } = world;
    const before = await timesOf(a.admin);
    clock.set(10 * year);
    const { code } = await broker.ended;
    expect(code).not.toBe(0);
    expect(broker.said()).toContain("clock");
    clock.set(0);
    const right = await brokers.again(broker, { env: clock.env });
    expect((await a.instance.get("/v1/whoami")).status).toBe(200);
    expect((await timesOf(a.admin)).slice(0, before.length)).toEqual(before);
    await right.stop();
  });
});

describe("a clock at start", () => {
  test.each([
    ["two hours behind", -2 * hour],
    ["forty days ahead", 40 * 24 * hour],
  ])("%s of the record is refused, and says by how much", async (_name, aheadMs) => {
    const clock = makeMachineClock(brokers.newFolder());
    const { broker } = await makeWorld(await brokers.start());
    await broker.stop();
    clock.set(aheadMs);
    const { code, said } = await brokers.refusal({ data: broker.data, env: clock.env });
    expect(code).not.toBe(0);
    expect(said).toMatch(aheadMs < 0 ? /behind the last time/ : /ahead of the last time/);
    await (await brokers.again(broker)).stop();
  });

  test("twenty days ahead of the record is one of a machine that was off", async () => {
    const clock = makeMachineClock(brokers.newFolder());
    const world = await makeWorld(await brokers.start());
    await world.broker.stop();
    clock.set(20 * 24 * hour);
    const later = await brokers.again(world.broker, { env: clock.env });
    world.a.instance.forgetToken();
    await world.a.instance.refresh();
    expect((await world.a.instance.get("/v1/whoami")).status).toBe(200);
    await later.stop();
  });
});
