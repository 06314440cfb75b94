import { factSchema, factsQuery, limits, makeId, pageOf } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { audiences } from "../../../governance/fact-kinds.js";
import { advertise, makeContract, propose, search } from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { foundOrganisation, type Person } from "../../testing/person.js";
import { Talker } from "../../testing/talking.js";

const page = pageOf(factSchema);
type Query = Readonly<Record<string, string>>;

async function pageOfFacts(by: Person, query: Query = {}) {
  const answer = await by.get(`/v1/audit/facts?${new URLSearchParams(query)}`);
  if (answer.status !== 200) throw new Error(answer.text);
  return page.parse(answer.body);
}

/** All of it, a few at a time. */
async function all(by: Person, query: Query = {}, limit = 7) {
  const found: Fact[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { items, nextCursor } = await pageOfFacts(by, {
      ...query,
      limit: `${limit}`,
      ...(cursor && { cursor }),
    });
    found.push(...items);
    cursor = nextCursor;
  }
  return found;
}
type Fact = Awaited<ReturnType<typeof pageOfFacts>>["items"][number];

const kinds = (facts: readonly Fact[]) => facts.map(({ kind }) => kind);
const inSession = (id: string) => (fact: Fact) => fact.stream === `session:${id}`;

/** Two sessions, of which one has said something; and one refusal. */
async function talkOfThisTest() {
  const market = await marketOfThisTest();
  const { edge, acme, globex, workgroup, feed, desk } = market;
  const contract = await makeContract(acme.admin, "terms", { acceptance: "open" });
  const named = { id: contract.id, termsDigest: contract.latest.termsDigest };
  await advertise(acme.admin, feed.id, "feed", { workgroups: [workgroup.id], contract: named });
  const [item] = await search(desk.instance);
  if (item === undefined) throw new Error("nothing to engage");
  edge.clock.step(1_000);
  const [first, second] = [await propose(desk.instance, item), await propose(desk.instance, item)];
  const talker = await Talker.connect(desk.instance);
  await talker.join(first);
  edge.clock.step(5_000);
  await talker.send(first, { header: { correlationId: "order-17" } }, {});
  edge.clock.step(5_000);
  await globex.admin.get("/v1/agents/nobody");
  return { ...market, contract, first, second };
}

