import {
  type CatalogItemView,
  makeId,
  type SessionView,
  sessionSchema,
  type TermsRequest,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import {
  accept,
  advertise,
  makeContract,
  propose,
  search,
  signAcceptance,
  signProposal,
} from "../../testing/dealing.js";
import { type Market, marketOfThisTest } from "../../testing/market.js";
import { enrolAgent, enrolOperator, type Person, sha256 } from "../../testing/person.js";
import type { Answer } from "../../testing/speak.js";

interface Offering extends Market {
  readonly item: CatalogItemView;
}

async function offeringOfThisTest(terms: TermsRequest): Promise<Offering> {
  const market = await marketOfThisTest();
  const { acme, feed, desk, workgroup } = market;
  const { id, latest } = await makeContract(acme.admin, "terms", terms);
  const contract = { id, termsDigest: latest.termsDigest };
  await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id], contract });
  const [item] = await search(desk.instance);
  if (item === undefined) throw new Error("nothing to engage");
  return { ...market, item };
}

const stateOf = async (person: Person, { id }: SessionView) =>
  (await person.get(`/v1/sessions/${id}`)).body.state;
const idsOf = ({ body }: Answer): string[] => (body.items as { id: string }[]).map(({ id }) => id);

test("both sides see what the consumer's organisation stated, when it was last judged [SES-18]", async () => {
  const { edge, globex, acme, desk, feed, workgroup } = await marketOfThisTest();
  const until = new Date(edge.clock.now() + 86_400_000).toISOString();
  const terms = { requiredTags: { tier: "gold" }, observe: { until, terms: ["requiredTags" as const] } };
  const { id, latest } = await makeContract(acme.admin, "trial", terms);
  const contract = { id, termsDigest: latest.termsDigest };
  await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id], contract });
  const tag = async (tier: string) => {
    const path = `/v1/agents/${desk.id}`;
    const { headers } = await globex.admin.get(path);
    const tags = { tier, team: "secret" };
    await globex.admin.ask("PATCH", path, { tags }, { "if-match": String(headers.etag) });
  };
  const seen = async (session: SessionView) => {
    for (const reader of [desk.instance, feed.instance, acme.admin, globex.admin])
      expect((await reader.get(`/v1/sessions/${session.id}`)).body).toEqual(session);
    return [session.consumer.stated, session.provider.stated];
  };
  await tag("silver");
  const [item] = await search(desk.instance);
  if (item === undefined) throw new Error("nothing to engage");
  const proposed = await propose(desk.instance, item);
  expect(await seen(proposed)).toEqual([{ tier: "silver" }, {}]);
  await tag("gold");
  expect(await seen(await accept(feed.instance, proposed))).toEqual([{ tier: "gold" }, {}]);
});

describe("two companies [API-9]", () => {
  test("engage under an open contract while the provider is offline", async () => {
    const { desk, feed, acme, globex, item, workgroup } = await offeringOfThisTest({ acceptance: "open" });
    expect(item).toMatchObject({
      available: false,
      organisation: { name: "acme" },
      workgroup: { address: "acme/channel" },
    });
    const session = await propose(desk.instance, item, { purpose: "morning brief" });
    expect(session).toMatchObject({
      state: "accepted",
      purpose: "morning brief",
      workgroup: workgroup.id,
      consumer: { agent: { id: desk.id, name: "desk" }, instance: desk.instance.id, joinedAt: null },
      provider: { agent: { id: feed.id, name: "feed" }, organisation: { id: acme.id }, instance: null },
    });
    for (const reader of [desk.instance, feed.instance, acme.admin, globex.admin])
      expect((await reader.get(`/v1/sessions/${session.id}`)).body).toEqual(session);
  });

  test("engage where an instance of the provider says yes", async () => {
    const { desk, feed, acme, item } = await offeringOfThisTest({ acceptance: "provider" });
    const session = await propose(desk.instance, item);
    expect(session).toMatchObject({ state: "proposed", acceptedAt: null });
    const statement = await signAcceptance(acme.admin, session);
    expect((await acme.admin.post(`/v1/sessions/${session.id}/accept`, { statement })).status).toBe(403);
    expect(await accept(feed.instance, session)).toMatchObject({
      state: "accepted",
      provider: { instance: feed.instance.id },
    });
    expect(await accept(feed.instance, session)).toMatchObject({ state: "accepted" });
  });

  test("engage where an admin of the provider says yes", async () => {
    const { desk, feed, acme, item } = await offeringOfThisTest({ acceptance: "operator" });
    const session = await propose(desk.instance, item);
    const statement = await signAcceptance(feed.instance, session);
    expect((await feed.instance.post(`/v1/sessions/${session.id}/accept`, { statement })).status).toBe(403);
    expect(await accept(acme.admin, session)).toMatchObject({
      state: "accepted",
      provider: { instance: null },
    });
    expect(await stateOf(desk.instance, session)).toBe("accepted");
  });
});

