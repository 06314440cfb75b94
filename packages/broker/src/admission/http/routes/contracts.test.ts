import {
  completeTerms,
  contractReportSchema,
  contractSchema,
  contractVersionSchema,
  defaultContract,
  defaultTerms,
  makeId,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import {
  addMember,
  advertise,
  contractBody,
  makeContract,
  makeWorkgroup,
  propose,
  search,
} from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { organisationOfThisTest, peopleOfThisTest } from "../../testing/people.js";
import { enrolOperator, makeAgent, type Person } from "../../testing/person.js";

async function addVersion(by: Person, contract: string, name: string, terms: object) {
  const { name: _name, ...body } = await contractBody(by, name, terms);
  return by.post(`/v1/contracts/${contract}/versions`, body);
}

/** As whoever asks would read them: by the schema that the contract of the interface states. */
const digestsOf = async (by: Person, contract: string) => {
  const { items } = (await by.get(`/v1/contracts/${contract}/versions`)).body as { items: unknown[] };
  return items.map((item) => contractVersionSchema.parse(item).termsDigest);
};

describe("a contract", () => {
  test("is created with all its terms written in", async () => {
    const { acme } = await organisationOfThisTest();
    const answer = await acme.admin.post(
      "/v1/contracts",
      await contractBody(acme.admin, "terms", { maxEnvelopes: 2 }),
    );
    const made = contractSchema.parse(answer.body);
    expect([answer.status, answer.headers.location]).toEqual([201, `/v1/contracts/${made.id}`]);
    expect(made).toMatchObject({
      name: "terms",
      organisation: { id: acme.id, name: "acme" },
      latest: { number: 1 },
    });
    expect(made.latest.terms).toEqual(completeTerms({ maxEnvelopes: 2 }));
    expect((await acme.admin.get(`/v1/contracts/${made.id}`)).body).toEqual(answer.body);
    expect((await acme.admin.get("/v1/contracts")).body).toEqual({ items: [answer.body], nextCursor: null });
  });

  test("has one version for the same terms, whoever says them again [API-11]", async () => {
    const { acme } = await organisationOfThisTest();
    const { id, latest } = await makeContract(acme.admin, "terms", {});
    const again = await addVersion(acme.admin, id, "terms", {});
    expect([again.status, again.body]).toEqual([200, latest]);
    const other = await addVersion(acme.admin, id, "terms", { maxEnvelopes: 2 });
    expect([other.status, other.body.number]).toEqual([201, 2]);
    expect((await acme.admin.get(`/v1/contracts/${id}`)).body.latest).toEqual(other.body);
    expect(await digestsOf(acme.admin, id)).toEqual([other.body.termsDigest, latest.termsDigest]);
  });

  test("is the broker's own for everybody, where none is named [API-13]", async () => {
    const { platform, acme } = await peopleOfThisTest();
    const enroller = await enrolOperator(acme.admin, "enroller", "enroller", [
      await makeAgent(acme.admin, "feed"),
    ]);
    for (const person of [platform, acme.admin, enroller]) {
      const shown = contractSchema.parse((await person.get(`/v1/contracts/${defaultContract}`)).body);
      expect(shown).toMatchObject({ organisation: null, createdAt: null, latest: { terms: defaultTerms } });
      expect(await digestsOf(person, defaultContract)).toEqual([shown.latest.termsDigest]);
    }
    expect(await addVersion(acme.admin, defaultContract, "default", {})).toMatchObject({ status: 404 });
  });

  test("is read by others in the versions that advertisements name, and in no others [API-13]", async () => {
    const { acme, globex, workgroup, feed, desk } = await marketOfThisTest();
    const { id, latest } = await makeContract(acme.admin, "terms", {});
    const path = `/v1/contracts/${id}`;
    const absent = await desk.instance.get(`/v1/contracts/${makeId("contract")}`);
    const hidden = await desk.instance.get(path);
    expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
    await addVersion(acme.admin, id, "terms", { maxEnvelopes: 2 });
    await advertise(feed.instance, feed.id, "equity", {
      workgroups: [workgroup.id],
      contract: { id, termsDigest: latest.termsDigest },
    });
    for (const reader of [desk.instance, globex.admin]) {
      expect((await reader.get(path)).body).toMatchObject({ latest: { number: null } });
      expect((await reader.get(`${path}/versions`)).body).toMatchObject({ items: [{ number: null }] });
      expect(await digestsOf(reader, id)).toEqual([latest.termsDigest]);
      expect(await reader.get(`${path}/report`)).toMatchObject({ status: 404 });
      expect((await reader.get("/v1/contracts")).body.items).toEqual([]);
    }
    expect(await digestsOf(acme.admin, id)).toHaveLength(2);
  });

  test("is not there for instances whose agent is not in all that it requires [CON-9]", async () => {
    const { acme, feed, workgroup } = await marketOfThisTest();
    const inner = await makeWorkgroup(acme.admin, "inner");
    const terms = { requiredWorkgroups: [workgroup.id, inner.id] };
    const { id, latest } = await makeContract(acme.admin, "strict", terms);
    const path = `/v1/contracts/${id}`;
    const absent = `/v1/contracts/${makeId("contract")}`;
    const { instance } = feed;
    for (const below of ["", "/versions", "/report"]) {
      const hidden = await instance.get(`${path}${below}`);
      expect([hidden.status, hidden.text]).toEqual([404, (await instance.get(`${absent}${below}`)).text]);
    }
    expect((await instance.get("/v1/contracts")).body.items).toEqual([]);
    const more = await addVersion(acme.admin, id, "strict", {});
    expect((await instance.get(path)).body.latest).toEqual(more.body);
    expect(await digestsOf(instance, id)).toEqual([more.body.termsDigest]);
    await addMember(acme.admin, inner.id, feed.id, { offer: true });
    expect(await digestsOf(instance, id)).toEqual([more.body.termsDigest, latest.termsDigest]);
  });

  test("is deleted unless an active advertisement names it", async () => {
    const { acme, workgroup, feed } = await marketOfThisTest();
    const { id, latest } = await makeContract(acme.admin, "terms", {});
    const contract = { id, termsDigest: latest.termsDigest };
    await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id], contract });
    const remove = () => acme.admin.ask("DELETE", `/v1/contracts/${id}`);
    expect(await remove()).toMatchObject({ status: 409, body: { code: "contract.in-use" } });
    await acme.admin.ask("DELETE", `/v1/agents/${feed.id}/advertisements/equity`);
    expect(await remove()).toMatchObject({ status: 200, body: { contract: id } });
    expect(await acme.admin.get(`/v1/contracts/${id}`)).toMatchObject({ status: 404 });
  });
});

