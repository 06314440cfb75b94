/** One question in one call: found, engaged, asked, answered, closed. */
import { expect, test } from "vitest";
import { refuse, silent } from "./testing/fake-calls.js";
import { FakeEnvelopes } from "./testing/fake-envelopes.js";
import { accepted, at, closed, offerOf, sessionOf, town } from "./testing/town.js";

async function offered() {
  const there = await town();
  const offer = offerOf();
  const view = there.show({
    ...accepted(there, sessionOf(there, "consumer"), "consumer"),
    state: "active",
    activeAt: at(there),
  });
  const talk = new FakeEnvelopes(there, view, "consumer");
  there.calls.answers.search = () => ({ items: [offer], nextCursor: null });
  there.calls.answers.propose = () => view;
  there.calls.answers.close = () => there.show(closed(there, view, "completed_by_consumer"));
  return { there, offer, talk };
}

test("finds who offers it, asks, closes, and resolves with the answer", async () => {
  const { there, talk } = await offered();
  const question = { workgroup: "markets-co/channel", purpose: "morning brief", timeoutMs: 5_000 };
  const asked = there.agent.ask("markets.equity", "markets.equity.request", { tickers: ["SPY"] }, question);
  await talk.received("heard", 1);
  talk.tells({ causationId: talk.heard[0]?.id ?? "", body: { price: 1 } });
  expect((await asked).json()).toEqual({ price: 1 });
  expect(there.calls.of("search")).toMatchObject([
    { capability: "markets.equity", available: true, limit: 1, workgroup: "markets-co/channel" },
  ]);
  expect(there.calls.heard.map(({ call }) => call)).toEqual(["search", "propose", "close"]);
  expect(talk.payloads).toEqual(['{"tickers":["SPY"]}']);
  await talk.received("acks", 1);
  expect(talk.acks).toEqual([1]);
});

test("where nobody offers it, says so", async () => {
  const { there } = await offered();
  there.calls.answers.search = () => ({ items: [], nextCursor: null });
  await expect(there.agent.ask("markets.bonds", "markets.bonds.request")).rejects.toThrow(
    "nobody offers markets.bonds now",
  );
});

test("closes what it has engaged also where there is no answer in time", async () => {
  const { there, talk } = await offered();
  const asked = there.agent.ask("markets.equity", "markets.equity.request", 1, { timeoutMs: 700 });
  const late = expect(asked).rejects.toMatchObject({ name: "RequestTimedOut" });
  await talk.received("heard", 1);
  there.clock.step(700);
  await late;
  expect(there.calls.of("close")).toHaveLength(1);
});

test("what becomes of the goodbye does not change the answer", async () => {
  const { there, talk } = await offered();
  there.calls.answers.close = () => refuse({ code: "broker.fault" });
  const asked = there.agent.ask("markets.equity", "markets.equity.request");
  await talk.received("heard", 1);
  talk.tells({ causationId: talk.heard[0]?.id ?? "", body: 1 });
  expect((await asked).json()).toBe(1);
  expect(there.troubles).toMatchObject([{ name: "ParleyFault" }]);
});

test("an abort gives up, and withdraws what was proposed", async () => {
  const { there } = await offered();
  there.calls.answers.propose = () => silent;
  const stop = new AbortController();
  const asked = there.agent.ask("markets.equity", "markets.equity.request", 1, { signal: stop.signal });
  await there.calls.received("propose");
  stop.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
});
