/** Whether the broker answers: told truly where the socket is open and nobody is behind it. */
import { expect, test } from "vitest";
import { refuse, silent } from "./testing/fake-calls.js";
import { town } from "./testing/town.js";

const found = { items: [], nextCursor: null };

test("says that the broker has answered, and how long it took", async () => {
  const there = await town();
  there.calls.answers.search = () => {
    there.clock.step(12);
    return found;
  };
  expect(await there.agent.health()).toEqual({
    connected: true,
    state: "connected",
    roundTripMs: 12,
    problem: undefined,
  });
  expect(there.calls.of("search")).toMatchObject([{ limit: 1 }]);
});

test("a socket behind which nobody answers is no connection", async () => {
  const there = await town();
  there.calls.answers.search = () => silent;
  const health = there.agent.health();
  await there.calls.received("search");
  there.clock.step(5_000);
  expect(await health).toMatchObject({
    ...{ connected: false, state: "connected", roundTripMs: undefined },
    problem: { name: "ParleyFault", message: "no reply to search within 5000 ms" },
  });
});

test("a broker that is busy has answered, and says so", async () => {
  const there = await town();
  there.calls.answers.search = () => refuse({ code: "broker.busy", retryAfterMs: 1 });
  expect(await there.agent.health()).toMatchObject({
    connected: true,
    roundTripMs: 0,
    problem: { code: "broker.busy" },
  });
});

test("without a connection it does not wait for one", async () => {
  const there = await town();
  there.broker.sockets.at(-1)?.close(4408);
  await there.watch.next("waiting");
  expect(await there.agent.health()).toMatchObject({
    ...{ connected: false, state: "waiting" },
    problem: { message: "there is no connection now" },
  });
  await there.agent.close();
  expect(await there.agent.health()).toMatchObject({ connected: false, state: "closed" });
});

test("an abort ends the waiting", async () => {
  const there = await town();
  there.calls.answers.search = () => silent;
  const stop = new AbortController();
  const health = there.agent.health({ signal: stop.signal });
  await there.calls.received("search");
  stop.abort(new Error("enough"));
  await expect(health).rejects.toThrow("enough");
});
