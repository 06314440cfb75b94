import { limits, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { addMember, advertise, bringIn, makeWorkgroup, search } from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { enrolAgent, enrolOperator } from "../../testing/person.js";

const offers = [
  { name: "equity", capability: "markets.equity", description: "Prices of shares, delayed" },
  { name: "options", capability: "markets.equity.options", description: "Implied volatility" },
  { name: "weather", capability: "weather", description: "Rain or shine" },
] as const;

async function stockedOfThisTest() {
  const market = await marketOfThisTest();
  const { feed, workgroup } = market;
  for (const { name, capability, description } of offers) {
    await advertise(feed.instance, feed.id, name, {
      workgroups: [workgroup.id],
      capabilities: [{ name: capability }],
      description,
    });
  }
  return market;
}

describe("a search", () => {
  test.each([
    ["", ["equity", "options", "weather"]],
    ["?capability=markets.equity", ["equity"]],
    ["?capability=markets.equity.*", ["equity", "options"]],
    ["?capability=markets.*", ["equity", "options"]],
    ["?capability=market.*", []],
    ["?q=PRICES%20shares", ["equity"]],
    ["?q=vol", ["options"]],
    ["?q=equity", ["equity", "options"]],
    ["?q=EQUITY.OPT", ["options"]],
    ["?q=options%2Fequity", ["options"]],
    ["?q=v%C3%B3latility", ["options"]],
    ["?q=olatility", []],
    ["?q=%25", []],
    ["?q=prices%20rain", []],
    ["?workgroup=acme%2Fchannel", ["equity", "options", "weather"]],
    ["?workgroup=channel&q=rain", ["weather"]],
    ["?organisation=acme", ["equity", "options", "weather"]],
    ["?organisation=globex", []],
    ["?pattern=request-response", ["equity", "options", "weather"]],
    ["?pattern=stream", []],
    ["?available=true", []],
    ["?available=false", ["equity", "options", "weather"]],
  ])("for %s finds %j [API-12]", async (query, names) => {
    const { desk } = await stockedOfThisTest();
    expect((await search(desk.instance, query)).map(({ name }) => name)).toEqual(names);
  });

  test("for what is hidden is answered like one for what does not exist [API-4] [API-12]", async () => {
    const { acme, desk, feed } = await stockedOfThisTest();
    const inner = await makeWorkgroup(acme.admin, "inner");
    await addMember(acme.admin, inner.id, feed.id, { offer: true });
    await advertise(feed.instance, feed.id, "secret", { workgroups: [inner.id] });
    const texts = [];
    for (const query of [
      `workgroup=${inner.id}`,
      "workgroup=acme%2Finner",
      `workgroup=${makeId("workgroup")}`,
      "q=secret",
      "q=nothing",
      `organisation=${makeId("organisation")}`,
    ]) {
      const { status, rawHeaders, text } = await desk.instance.get(`/v1/catalog?${query}`);
      texts.push({ status, rawHeaders, text });
    }
    expect(new Set(texts.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(texts[0]).toMatchObject({ status: 200, text: '{"items":[],"nextCursor":null}' });
  });

  test("on behalf of an agent sees exactly what that agent sees [API-12]", async () => {
    const { acme, globex, platform, desk, feed } = await stockedOfThisTest();
    const auditor = await enrolOperator(globex.admin, "auditor", "auditor");
    const enroller = await enrolOperator(globex.admin, "enroller", "enroller", [desk.id]);
    const outside = await enrolAgent(globex.admin, "outside");
    const seen = await desk.instance.get("/v1/catalog");
    for (const operator of [globex.admin, auditor]) {
      expect((await operator.get(`/v1/catalog?agent=${desk.id}`)).text).toBe(seen.text);
      for (const agent of [outside.id, feed.id, makeId("agent"), "x"])
        expect((await operator.get(`/v1/catalog?agent=${agent}`)).body).toEqual({
          items: [],
          nextCursor: null,
        });
      expect(await operator.get("/v1/catalog")).toMatchObject({ status: 400, body: { rule: "agent" } });
    }
    expect((await desk.instance.get(`/v1/catalog?agent=${desk.id}`)).text).toBe(seen.text);
    expect(await search(desk.instance, `?agent=${outside.id}`)).toEqual([]);
    for (const agent of [feed.id, desk.id]) expect(await search(acme.admin, `?agent=${agent}`)).toEqual([]);
    for (const person of [enroller, platform])
      expect(await person.get(`/v1/catalog?agent=${desk.id}`)).toMatchObject({ status: 403 });
  });

  test("for as many words as the limit is made, for one more refused [LIM-1]", async () => {
    const { desk } = await stockedOfThisTest();
    const words = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`).join("%20");
    const limit = limits.searchWordsMax;
    expect(await desk.instance.get(`/v1/catalog?q=${words(limit)}`)).toMatchObject({ status: 200 });
    expect(await desk.instance.get(`/v1/catalog?q=${words(limit + 1)}`)).toMatchObject({
      status: 400,
      body: { code: "request.malformed", rule: "q", limit, used: limit + 1 },
    });
  });

  test("comes in pages that hold each once while offers come and go [API-5]", async () => {
    const { acme, desk, feed, workgroup } = await stockedOfThisTest();
    const seen: string[] = [];
    for (let cursor: unknown = ""; cursor !== null; ) {
      const { body } = await desk.instance.get(
        `/v1/catalog?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      seen.push(...(body.items as { name: string }[]).map(({ name }) => name));
      cursor = body.nextCursor;
      if (seen.length === 1) {
        await advertise(feed.instance, feed.id, "before", { workgroups: [workgroup.id] });
        await advertise(feed.instance, feed.id, "zinc", { workgroups: [workgroup.id] });
        await acme.admin.ask("DELETE", `/v1/agents/${feed.id}/advertisements/options`);
      }
    }
    expect(seen).toEqual(["equity", "weather", "zinc"]);
  });

  test("shows an offer once for each workgroup in which it may be engaged", async () => {
    const { acme, globex, desk, feed, workgroup } = await marketOfThisTest();
    const second = await makeWorkgroup(acme.admin, "second");
    await bringIn(acme, globex, second);
    await addMember(acme.admin, second.id, feed.id, { offer: true });
    await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id, second.id] });
    const where = async () => (await search(desk.instance)).map(({ workgroup }) => workgroup.address);
    expect(await where()).toEqual(["acme/channel"]);
    await addMember(globex.admin, second.id, desk.id, { engage: true });
    expect((await where()).sort()).toEqual(["acme/channel", "acme/second"]);
  });
});
