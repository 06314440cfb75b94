/** How a broker ends when it is asked to: nothing in flight is lost, nobody is left without a word. */
import { describe, expect, test } from "vitest";
import { openBrokers } from "../fixtures/brokers.js";
import { type Answer, codeOf, NoAnswer } from "../fixtures/exchange.js";
import { connectAs } from "../fixtures/raw-socket.js";
import { makeWorld } from "../fixtures/world.js";

const brokers = openBrokers();

describe("SIGTERM", () => {
  test("answers what is in flight, says goodbye to every socket, and ends with 0", async () => {
    const world = await makeWorld(await brokers.start());
    const { a, broker } = world;
    const connected = await connectAs(a.instance);
    const outcomes: Promise<{ name: string; answer: Answer | NoAnswer }>[] = [];
    for (let at = 0; at < 60; at++) {
      const name = `in-flight-${at}`;
      const asked = a.admin.post("/v1/agents", { name, owner: "x" });
      outcomes.push(
        asked.then(
          (answer) => ({ name, answer }),
          (error: unknown) => {
            if (error instanceof NoAnswer) return { name, answer: error };
            throw error;
          },
        ),
      );
    }
    await outcomes[10];
    const asked = performance.now();
    broker.signal("SIGTERM");
    const going = await connected.socket.expect("goingAway");
    expect(going.value).toEqual({ retryAfterMs: expect.any(Number) });
    expect((await connected.socket.closed).code).toBe(4503);
    expect(await broker.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(10_000);

    const settled = await Promise.all(outcomes);
    const done = settled.flatMap(({ name, answer }) =>
      "status" in answer && answer.status === 201 ? [name] : [],
    );
    const refused = settled.flatMap(({ answer }) =>
      "status" in answer && answer.status !== 201 ? [codeOf(answer)] : [],
    );
    expect(new Set(refused).size).toBeLessThanOrEqual(1);
    for (const code of refused) expect(code).toBe("broker.going-away");
    const after = await brokers.again(broker);
    const { items } = await a.admin.done<{ items: { name: string }[] }>("GET", "/v1/agents?limit=200");
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(done));
    expect(done.length).toBeGreaterThan(10);
    await after.stop();
  });

  test("a second time does not wait", async () => {
    const broker = await brokers.start();
    broker.signal("SIGTERM");
    broker.signal("SIGINT");
    const { code, signal } = await broker.ended;
    expect([0, 1]).toContain(code);
    expect(signal).toBeNull();
    await (await brokers.again(broker)).stop();
  });

  test("is known at once to whoever asks whether it is ready, until it is gone", async () => {
    const { management, ...broker } = await brokers.start();
    const ready = () => fetch(`${management}/readyz`);
    expect((await ready()).status).toBe(200);
    broker.signal("SIGTERM");
    const heard: unknown[] = [];
    for (let asks = true; asks; ) {
      const answer = await ready().catch(() => undefined);
      if (answer?.status === 503) heard.push(await answer.json());
      asks = answer !== undefined;
    }
    expect(heard.length).toBeGreaterThan(0);
    expect(heard[0]).toEqual({ ready: false, why: "the broker is stopping" });
    expect((await broker.ended).code).toBe(0);
  });

  test("is not waited for by who does not read", async () => {
    const world = await makeWorld(await brokers.start());
    const { socket } = await connectAs(world.a.instance);
    socket.stopReading();
    const asked = performance.now();
    expect((await world.broker.stop()).code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    socket.end();
  });
});