describe("the facts that an organisation reads [API-18]", () => {
  test("come in one order, whole and once, however they are cut", async () => {
    const { globex, first } = await talkOfThisTest();
    const facts = await all(globex.admin, {}, 200);
    expect(await all(globex.admin, {}, 1)).toEqual(facts);
    const own = facts.filter(({ stream }) => stream === `org:${globex.id}`);
    expect(own.map(({ position }) => position)).toEqual(own.map((_fact, at) => at + 1));
    expect(kinds(facts.filter(inSession(first.id)))).toEqual([
      "session.proposed",
      "session.accepted",
      "session.joined",
      "session.sent",
    ]);
    const seconds = facts.map(({ at }) => at.slice(0, 19));
    expect(seconds).toEqual(seconds.toSorted());
    expect(facts.at(-1)?.kind).toBe("request.refused");
    // Who looks for a kind looks only where it stands.
    for (const { kind, stream } of facts) {
      const [word = ""] = stream.split(":");
      const audience = ({ org: "own", platform: "own" } as Record<string, string>)[word] ?? word;
      expect([kind, (audiences as Record<string, string>)[kind]]).toEqual([kind, audience]);
    }
  });

  test("are found by what they are about, one filter or several", async () => {
    const { acme, globex, workgroup, desk, feed, contract, second } = await talkOfThisTest();
    const facts = await all(globex.admin);
    const expected = async (query: Query, fits: (fact: Fact) => boolean, by = globex.admin, from = facts) => {
      const found = await all(by, query, 2);
      expect(found).toEqual(from.filter(fits));
      expect(found.length).toBeGreaterThan(0);
    };
    const isSession = ({ stream }: Fact) => stream.startsWith("session:");
    const names = (id: string) => (fact: Fact) => JSON.stringify(fact.content).includes(`"${id}"`);
    const about = (id: string) => (fact: Fact) => isSession(fact) || names(id)(fact);
    await expected({ kind: "session.proposed" }, ({ kind }) => kind === "session.proposed");
    await expected({ kind: "session.*" }, ({ kind }) => kind.startsWith("session."));
    await expected({ decision: "refused" }, ({ kind }) => kind === "request.refused");
    await expected({ decision: "accepted" }, ({ kind }) => kind !== "request.refused");
    await expected({ session: second.id }, inSession(second.id));
    await expected(
      { session: second.id, kind: "session.accepted" },
      (fact) => inSession(second.id)(fact) && fact.kind === "session.accepted",
    );
    await expected({ agent: desk.id }, about(desk.id));
    await expected({ agent: feed.id }, about(feed.id));
    await expected({ contract: contract.id }, isSession);
    await expected(
      { workgroup: workgroup.id },
      (fact) => about(workgroup.id)(fact) || fact.stream === `workgroup:${workgroup.id}`,
    );
    await expected({ instance: desk.instance.id }, names(desk.instance.id));
    await expected({ actor: desk.instance.id }, ({ content }) => content?.actor === desk.instance.id);
    await expected({ actor: globex.admin.id, decision: "refused" }, ({ kind }) => kind === "request.refused");
    await expected({ correlation: "order-17" }, ({ kind }) => kind === "session.sent");
    const cause = String(facts.find(({ kind }) => kind === "session.accepted")?.content?.cause);
    await expected({ correlation: cause }, ({ content }) => content?.cause === cause);
    const theirs = await all(acme.admin);
    await expected({ agent: desk.id }, about(desk.id), acme.admin, theirs);
  });

  test("are found by their time: from the first on, and before the second", async () => {
    const { globex } = await talkOfThisTest();
    const facts = await all(globex.admin);
    const [from = "", to = ""] = [...new Set(facts.map(({ at }) => at))].slice(1, 3);
    const between = facts.filter(({ at }) => at >= from && at < to);
    expect(between.length).toBeGreaterThan(0);
    expect(await all(globex.admin, { from, to })).toEqual(between);
    const later = from.replace("Z", "+02:00");
    expect(await all(globex.admin, { from: later })).toEqual(facts);
    expect(await all(globex.admin, { from: to, to: from })).toEqual([]);
  });

  test("do not tell of what is hidden by a filter that names it", async () => {
    const { platform, desk, workgroup, first, contract, globex } = await talkOfThisTest();
    const outside = await foundOrganisation(platform, "initech");
    const hidden = {
      ...{ agent: desk.id, instance: desk.instance.id, actor: globex.admin.id, workgroup: workgroup.id },
      ...{ session: first.id, contract: contract.id, correlation: "order-17", stream: `session:${first.id}` },
    };
    for (const [name, id] of Object.entries(hidden))
      expect([name, await pageOfFacts(outside.admin, { [name]: id })]).toEqual([
        name,
        { items: [], nextCursor: null },
      ]);
    expect(await pageOfFacts(platform, { session: first.id })).toEqual({ items: [], nextCursor: null });
  });

  test("go on by a cursor that is of one filter, and where it ended", async () => {
    const { globex } = await talkOfThisTest();
    const { items, nextCursor } = await pageOfFacts(globex.admin, { limit: "3" });
    const cursor = nextCursor ?? "";
    await globex.admin.get("/v1/agents/nobody");
    const { items: next } = await pageOfFacts(globex.admin, { limit: "3", cursor });
    expect([...items, ...next]).toEqual((await pageOfFacts(globex.admin, { limit: "6" })).items);
    const other = await globex.admin.get(
      `/v1/audit/facts?${new URLSearchParams({ cursor, kind: "agent.created" })}`,
    );
    expect(other).toMatchObject({ status: 400, body: { code: "cursor.invalid" } });
  });
});

describe("what is no filter is refused by name", () => {
  test.each([
    ["from", "yesterday"],
    ["from", "2026-01-05"],
    ["to", "2026-01-05T09:00:00"],
    ["kind", "session.*.x"],
    ["kind", "*"],
    ["decision", "perhaps"],
    ["agent", ""],
    ["agent", "a".repeat(65)],
    ["correlation", "c".repeat(limits.headerValueLengthMax + 1)],
    ["wallet", makeId("agent")],
  ])("%s=%s", (name, value) => {
    expect(factsQuery.safeParse({ [name]: value }).success).toBe(false);
  });

  test.each([
    ["from", "2026-01-05T09:00:00Z"],
    ["to", "2026-01-05T09:00:00.123456+02:00"],
    ["kind", "broker-key.rotated"],
    ["kind", "session.*"],
    ["agent", "a".repeat(64)],
    ["correlation", "c".repeat(limits.headerValueLengthMax)],
  ])("%s=%s is one", (name, value) => {
    expect(factsQuery.safeParse({ [name]: value }).success).toBe(true);
  });
});
