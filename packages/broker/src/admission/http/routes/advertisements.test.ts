import { advertisementSchema, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import {
  addMember,
  advertise,
  advertisementBody,
  bringIn,
  makeContract,
  makeWorkgroup,
} from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { enrolAgent, enrolOperator } from "../../testing/person.js";

async function publishingOfThisTest() {
  const market = await marketOfThisTest();
  const { feed, workgroup } = market;
  const path = `/v1/agents/${feed.id}/advertisements/equity`;
  const put = async (more: object = {}, headers = {}) => {
    const body = await advertisementBody(feed.instance, feed.id, "equity", {
      workgroups: [workgroup.id],
      ...more,
    });
    return feed.instance.ask("PUT", path, body, headers);
  };
  return { ...market, path, put };
}

async function alsoOfferedInHiding() {
  const publishing = await publishingOfThisTest();
  const { acme, feed, desk, edge, workgroup, put } = publishing;
  const inner = await makeWorkgroup(acme.admin, "inner");
  await addMember(acme.admin, inner.id, feed.id, { offer: true });
  return {
    ...publishing,
    inner: [workgroup.id, inner.id],
    search: async () => (await desk.instance.get("/v1/catalog")).text,
    /** At another time each. */
    put: async (more: object = {}) => {
      edge.clock.step(1_000);
      return put(more);
    },
  };
}

describe("publishing", () => {
  test("makes, replaces, and changes nothing where nothing is new [API-11]", async () => {
    const { put } = await publishingOfThisTest();
    const made = await put();
    const { id } = advertisementSchema.parse(made.body);
    expect([made.status, made.headers.etag, made.headers.location]).toEqual([
      201,
      '"v1"',
      `/v1/advertisements/${id}`,
    ]);
    const same = await put();
    expect([same.status, same.headers.etag, same.text]).toEqual([200, '"v1"', made.text]);
    const other = await put({ description: "fast" });
    expect([other.status, other.headers.etag, other.body.id]).toEqual([200, '"v2"', id]);
  });

  test.each([
    ["the version that stands", '"v1"', 200, undefined],
    ["another version", '"v2"', 412, "precondition.failed"],
    ["no version", "*", 412, "precondition.failed"],
  ])("with If-Match of %s", async (_what, ifMatch, status, code) => {
    const { put } = await publishingOfThisTest();
    await put();
    const answer = await put({ description: "fast" }, { "if-match": ifMatch });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("is for the agent itself and its admin; others do not even see the agent", async () => {
    const { acme, globex, workgroup, feed, path } = await publishingOfThisTest();
    const other = await enrolAgent(acme.admin, "other");
    const auditor = await enrolOperator(acme.admin, "auditor", "auditor");
    const offered = { workgroups: [workgroup.id] };
    const ask = async (person: typeof auditor) =>
      person.ask("PUT", path, await advertisementBody(person, feed.id, "equity", offered));
    expect((await ask(acme.admin)).status).toBe(201);
    expect((await ask(auditor)).status).toBe(403);
    expect((await ask(other.instance)).status).toBe(404);
    expect((await ask(globex.admin)).status).toBe(404);
  });

  test("refuses unknown fields by name [API-2]", async () => {
    const { put } = await publishingOfThisTest();
    expect(await put({ price: 1 })).toMatchObject({ status: 400, body: { code: "request.malformed" } });
  });
});

describe("an advertisement", () => {
  test("is shown with the workgroups in which the reader sees it, and no others [API-13]", async () => {
    const { acme, globex, feed, desk, workgroup } = await marketOfThisTest();
    const inner = await makeWorkgroup(acme.admin, "inner");
    await addMember(acme.admin, inner.id, feed.id, { offer: true });
    const { id } = await advertise(feed.instance, feed.id, "equity", {
      workgroups: [workgroup.id, inner.id],
    });
    const outside = await enrolAgent(globex.admin, "outside");
    const shown = async (person: typeof feed.instance) => {
      const { status, body } = await person.get(`/v1/advertisements/${id}`);
      return status === 200
        ? advertisementSchema
            .parse(body)
            .workgroups.map(({ address }) => address)
            .sort()
        : status;
    };
    for (const person of [acme.admin, feed.instance])
      expect(await shown(person)).toEqual(["acme/channel", "acme/inner"]);
    for (const person of [globex.admin, desk.instance]) expect(await shown(person)).toEqual(["acme/channel"]);
    const sibling = await enrolAgent(acme.admin, "sibling");
    for (const person of [outside.instance, sibling.instance]) expect(await shown(person)).toBe(404);
    const own = `/v1/agents/${feed.id}/advertisements`;
    expect((await acme.admin.get(`${own}/equity`)).body).toMatchObject({ id });
    expect((await feed.instance.get(own)).body).toMatchObject({ items: [{ id }] });
    for (const person of [desk.instance, sibling.instance])
      expect(await person.get(own)).toMatchObject({ status: 404 });
    await acme.admin.post(`/v1/workgroups/${inner.id}/members/${feed.id}/remove`);
    expect(await shown(feed.instance)).toEqual(["acme/channel"]);
  });

  test("is the same for who does not see where else it is offered, and has no number for others [ADV-7]", async () => {
    const { acme, desk, put, inner, search } = await alsoOfferedInHiding();
    const { id } = advertisementSchema.parse((await put()).body);
    const seen = async () => {
      const { headers, text } = await desk.instance.get(`/v1/advertisements/${id}`);
      return [headers.etag, text, await search()];
    };
    const before = await seen();
    expect(advertisementSchema.parse(JSON.parse(String(before[1])))).toMatchObject({ version: null });
    expect((await put({ workgroups: inner })).headers.etag).toBe('"v2"');
    expect(await seen()).toEqual(before);
    await put({ workgroups: inner, description: "fast" });
    const after = await seen();
    for (const at of [0, 1, 2]) expect(after[at]).not.toEqual(before[at]);
    const own = await acme.admin.get(`/v1/advertisements/${id}`);
    expect([own.headers.etag, own.body.version]).toEqual(['"v3"', 3]);
  });

  test("tells its own organisation nothing of a workgroup that it has left [API-13]", async () => {
    const { acme, globex, feed, workgroup } = await marketOfThisTest();
    const theirs = await makeWorkgroup(globex.admin, "theirs");
    await bringIn(globex, acme, theirs);
    await addMember(acme.admin, theirs.id, feed.id, { offer: true });
    const workgroups = [workgroup.id, theirs.id];
    const { id } = await advertise(acme.admin, feed.id, "equity", { workgroups });
    const shown = async () =>
      advertisementSchema.parse((await acme.admin.get(`/v1/advertisements/${id}`)).body).workgroups;
    expect((await shown()).map((each) => each.id).sort()).toEqual([...workgroups].sort());
    await acme.admin.post(`/v1/workgroups/${theirs.id}/leave`);
    expect(await shown()).toEqual([{ id: workgroup.id, address: "acme/channel" }]);
  });

  test("of a contract that requires a workgroup is seen only from within it [API-13]", async () => {
    const { acme, globex, feed, desk, workgroup } = await marketOfThisTest();
    const inner = await makeWorkgroup(acme.admin, "inner");
    await addMember(acme.admin, inner.id, feed.id, { offer: true });
    const terms = { requiredWorkgroups: [inner.id] };
    const { id: contract, latest } = await makeContract(feed.instance, "strict", terms);
    const { id } = await advertise(feed.instance, feed.id, "equity", {
      workgroups: [workgroup.id],
      contract: { id: contract, termsDigest: latest.termsDigest },
    });
    const path = `/v1/advertisements/${id}`;
    const hidden = await desk.instance.get(path);
    expect([hidden.status, hidden.text]).toEqual([
      404,
      (await desk.instance.get(`/v1/advertisements/${makeId("advertisement")}`)).text,
    ]);
    await bringIn(acme, globex, inner);
    await addMember(globex.admin, inner.id, desk.id, { offer: true });
    expect(await desk.instance.get(path)).toMatchObject({ status: 200 });
  });

  test("is retracted once, as often as one likes, and then shown to its own alone [API-13]", async () => {
    const { acme, desk, path, put } = await publishingOfThisTest();
    const { id } = advertisementSchema.parse((await put()).body);
    const retract = () => acme.admin.ask("DELETE", path);
    const first = await retract();
    expect(first).toMatchObject({
      status: 200,
      body: { advertisement: { id, state: "retracted" }, cut: { sessions: 0 } },
    });
    expect((await retract()).text).toBe(first.text);
    expect((await acme.admin.get(`/v1/advertisements/${id}`)).body).toMatchObject({ state: "retracted" });
    expect(await desk.instance.get(`/v1/advertisements/${id}`)).toMatchObject({ status: 404 });
  });
});
