import {
  agentSchema,
  type BlastRadiusView,
  blastRadiusSchema,
  makeId,
  type ReachedView,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import {
  accept,
  addMember,
  advertise,
  bringIn,
  makeContract,
  makeWorkgroup,
  propose,
  search,
} from "../../testing/dealing.js";
import { type Market, marketOfThisTest } from "../../testing/market.js";
import { enrolOperator, type Person } from "../../testing/person.js";

async function radius(by: Person, agent: string, query = ""): Promise<BlastRadiusView> {
  return blastRadiusSchema.parse((await by.get(`/v1/agents/${agent}/blast-radius${query}`)).body);
}

const of = <K extends ReachedView["kind"]>({ items }: BlastRadiusView, kind: K) =>
  items.filter((item): item is Extract<ReachedView, { kind: K }> => item.kind === kind);

/** What is offered and engaged in, in a town with a second agent of each side. */
async function busyOfThisTest() {
  const market = await marketOfThisTest();
  const { acme, feed, desk, workgroup } = market;
  const { id, latest } = await makeContract(acme.admin, "strict", { requiredTags: { region: "eu" } });
  await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id] });
  await advertise(feed.instance, feed.id, "strict", {
    workgroups: [workgroup.id],
    contract: { id, termsDigest: latest.termsDigest },
  });
  const [item] = await search(desk.instance);
  if (item === undefined) throw new RangeError("nothing is offered");
  return { ...market, session: await propose(desk.instance, item) };
}

const later = async ({ edge }: Pick<Market, "edge">) => {
  const at = new Date(edge.clock.now()).toISOString();
  edge.clock.step(1_000);
  return at;
};