describe("what both have signed [SES-19]", () => {
  const shownTo = async (readers: readonly Person[], { id }: SessionView) => {
    const views = await Promise.all(
      readers.map(async (reader) => sessionSchema.parse((await reader.get(`/v1/sessions/${id}`)).body)),
    );
    return views.map(({ proposalStatement, acceptanceStatement }) => [
      proposalStatement,
      acceptanceStatement,
    ]);
  };

  test("is shown to both, as it came", async () => {
    const { desk, feed, acme, globex, item } = await offeringOfThisTest({ acceptance: "provider" });
    const readers = [desk.instance, feed.instance, acme.admin, globex.admin];
    const proposal = await signProposal(desk.instance, item);
    const proposed = await desk.instance.make("/v1/sessions", { statement: proposal }, sessionSchema);
    expect(proposed.proposalDigest).toBe(sha256(proposal));
    expect(await shownTo(readers, proposed)).toEqual(readers.map(() => [proposal, null]));
    const statement = await signAcceptance(feed.instance, proposed);
    const accepted = await feed.instance.post(`/v1/sessions/${proposed.id}/accept`, { statement });
    expect(accepted.body).toMatchObject({ proposalStatement: proposal, acceptanceStatement: statement });
    expect(await shownTo(readers, proposed)).toEqual(readers.map(() => [proposal, statement]));
    expect(await stateOf(desk.instance, proposed)).toBe("accepted");
  });

  test("is the proposal alone where the advertisement is the acceptance", async () => {
    const { desk, feed, item } = await offeringOfThisTest({ acceptance: "open" });
    const proposal = await signProposal(desk.instance, item);
    const session = await desk.instance.make("/v1/sessions", { statement: proposal }, sessionSchema);
    expect(await shownTo([feed.instance], session)).toEqual([[proposal, null]]);
  });
});

describe("a proposal", () => {
  test("sent again is answered with its session, and not made again [API-11]", async () => {
    const { desk, item } = await offeringOfThisTest({});
    const statement = await signProposal(desk.instance, item);
    const ask = () => desk.instance.post("/v1/sessions", { statement });
    const first = await ask();
    expect([first.status, first.headers.location]).toEqual([201, `/v1/sessions/${first.body.id}`]);
    const second = await ask();
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect(idsOf(await desk.instance.get("/v1/sessions"))).toEqual([first.body.id]);
  });

  test.each([
    ["an advertisement", () => ({ advertisement: makeId("advertisement") })],
    ["a workgroup", () => ({ workgroup: makeId("workgroup") })],
  ])("for %s that is not seen is not found", async (_what, said) => {
    const { desk, item } = await offeringOfThisTest({});
    const statement = await signProposal(desk.instance, item, said());
    expect(await desk.instance.post("/v1/sessions", { statement })).toMatchObject({
      status: 404,
      body: { code: "not-found" },
    });
  });

  test("is rejected with words, or withdrawn", async () => {
    const { desk, feed, globex, item } = await offeringOfThisTest({});
    const one = await propose(desk.instance, item);
    const rejected = await feed.instance.post(`/v1/sessions/${one.id}/reject`, { detail: "too late" });
    expect(sessionSchema.parse(rejected.body)).toMatchObject({
      state: "closed",
      closesBy: null,
      closed: { reason: "rejected", detail: "too late" },
    });
    const two = await propose(desk.instance, item);
    expect(await globex.admin.post(`/v1/sessions/${two.id}/withdraw`)).toMatchObject({
      status: 200,
      body: { closed: { reason: "withdrawn" } },
    });
    expect(await feed.instance.post(`/v1/sessions/${two.id}/reject`)).toMatchObject({
      status: 409,
      body: { code: "session.state", state: "closed" },
    });
  });
});