describe("a report", () => {
  test("says what terms that are tried out would have refused, and where", async () => {
    const { edge, acme, workgroup, feed, desk } = await marketOfThisTest();
    const until = new Date(edge.clock.now() + 86_400_000).toISOString();
    const terms = {
      acceptance: "open" as const,
      requiredTags: { tier: "gold" },
      observe: { until, terms: ["requiredTags" as const] },
    };
    const { id, latest } = await makeContract(acme.admin, "trial", terms);
    const contract = { id, termsDigest: latest.termsDigest };
    await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id], contract });
    const [item] = await search(desk.instance);
    if (item === undefined) throw new Error("nothing to engage");
    const session = await propose(desk.instance, item);
    expect((await acme.admin.get(`/v1/contracts/${id}/report`)).body).toMatchObject({
      contract: id,
      number: 1,
      until,
      terms: ["requiredTags"],
      sessions: 1,
      wouldHaveEnded: 1,
      byRule: [{ rule: "requiredTags", sessions: 1 }],
      items: [{ session: session.id, at: "proposal", wouldRefuse: [{ rule: "requiredTags" }] }],
    });
    const second = await propose(desk.instance, item);
    const page = async (query: string) =>
      contractReportSchema.parse((await acme.admin.get(`/v1/contracts/${id}/report?limit=1${query}`)).body);
    const first = await page("");
    expect(first).toMatchObject({
      wouldHaveEnded: 2,
      byRule: [{ rule: "requiredTags", sessions: 2 }],
      nextCursor: expect.any(String),
    });
    const rest = await page(`&cursor=${first.nextCursor}`);
    expect(rest).toMatchObject({ wouldHaveEnded: 2, byRule: first.byRule, nextCursor: null });
    const told = [...first.items, ...rest.items].map((one) => one.session);
    expect(told.toSorted()).toEqual([session.id, second.id].toSorted());
    await addVersion(acme.admin, id, "trial", { requiredTags: { tier: "gold" } });
    const report = (query: string) => acme.admin.get(`/v1/contracts/${id}/report${query}`);
    expect((await report("")).body).toMatchObject({ number: 1 });
    expect((await report("?number=1")).body).toMatchObject({ number: 1 });
    expect(await report("?number=2")).toMatchObject({ status: 404 });
    expect(await report("?number=x")).toMatchObject({ status: 400 });
  });
});