describe("the blast radius of an agent [RCH-2]", () => {
  test("is what it sees, may engage and is engaged in, each with what gives it", async () => {
    const { globex, acme, desk, feed, workgroup, session } = await busyOfThisTest();
    const found = await radius(globex.admin, desk.id);
    expect(found).toMatchObject({
      agent: { id: desk.id, name: "desk" },
      standing: "active",
      nextCursor: null,
    });
    expect(found.items.map(({ kind }) => kind)).toEqual(["workgroup", "agent", "offer", "offer", "session"]);
    expect(of(found, "workgroup")).toMatchObject([
      {
        workgroup: { id: workgroup.id, address: "acme/channel" },
        ...{ offer: false, engage: true, named: { offer: false, engage: true }, selectors: [] },
      },
    ]);
    expect(
      of(found, "workgroup")[0]
        ?.organisations.map(({ name }) => name)
        .sort(),
    ).toEqual(["acme", "globex"]);
    expect(of(found, "agent")).toMatchObject([
      { agent: { id: feed.id, name: "feed" }, organisation: { id: acme.id, name: "acme" }, offer: true },
    ]);
    expect(of(found, "offer")).toMatchObject([
      { advertisement: { name: "equity" }, admitted: true, unmet: null, capabilities: ["markets.equity"] },
      {
        ...{ advertisement: { name: "strict" }, admitted: false },
        unmet: { code: "contract.unmet", rule: "requiredTags", detail: "region" },
      },
    ]);
    expect(of(found, "session")).toMatchObject([
      {
        session: session.id,
        state: "proposed",
        side: "consumer",
        agent: { id: feed.id },
        since: session.proposedAt,
      },
    ]);
  });

  test("says by which selectors, with the tags that it has, and by no others", async () => {
    const { globex, desk, workgroup } = await marketOfThisTest();
    const path = `/v1/workgroups/${workgroup.id}/selectors`;
    for (const tags of [{ tier: "1" }, { tier: "2" }]) await globex.admin.post(path, { tags, offer: true });
    const { version } = agentSchema.parse((await globex.admin.get(`/v1/agents/${desk.id}`)).body);
    const ifMatch = { "if-match": `"v${version}"` };
    await globex.admin.ask("PATCH", `/v1/agents/${desk.id}`, { tags: { tier: "1", env: "prod" } }, ifMatch);
    const [found] = of(await radius(globex.admin, desk.id), "workgroup");
    expect(found).toMatchObject({ offer: true, engage: true, named: { offer: false, engage: true } });
    expect(found?.selectors).toMatchObject([{ tags: { tier: "1" }, offer: true, engage: false }]);
  });

  test("comes in pages that hold each item once, in one order [API-5]", async () => {
    const { globex, desk } = await busyOfThisTest();
    const whole = await radius(globex.admin, desk.id);
    for (const limit of [1, 2, 3]) {
      const items: ReachedView[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page = await radius(globex.admin, desk.id, `?limit=${limit}${cursor && `&cursor=${cursor}`}`);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(items).toEqual(whole.items);
    }
  });

  test("is narrowed to one workgroup; one that is hidden is none", async () => {
    const { acme, globex, desk, feed, workgroup } = await busyOfThisTest();
    const second = await makeWorkgroup(acme.admin, "second");
    await bringIn(acme, globex, second);
    await addMember(globex.admin, second.id, desk.id, { engage: true });
    await addMember(acme.admin, second.id, feed.id, { offer: true });
    const whole = await radius(globex.admin, desk.id);
    const one = await radius(globex.admin, desk.id, `?workgroup=${workgroup.id}`);
    expect(whole.items.length).toBe(one.items.length + 2);
    expect(JSON.stringify(one)).not.toContain(second.id);
    const hidden = await makeWorkgroup(acme.admin, "hidden");
    await addMember(acme.admin, hidden.id, feed.id, { offer: true });
    for (const id of [hidden.id, makeId("workgroup"), "x"])
      expect((await radius(globex.admin, desk.id, `?workgroup=${id}`)).items).toEqual([]);
  });

  test("is for admins and auditors of its organisation", async () => {
    const { acme, globex, desk, platform } = await marketOfThisTest();
    const auditor = await enrolOperator(globex.admin, "auditor", "auditor");
    const enroller = await enrolOperator(globex.admin, "enroller", "enroller", [desk.id]);
    const answers = [];
    for (const by of [globex.admin, auditor, desk.instance, enroller, acme.admin, platform]) {
      const { status, body } = await by.get(`/v1/agents/${desk.id}/blast-radius`);
      answers.push([status, body.code]);
    }
    expect(answers).toEqual([
      ...[1, 2].map(() => [200, undefined]),
      ...[1, 2].map(() => [403, "role.missing"]),
      ...[1, 2].map(() => [404, "not-found"]),
    ]);
  });
});

describe("the blast radius at a past moment [RCH-3]", () => {
  test("is what it was, whatever was taken, given back and taken again since", async () => {
    const market = await busyOfThisTest();
    const { acme, globex, desk, feed, workgroup, session } = market;
    const seen: (readonly [string, BlastRadiusView])[] = [];
    const look = async () => {
      const found = await radius(globex.admin, desk.id);
      seen.push([await later(market), found]);
    };
    const offer = (name: string) => `/v1/agents/${feed.id}/advertisements/${name}`;
    await look();
    await accept(feed.instance, session);
    await look();
    await acme.admin.ask("DELETE", offer("equity"));
    await look();
    await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id] });
    await look();
    for (const verb of ["suspend", "resume", "suspend", "resume"]) {
      await acme.admin.post(`/v1/agents/${feed.id}/${verb}`);
      await look();
    }
    const members = `/v1/workgroups/${workgroup.id}/members`;
    await globex.admin.ask("DELETE", `${members}/${desk.id}`);
    await look();
    const selector = { tags: { tier: "1" }, engage: true };
    await globex.admin.post(`/v1/workgroups/${workgroup.id}/selectors`, selector);
    await globex.admin.ask("PATCH", `/v1/agents/${desk.id}`, { tags: { tier: "1" } }, { "if-match": '"v1"' });
    await look();
    await globex.admin.post(`/v1/workgroups/${workgroup.id}/leave`);
    await look();
    await globex.admin.post(`/v1/agents/${desk.id}/revoke`);
    await look();
    const kindsOf = ({ items }: BlastRadiusView) => items.map(({ kind }) => kind).join();
    expect(new Set(seen.map(([, found]) => kindsOf(found))).size).toBeGreaterThan(4);
    for (const [at, found] of seen) {
      const { at: _now, ...then } = found;
      const { at: said, ...past } = await radius(globex.admin, desk.id, `?at=${at}`);
      expect([at, past]).toEqual([at, then]);
      expect(said).toBe(at);
    }
  });

  test("before there was such an agent is nothing, and of a moment to come is refused", async () => {
    const { edge, globex, desk } = await marketOfThisTest();
    const before = new Date(edge.clock.now() - 1).toISOString();
    expect(await radius(globex.admin, desk.id, `?at=${before}`)).toMatchObject({ standing: null, items: [] });
    const { status, body } = await globex.admin.get(
      `/v1/agents/${desk.id}/blast-radius?at=${new Date(edge.clock.now() + 1).toISOString()}`,
    );
    expect([status, body.code, body.rule]).toEqual([400, "request.malformed", "at"]);
  });

  test.each([
    "yesterday",
    "2026-01-05",
    "2026-13-05T09:00:00.000Z",
    "2026-02-31T09:00:00.000Z",
    "1767603600000",
  ])("is asked for by a time of RFC 3339, and not by %j", async (at) => {
    const { globex, desk } = await marketOfThisTest();
    const { status, body } = await globex.admin.get(`/v1/agents/${desk.id}/blast-radius?at=${at}`);
    expect([status, body.code]).toEqual([400, "request.malformed"]);
  });

  test("of this very moment is what happens in it, too", async () => {
    const { edge, globex, desk, feed, workgroup } = await marketOfThisTest();
    const at = new Date(edge.clock.now()).toISOString();
    expect(of(await radius(globex.admin, desk.id, `?at=${at}`), "offer")).toEqual([]);
    await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id] });
    expect(of(await radius(globex.admin, desk.id, `?at=${at}`), "offer").length).toBe(1);
  });

  test("comes in pages like the present [API-5]", async () => {
    const market = await busyOfThisTest();
    const { globex, desk } = market;
    const at = await later(market);
    const whole = await radius(globex.admin, desk.id, `?at=${at}`);
    const items: ReachedView[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await radius(globex.admin, desk.id, `?at=${at}&limit=2${cursor && `&cursor=${cursor}`}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    expect([items.length, items]).toEqual([5, whole.items]);
  });
});
