import { cutSchema, invitationSchema, makeId, memberSchema, workgroupSchema } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { addMember, bringIn, consent, makeWorkgroup } from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { organisationOfThisTest, peopleOfThisTest } from "../../testing/people.js";
import { enrolAgent, enrolOperator, foundOrganisation, type Person } from "../../testing/person.js";
import type { Answer } from "../../testing/speak.js";

const idsOf = ({ body }: Answer): unknown[] => (body.items as { id: string }[]).map(({ id }) => id);

describe("a workgroup", () => {
  test("is created with its owner alone in it", async () => {
    const { acme } = await organisationOfThisTest();
    const answer = await acme.admin.post("/v1/workgroups", { name: "channel", purpose: "markets" });
    const made = workgroupSchema.parse(answer.body);
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`/v1/workgroups/${made.id}`);
    expect(made).toMatchObject({
      address: "acme/channel",
      owner: { id: acme.id, name: "acme" },
      rules: "",
      admission: "unanimous",
      state: "active",
      organisations: [{ id: acme.id, name: "acme", since: made.createdAt }],
    });
    expect((await acme.admin.get(`/v1/workgroups/${made.id}`)).body).toEqual(answer.body);
  });

  test("is made once for one Idempotency-Key [API-6]", async () => {
    const { acme } = await organisationOfThisTest();
    const ask = (name: string) =>
      acme.admin.post("/v1/workgroups", { name, purpose: "p" }, { "idempotency-key": "k" });
    const first = await ask("channel");
    expect((await ask("channel")).body).toEqual(first.body);
    expect(await ask("other")).toMatchObject({ status: 422, body: { code: "idempotency.reused" } });
  });

  test("is named by id, by owner/name, or by its name while only one is visible [API-10]", async () => {
    const { acme, globex } = await peopleOfThisTest();
    const { id } = await makeWorkgroup(acme.admin, "channel");
    const show = (person: Person, address: string) =>
      person.get(`/v1/workgroups/${encodeURIComponent(address)}`);
    for (const address of [id, "acme/channel", "channel"])
      expect((await show(acme.admin, address)).body).toMatchObject({ id });
    for (const address of ["other", "globex/channel", "acme/", "/channel", "a/b/c"])
      expect(await show(acme.admin, address)).toMatchObject({ status: 404 });
    const theirs = await makeWorkgroup(globex.admin, "channel");
    expect((await show(globex.admin, "channel")).body).toMatchObject({ id: theirs.id });
    await bringIn(acme, globex, workgroupSchema.parse((await show(acme.admin, id)).body));
    expect(await show(globex.admin, "channel")).toMatchObject({
      status: 409,
      body: { code: "workgroup.ambiguous" },
    });
    expect((await show(globex.admin, "acme/channel")).body).toMatchObject({ id });
  });

  test("is found under the longest address that there can be [LIM-1]", async () => {
    const { platform } = await organisationOfThisTest();
    const long = "n".repeat(63);
    const { admin } = await foundOrganisation(platform, long);
    const { id } = await makeWorkgroup(admin, long);
    expect((await admin.get(`/v1/workgroups/${long}%2F${long}`)).body).toMatchObject({ id });
    expect(await admin.get(`/v1/workgroups/${long}%2F${long}nn`)).toMatchObject({ status: 404 });
  });

  test("is read by those who look back at an organisation that is in, and by agents that are in [API-10]", async () => {
    const { acme, globex, platform, workgroup, feed, desk } = await marketOfThisTest();
    const outside = await enrolAgent(globex.admin, "outside");
    const enroller = await enrolOperator(globex.admin, "enroller", "enroller", [desk.id]);
    const auditor = await enrolOperator(globex.admin, "auditor", "auditor");
    const path = `/v1/workgroups/${workgroup.id}`;
    for (const reader of [acme.admin, globex.admin, auditor, feed.instance, desk.instance]) {
      expect(await reader.get(path)).toMatchObject({ status: 200, body: { address: "acme/channel" } });
      expect(idsOf(await reader.get("/v1/workgroups"))).toEqual([workgroup.id]);
      const members = (await reader.get(`${path}/members`)).body.items as unknown[];
      expect(members.map((member) => memberSchema.parse(member).agent.name).sort()).toEqual(["desk", "feed"]);
    }
    expect(await outside.instance.get("/v1/workgroups")).toMatchObject({ status: 200, body: { items: [] } });
    for (const person of [outside.instance, enroller, platform]) {
      expect(await person.get(path)).toMatchObject({ status: 404 });
      expect(await person.get(`${path}/members`)).toMatchObject({ status: 404 });
    }
    for (const person of [enroller, platform])
      expect(await person.get("/v1/workgroups")).toMatchObject({
        status: 403,
        body: { code: "role.missing" },
      });
  });

  test("is listed in pages that hold each once while others are made [API-5]", async () => {
    const { edge, acme } = await organisationOfThisTest();
    const made = [];
    for (const name of ["c", "a", "b"]) {
      made.push((await makeWorkgroup(acme.admin, name)).id);
      edge.clock.step(1);
    }
    const seen: unknown[] = [];
    for (let cursor: unknown = ""; cursor !== null; ) {
      const page = await acme.admin.get(`/v1/workgroups?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...idsOf(page));
      cursor = page.body.nextCursor;
      if (seen.length === 2) made.push((await makeWorkgroup(acme.admin, "z")).id);
    }
    expect(seen).toEqual(made);
  });

  test("is left, and dissolved by its owner, with what that has cut", async () => {
    const { acme, globex, workgroup, desk } = await marketOfThisTest();
    const path = `/v1/workgroups/${workgroup.id}`;
    const left = await globex.admin.post(`${path}/leave`);
    expect(left).toMatchObject({ status: 200, body: { workgroup: workgroup.id } });
    expect(cutSchema.parse(left.body.cut)).toEqual({ sockets: 0, sessions: 0, surviving: [] });
    for (const person of [globex.admin, desk.instance])
      expect(await person.get(path)).toMatchObject({ status: 404 });
    const dissolved = await acme.admin.post(`${path}/dissolve`);
    expect(dissolved.body).toMatchObject({ workgroup: { id: workgroup.id, state: "dissolved" } });
    expect((await acme.admin.get(path)).body).toMatchObject({ state: "dissolved" });
  });

  test("is handed over to an organisation that is in, by its consent", async () => {
    const { acme, globex, workgroup } = await marketOfThisTest();
    const asked = { organisation: globex.id };
    const shown = await acme.admin.make(`/v1/workgroups/${workgroup.id}/hand-over`, asked, invitationSchema);
    expect(shown).toMatchObject({ as: "owner", organisation: globex.id, awaited: [acme.id] });
    await consent(acme.admin, acme.id, shown);
    await consent(globex.admin, globex.id, shown);
    expect((await acme.admin.get("/v1/workgroups/globex%2Fchannel")).body).toMatchObject({
      id: workgroup.id,
      owner: { id: globex.id, name: "globex" },
    });
  });
});

describe("members", () => {
  test("are one's own agents, added and taken out by name, with what that has cut", async () => {
    const { acme, globex, workgroup, desk, feed } = await marketOfThisTest();
    const path = `/v1/workgroups/${workgroup.id}/members`;
    const { body } = await addMember(globex.admin, workgroup.id, desk.id, { offer: true, engage: true });
    expect(body).toMatchObject({
      agent: { id: desk.id, name: "desk" },
      organisation: { id: globex.id, name: "globex" },
      offer: true,
      engage: true,
      cut: { sockets: 0, sessions: 0 },
    });
    const theirs = await acme.admin.post(path, { agent: desk.id, offer: true });
    const nobodys = await acme.admin.post(path, { agent: makeId("agent"), offer: true });
    expect([theirs.status, theirs.text]).toEqual([404, nobodys.text]);
    const removed = await globex.admin.post(`${path}/${desk.id}/remove`);
    expect(removed).toMatchObject({ status: 200, body: { offer: false, engage: false } });
    expect(await globex.admin.ask("DELETE", `${path}/${desk.id}`)).toMatchObject({ status: 200 });
    const left = (await acme.admin.get(path)).body.items as unknown[];
    expect(left.map((member) => memberSchema.parse(member).agent.id)).toEqual([feed.id]);
    expect(await desk.instance.get("/v1/workgroups")).toMatchObject({ body: { items: [] } });
  });

  test("follow the tags that a selector names", async () => {
    const { globex, acme, workgroup, desk } = await marketOfThisTest();
    const path = `/v1/workgroups/${workgroup.id}/selectors`;
    const agent = await globex.admin.post("/v1/agents", {
      name: "tagged",
      owner: "o",
      tags: { env: "prod" },
    });
    const made = await globex.admin.post(path, { tags: { env: "prod" }, engage: true });
    expect(made).toMatchObject({ status: 201, body: { members: 1, offer: false, engage: true } });
    expect(made.headers.location).toBe(`${path}/${made.body.id}`);
    const { members: _members, ...shown } = made.body;
    expect((await globex.admin.get(path)).body.items).toEqual([shown]);
    expect((await acme.admin.get(path)).body.items).toEqual([]);
    expect(await desk.instance.get(path)).toMatchObject({ status: 403, body: { code: "role.missing" } });
    const names = async () =>
      ((await acme.admin.get(`/v1/workgroups/${workgroup.id}/members`)).body.items as unknown[]).map(
        (member) => memberSchema.parse(member).agent.id,
      );
    expect(await names()).toContain(agent.body.id);
    const gone = await globex.admin.ask("DELETE", `${path}/${made.body.id}`);
    expect(gone).toMatchObject({ status: 200, body: { members: 1, cut: { sessions: 0 } } });
    expect(await names()).not.toContain(agent.body.id);
  });
});
