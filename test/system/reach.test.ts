/** What an agent reached, asked of the built broker over its database: the same later, and after a restart. */
import { blastRadiusSchema, explanationSchema } from "@parley/protocol";
import { expect, test } from "vitest";
import { openBrokers } from "../fixtures/brokers.js";
import { jsonOf } from "../fixtures/exchange.js";
import { offer, openMarket } from "../fixtures/market.js";
import { makeInstance, makeWorld } from "../fixtures/world.js";

const brokers = openBrokers();

test("of a past moment is what it was said to be, also after a restart [RCH-3]", async () => {
  const world = await makeWorld(await brokers.start());
  const { a, b } = world;
  const market = await openMarket(b, a, "reach");
  const provider = await makeInstance(b.admin, market.offering);
  const offered = await offer(market, provider, "offered", { acceptance: "open" });
  const path = `/v1/agents/${market.engaging}/blast-radius`;
  const radius = async (query = "") => blastRadiusSchema.parse(jsonOf(await a.admin.get(`${path}${query}`)));
  const explain = `/v1/agents/${market.engaging}/explain?advertisement=${offered.advertisement}`;
  expect(explanationSchema.parse(jsonOf(await a.admin.get(explain)))).toMatchObject({ allowed: true });

  const before = await radius();
  // A moment is a millisecond: what happens next is in another.
  await a.admin.get("/v1/whoami");
  expect(before.items.map(({ kind }) => kind)).toEqual(["workgroup", "agent", "offer"]);
  await b.admin.done("DELETE", `/v1/agents/${market.offering}/advertisements/offered`);
  const without = await radius();
  await a.admin.get("/v1/whoami");
  expect(without.items.map(({ kind }) => kind)).toEqual(["workgroup", "agent"]);
  const refused = explanationSchema.parse(jsonOf(await a.admin.get(explain)));
  expect(refused).toMatchObject({ allowed: false, refusal: { code: "not-found" }, offer: null });
  await a.admin.done("POST", `/v1/agents/${market.engaging}/suspend`);

  const then = async () => [await radius(`?at=${before.at}`), await radius(`?at=${without.at}`)];
  expect(await then()).toEqual([before, without]);
  await world.broker.stop();
  await brokers.again(world.broker);
  expect(await then()).toEqual([before, without]);
  expect((await radius()).standing).toBe("suspended");
});
