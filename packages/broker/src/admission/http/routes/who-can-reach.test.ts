import { type ReadersView, readersSchema } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { addMember, advertise, bringIn, makeContract, makeWorkgroup } from "../../testing/dealing.js";
import { type Market, marketOfThisTest } from "../../testing/market.js";
import { enrolAgent, enrolOperator, foundOrganisation, type Person } from "../../testing/person.js";

const readers = async (by: Person, agent: string, query = ""): Promise<ReadersView> =>
  readersSchema.parse((await by.get(`/v1/agents/${agent}/who-can-reach${query}`)).body);

const named = ({ items }: ReadersView) =>
  items.map(({ advertisement, agent, certain }) => `${advertisement.name} ${agent.name} ${certain}`);

/** Under terms that require another workgroup, of which the desk is no member and another agent is. */
async function guardedOfThisTest() {
  const market = await marketOfThisTest();
  const { acme, globex, feed, workgroup } = market;
  const guild = await makeWorkgroup(globex.admin, "guild");
  await bringIn(globex, acme, guild);
  const member = await enrolAgent(globex.admin, "member");
  await addMember(globex.admin, workgroup.id, member.id, { engage: true });
  await addMember(globex.admin, guild.id, member.id, { engage: true });
  const terms = await makeContract(acme.admin, "guarded", { requiredWorkgroups: [guild.id] });
  const contract = { id: terms.id, termsDigest: terms.latest.termsDigest };
  await advertise(acme.admin, feed.id, "guarded", { workgroups: [workgroup.id], contract });
  await advertise(feed.instance, feed.id, "plain", { workgroups: [workgroup.id] });
  return { ...market, guild };
}

const later = ({ edge }: Pick<Market, "edge">): string => {
  const at = new Date(edge.clock.now()).toISOString();
  edge.clock.step(1_000);
  return at;
};

describe("who can reach an agent [RCH-4]", () => {
  test("is to whom each of its offers is shown: who may engage there, and is in all that is required", async () => {
    const { acme, globex, feed, workgroup, guild } = await guardedOfThisTest();
    const idle = await enrolAgent(globex.admin, "idle");
    await addMember(globex.admin, workgroup.id, idle.id, { offer: true });
    const found = await readers(acme.admin, feed.id);
    expect(named(found).sort()).toEqual(["guarded member true", "plain desk true", "plain member true"]);
    expect(found.items.find(({ advertisement }) => advertisement.name === "guarded")).toMatchObject({
      organisation: { id: globex.id, name: "globex" },
      workgroup: { id: workgroup.id, address: "acme/channel" },
      contract: { requiredWorkgroups: [guild.id], requiredTags: {}, minAgentAgeDays: 0 },
    });
  });

  test("is not certain where the terms require a workgroup that its organisation has left", async () => {
    const market = await guardedOfThisTest();
    const { acme, feed, guild } = market;
    const at = later(market);
    const before = await readers(acme.admin, feed.id, `?at=${at}`);
    expect(named(before).sort()).toEqual(["guarded member true", "plain desk true", "plain member true"]);
    await acme.admin.post(`/v1/workgroups/${guild.id}/leave`);
    // Whether the desk is in it is hidden now: both are told alike.
    expect(named(await readers(acme.admin, feed.id)).sort()).toEqual([
      ...["guarded desk false", "guarded member false", "plain desk true", "plain member true"],
    ]);
    expect(await readers(acme.admin, feed.id, `?at=${at}`)).toEqual(before);
  });

  test("is nobody while the agent may not offer, or advertises nothing", async () => {
    const market = await guardedOfThisTest();
    const { acme, globex, desk, feed, workgroup } = market;
    const [at, before] = [later(market), await readers(acme.admin, feed.id)];
    expect((await readers(globex.admin, desk.id)).items).toEqual([]);
    for (const name of ["guarded", "plain"])
      await acme.admin.ask("DELETE", `/v1/agents/${feed.id}/advertisements/${name}`);
    expect((await readers(acme.admin, feed.id)).items).toEqual([]);
    await advertise(feed.instance, feed.id, "plain", { workgroups: [workgroup.id] });
    await acme.admin.post(`/v1/agents/${feed.id}/suspend`);
    expect(await readers(acme.admin, feed.id)).toMatchObject({ standing: "suspended", items: [] });
    expect((await readers(acme.admin, feed.id, `?at=${at}`)).items).toEqual(before.items);
  });

  test("comes in pages that hold each once, and is narrowed to one workgroup [API-5]", async () => {
    const { acme, globex, feed, workgroup } = await guardedOfThisTest();
    const second = await makeWorkgroup(acme.admin, "second");
    await bringIn(acme, globex, second);
    await addMember(acme.admin, second.id, feed.id, { offer: true });
    const one = await enrolAgent(globex.admin, "one");
    await addMember(globex.admin, second.id, one.id, { engage: true });
    await advertise(feed.instance, feed.id, "plain", { workgroups: [workgroup.id, second.id] });
    const whole = await readers(acme.admin, feed.id);
    expect(whole.items.length).toBe(4);
    const items: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await readers(acme.admin, feed.id, `?limit=1${cursor && `&cursor=${cursor}`}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(items).toEqual(whole.items);
    expect(named(await readers(acme.admin, feed.id, `?workgroup=${second.id}`))).toEqual(["plain one true"]);
  });

  test("tells nobody of an agent that shares no workgroup with it", async () => {
    const { acme, feed, platform, workgroup } = await marketOfThisTest();
    const initech = await foundOrganisation(platform, "initech");
    const inner = await makeWorkgroup(acme.admin, "inner");
    await bringIn(acme, initech, inner);
    const stranger = await enrolAgent(initech.admin, "stranger");
    await addMember(initech.admin, inner.id, stranger.id, { engage: true });
    await advertise(feed.instance, feed.id, "plain", { workgroups: [workgroup.id] });
    expect(JSON.stringify(await readers(acme.admin, feed.id))).not.toContain(stranger.id);
  });

  test("is for admins and auditors of its organisation", async () => {
    const { acme, globex, feed, platform } = await marketOfThisTest();
    const auditor = await enrolOperator(acme.admin, "auditor", "auditor");
    const answers = [];
    for (const by of [acme.admin, auditor, feed.instance, globex.admin, platform])
      answers.push((await by.get(`/v1/agents/${feed.id}/who-can-reach`)).status);
    expect(answers).toEqual([200, 200, 403, 404, 404]);
  });
});