describe("a session", () => {
  test("is read by its own agents and by those who look back, and by nobody else [API-15]", async () => {
    const { acme, globex, platform, desk, feed, item } = await offeringOfThisTest({ acceptance: "open" });
    const { id } = await propose(desk.instance, item);
    const sibling = await enrolAgent(globex.admin, "sibling");
    const enroller = await enrolOperator(acme.admin, "enroller", "enroller", [feed.id]);
    const auditor = await enrolOperator(acme.admin, "auditor", "auditor");
    const path = `/v1/sessions/${id}`;
    for (const reader of [desk.instance, feed.instance, acme.admin, globex.admin, auditor]) {
      expect(await reader.get(path)).toMatchObject({ status: 200 });
      expect(idsOf(await reader.get("/v1/sessions"))).toEqual([id]);
    }
    const absent = await sibling.instance.get(`/v1/sessions/${makeId("session")}`);
    for (const person of [sibling.instance, enroller, platform]) {
      const hidden = await person.get(path);
      expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
    }
    expect(idsOf(await sibling.instance.get("/v1/sessions"))).toEqual([]);
    for (const person of [enroller, platform])
      expect(await person.get("/v1/sessions")).toMatchObject({ status: 403 });
  });

  test("is listed by state, side and agent, newest first", async () => {
    const { edge, acme, globex, desk, feed, item } = await offeringOfThisTest({});
    const first = await propose(desk.instance, item);
    edge.clock.step(1);
    const second = await propose(desk.instance, item);
    await accept(feed.instance, first);
    const list = async (person: Person, query: string) => idsOf(await person.get(`/v1/sessions?${query}`));
    expect(await list(acme.admin, "")).toEqual([second.id, first.id]);
    expect(await list(acme.admin, "state=open")).toEqual([second.id, first.id]);
    expect(await list(acme.admin, "state=accepted")).toEqual([first.id]);
    expect(await list(acme.admin, "side=consumer")).toEqual([]);
    expect(await list(acme.admin, `agent=${feed.id}&side=provider`)).toEqual([second.id, first.id]);
    // A filter that names what is hidden acts as if it did not exist.
    for (const agent of [desk.id, makeId("agent"), "x"])
      expect(await list(acme.admin, `agent=${agent}`)).toEqual([]);
    expect(await list(globex.admin, `agent=${desk.id}&state=proposed`)).toEqual([second.id]);
    expect(await list(desk.instance, `agent=${feed.id}`)).toEqual([]);
  });

  test("is shown closed once its time has passed, whatever timers do [API-15]", async () => {
    const { edge, desk, item } = await offeringOfThisTest({ proposalTimeoutSeconds: 5 });
    const session = await propose(desk.instance, item);
    edge.clock.step(4_999);
    expect(await stateOf(desk.instance, session)).toBe("proposed");
    edge.clock.step(1);
    expect((await desk.instance.get(`/v1/sessions/${session.id}`)).body).toMatchObject({
      state: "closed",
      closed: { reason: "proposal_expired" },
    });
    expect(idsOf(await desk.instance.get("/v1/sessions?state=open"))).toEqual([]);
  });

  test("is closed by a tag that is taken, and the answer says so [WKG-8]", async () => {
    const { acme, globex, workgroup, desk, item } = await offeringOfThisTest({ acceptance: "open" });
    const group = `/v1/workgroups/${workgroup.id}`;
    const agent = `/v1/agents/${desk.id}`;
    const tag = async (tags: object) => {
      const { headers } = await globex.admin.get(agent);
      return globex.admin.patch(agent, { tags }, String(headers.etag));
    };
    const nothing = { sockets: 0, sessions: 0, surviving: [] };
    expect((await tag({ env: "prod" })).body).toMatchObject({ tags: { env: "prod" }, cut: nothing });
    await globex.admin.post(`${group}/selectors`, { tags: { env: "prod" }, engage: true });
    await globex.admin.post(`${group}/members/${desk.id}/remove`);
    const session = await propose(desk.instance, item);
    expect((await tag({ env: "test" })).body).toMatchObject({
      tags: { env: "test" },
      cut: { ...nothing, sessions: 1 },
    });
    expect((await acme.admin.get(`/v1/sessions/${session.id}`)).body).toMatchObject({
      closed: { reason: "membership_removed" },
    });
  });

  test("is closed by an admin of either organisation, and by a membership that is taken", async () => {
    const { acme, globex, workgroup, desk, item } = await offeringOfThisTest({ acceptance: "open" });
    const one = await propose(desk.instance, item);
    const closed = await globex.admin.post(`/v1/sessions/${one.id}/close`, { detail: "enough" });
    expect(closed.body).toMatchObject({ closed: { reason: "operator_closed", detail: "enough" } });
    const two = await propose(desk.instance, item);
    const path = `/v1/workgroups/${workgroup.id}/members/${desk.id}/remove`;
    expect((await globex.admin.post(path)).body).toMatchObject({ cut: { sessions: 1 } });
    expect((await acme.admin.get(`/v1/sessions/${two.id}`)).body).toMatchObject({
      closed: { reason: "membership_removed" },
    });
  });
});
