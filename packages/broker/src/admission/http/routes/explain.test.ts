import { defaultTermsDigest, explanationSchema, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { addMember, advertise, makeContract, makeWorkgroup, propose, search } from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { enrolAgent, enrolOperator, type Person } from "../../testing/person.js";

const explain = async (by: Person, agent: string, query: string) =>
  explanationSchema.parse((await by.get(`/v1/agents/${agent}/explain?${query}`)).body);

async function offeredOfThisTest(terms: object = {}) {
  const market = await marketOfThisTest();
  const { feed, workgroup } = market;
  const { id, latest } = await makeContract(market.acme.admin, "terms", terms);
  const offer = await advertise(feed.instance, feed.id, "equity", {
    workgroups: [workgroup.id],
    contract: { id, termsDigest: latest.termsDigest },
  });
  return { ...market, offer };
}

describe("explaining [RCH-1]", () => {
  test("says that it would be allowed, and then it is", async () => {
    const { desk, globex, offer, workgroup } = await offeredOfThisTest();
    const explained = await explain(globex.admin, desk.id, `advertisement=${offer.id}&type=markets.quote`);
    expect(explained).toMatchObject({
      agent: desk.id,
      allowed: true,
      refusal: null,
      offer: { advertisement: offer.id, workgroup: workgroup.id, capability: "markets.equity" },
    });
    const [item] = await search(desk.instance);
    expect(item && (await propose(desk.instance, item)).state).toBe("proposed");
  });

  test("says what stands in the way, and then the proposal is refused for it", async () => {
    const { desk, offer } = await offeredOfThisTest({ requiredTags: { region: "eu" }, messageTypes: [] });
    const { allowed, refusal } = await explain(desk.instance, desk.id, `advertisement=${offer.id}`);
    expect([allowed, refusal]).toEqual([
      false,
      { code: "contract.unmet", rule: "requiredTags", detail: "region" },
    ]);
    const [item] = await search(desk.instance);
    await expect(item && propose(desk.instance, item)).rejects.toThrow("contract.unmet");
  });

  test("takes what is said beside: workgroup, capability, terms and type", async () => {
    const { desk, offer, workgroup } = await offeredOfThisTest({
      messageTypes: [{ type: "quote", from: "provider" }],
    });
    const of = `advertisement=${offer.id}`;
    const refusalFor = async (query: string) =>
      (await explain(desk.instance, desk.id, `${of}&${query}`)).refusal;
    expect(await refusalFor(`workgroup=${workgroup.id}`)).toBeNull();
    expect(await refusalFor("workgroup=acme%2Fchannel")).toBeNull();
    expect(await refusalFor("workgroup=acme%2Felsewhere")).toEqual({ code: "not-found" });
    expect(await refusalFor("capability=weather")).toEqual({ code: "not-found", rule: "capability" });
    expect(await refusalFor(`termsDigest=${defaultTermsDigest}`)).toEqual({
      ...{ code: "contract.changed", digest: offer.contract.termsDigest },
    });
    expect(await refusalFor("type=quote")).toEqual({ code: "contract.violation", rule: "messageTypes" });
  });

  test("of one's own offer says that it is one's own", async () => {
    const { feed, offer } = await offeredOfThisTest();
    const { refusal } = await explain(feed.instance, feed.id, `advertisement=${offer.id}`);
    // Its agent may only offer there, so it does not see the offer as one to engage.
    expect(refusal).toEqual({ code: "not-found" });
    const { workgroup, acme } = await marketOfThisTest();
    const both = await enrolAgent(acme.admin, "both");
    await addMember(acme.admin, workgroup.id, both.id, { offer: true, engage: true });
    const own = await advertise(both.instance, both.id, "own", { workgroups: [workgroup.id] });
    const explained = await explain(acme.admin, both.id, `advertisement=${own.id}`);
    expect(explained.refusal).toEqual({ code: "session.own" });
  });

  test("tells an admin no more of an offer than the agent sees", async () => {
    const { acme, feed, offer } = await offeredOfThisTest();
    const inner = await makeWorkgroup(acme.admin, "inner");
    await addMember(acme.admin, inner.id, feed.id, { offer: true });
    const hidden = await advertise(feed.instance, feed.id, "secret", { workgroups: [inner.id] });
    const other = await enrolAgent(acme.admin, "other");
    const of = async (id: string) => explain(acme.admin, other.id, `advertisement=${id}`);
    const nothing = await of(makeId("advertisement"));
    expect(nothing).toMatchObject({ allowed: false, refusal: { code: "not-found" }, offer: null });
    expect([await of(hidden.id), await of(offer.id)]).toEqual([nothing, nothing]);
  });

  test("is for the agent's own organisation and itself", async () => {
    const { acme, globex, desk, offer, platform } = await offeredOfThisTest();
    const auditor = await enrolOperator(globex.admin, "auditor", "auditor");
    const enroller = await enrolOperator(globex.admin, "enroller", "enroller", [desk.id]);
    const answers = [];
    for (const by of [globex.admin, auditor, desk.instance, enroller, acme.admin, platform]) {
      const { status, body } = await by.get(`/v1/agents/${desk.id}/explain?advertisement=${offer.id}`);
      answers.push([status, body.code]);
    }
    expect(answers).toEqual([
      ...[1, 2, 3].map(() => [200, undefined]),
      [403, "role.missing"],
      [404, "not-found"],
      [404, "not-found"],
    ]);
  });

  test("knows an instance of the agent alone, and an instance itself alone", async () => {
    const { acme, globex, desk, feed, offer } = await offeredOfThisTest();
    const statusFor = async (by: Person, instance: string) =>
      (await by.get(`/v1/agents/${desk.id}/explain?advertisement=${offer.id}&instance=${instance}`)).status;
    expect(await statusFor(globex.admin, desk.instance.id)).toBe(200);
    expect(await statusFor(desk.instance, desk.instance.id)).toBe(200);
    for (const instance of [feed.instance.id, makeId("instance")]) {
      expect(await statusFor(globex.admin, instance)).toBe(404);
      expect(await statusFor(desk.instance, instance)).toBe(404);
    }
    await globex.admin.post(`/v1/instances/${desk.instance.id}/suspend`);
    const query = `advertisement=${offer.id}&instance=${desk.instance.id}`;
    expect((await explain(globex.admin, desk.id, query)).refusal).toEqual({ code: "identity.suspended" });
    expect(acme.id).not.toBe(globex.id);
  });

  test.each([
    "",
    "advertisement=",
    "advertisement=a&type=Quote",
    "advertisement=a&type=quote.*",
    "advertisement=a&capability=*",
    "advertisement=a&advertisement=b",
    "advertisement=a&colour=blue",
  ])("refuses what it does not take: %j", async (query) => {
    const { desk } = await marketOfThisTest();
    const { status, body } = await desk.instance.get(`/v1/agents/${desk.id}/explain?${query}`);
    expect([status, body.code]).toEqual([400, "request.malformed"]);
  });
});
