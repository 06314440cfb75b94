import { sessionSchema, type TermsRequest } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { settled } from "../../outbox/testing/wires.js";
import { Caller } from "../testing/caller.js";
import {
  addMember,
  advertise,
  makeContract,
  search,
  signAcceptance,
  signProposal,
} from "../testing/dealing.js";
import { marketOfThisTest } from "../testing/market.js";
import { enrol, enrolAgent, mintToken } from "../testing/person.js";

const capability = "markets.equity";
const sent = { consumer: 0, provider: 0 };

/** An agent that offers, one that may engage, each connected, and what the second one finds. */
async function dealing(terms: TermsRequest) {
  const market = await marketOfThisTest();
  const { acme, feed, desk, workgroup } = market;
  const { id, latest } = await makeContract(acme.admin, "terms", terms);
  const contract = { id, termsDigest: latest.termsDigest };
  const publish = (description: string) =>
    advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id], contract, description });
  await publish("first");
  const [item] = await search(desk.instance);
  if (item === undefined) throw new Error("nothing to engage");
  const consumer = await Caller.connect(desk.instance);
  const propose = async () => {
    const statement = await signProposal(desk.instance, item);
    return sessionSchema.parse(await consumer.call({ call: "propose", statement }));
  };
  const sibling = async () => enrol(market.edge, await mintToken(acme.admin, feed.id));
  return { ...market, item, consumer, propose, publish, sibling };
}

describe("two agents on their connections", () => {
  test("engage, join, and close, each hearing of what the other does [SOC-20] [SOC-21]", async () => {
    const { feed, consumer, propose } = await dealing({ acceptance: "provider" });
    const provider = await Caller.connect(feed.instance);
    expect(await provider.call({ call: "serve", capabilities: [capability] })).toEqual({});
    const proposed = await propose();
    const { id: session } = proposed;
    expect(await provider.event()).toEqual({
      event: "session.available",
      session,
      why: "proposed",
      capability,
    });
    const statement = await signAcceptance(feed.instance, proposed);
    const active = sessionSchema.parse(await provider.call({ call: "accept", session, statement }));
    expect(active).toMatchObject({ state: "active", provider: { instance: feed.instance.id } });
    expect(await consumer.event()).toEqual({ event: "session.accepted", session, joined: true });
    expect(await consumer.event()).toEqual({ event: "session.active", session });
    expect(await provider.event()).toEqual({ event: "session.active", session });
    expect(await consumer.call({ call: "close", session, detail: "done" })).toMatchObject({
      state: "closed",
    });
    const closed = { event: "session.closed", session, reason: "completed_by_consumer", sent };
    expect([await consumer.event(), await provider.event()]).toEqual([closed, closed]);
    expect(await provider.call({ call: "close", session })).toMatch(/^session\./);
  });

  test("under an open contract engage while the provider is away; it hears when it comes [SOC-22]", async () => {
    const { feed, consumer, propose } = await dealing({ acceptance: "open" });
    const { id: session } = await propose();
    expect(await consumer.event()).toEqual({ event: "session.accepted", session, joined: true });
    const provider = await Caller.connect(feed.instance);
    await provider.call({ call: "serve", capabilities: [capability] });
    expect(await provider.event()).toMatchObject({ event: "session.available", session, why: "accepted" });
    expect(await provider.call({ call: "join", session })).toMatchObject({ state: "active" });
    expect(await consumer.event()).toEqual({ event: "session.active", session });
  });

  test("hear of the end of what was taken away, and who is cut hears nothing [SOC-21]", async () => {
    const { acme, globex, workgroup, feed, desk, consumer, propose } = await dealing({ acceptance: "open" });
    const provider = await Caller.connect(feed.instance);
    await provider.call({ call: "serve", capabilities: [capability] });
    const { id: session } = await propose();
    await consumer.event();
    await provider.event();
    await provider.call({ call: "join", session });
    await consumer.event();
    await provider.event();
    await globex.admin.ask("DELETE", `/v1/workgroups/${workgroup.id}/members/${desk.id}`);
    expect(await consumer.event()).toEqual({ event: "membership.changed", workgroup: workgroup.id });
    const closed = { event: "session.closed", session, reason: "membership_removed", sent };
    expect([await consumer.event(), await provider.event()]).toEqual([closed, closed]);
    await acme.admin.post(`/v1/agents/${feed.id}/suspend`);
    expect((await provider.client.closed).code).toBe(4423);
    expect(await consumer.nothing()).toEqual([]);
  });

  test("one instance takes what another was offered [SOC-23]", async () => {
    const { feed, propose, sibling } = await dealing({ acceptance: "provider" });
    const [first, second] = [await Caller.connect(feed.instance), await Caller.connect(await sibling())];
    for (const one of [first, second]) await one.call({ call: "serve", capabilities: [capability] });
    const proposed = await propose();
    await first.event();
    expect(await second.nothing()).toEqual([]);
    const { id: session } = proposed;
    const statement = await signAcceptance(second.person, proposed);
    expect(await second.call({ call: "accept", session, statement })).toMatchObject({ state: "active" });
    const late = await signAcceptance(first.person, proposed);
    expect(await first.call({ call: "accept", session, statement: late })).toBe("session.state");
  });
});

describe("the end of a membership is told to whose it was, and to nobody else [SOC-24]", () => {
  test.each([
    ["an organisation that leaves", "leave", "globex"],
    ["a workgroup that is dissolved", "dissolve", "acme"],
  ] as const)("%s", async (_title, verb, who) => {
    const { acme, globex, workgroup, consumer, feed } = await dealing({ acceptance: "open" });
    const provider = await Caller.connect(feed.instance);
    const outsider = await enrolAgent(globex.admin, "outsider");
    const other = await Caller.connect(outsider.instance);
    const { admin } = who === "acme" ? acme : globex;
    expect((await admin.post(`/v1/workgroups/${workgroup.id}/${verb}`)).status).toBe(200);
    const changed = { event: "membership.changed", workgroup: workgroup.id };
    expect(await consumer.event()).toEqual(changed);
    if (verb === "dissolve") expect(await provider.event()).toEqual(changed);
    else expect(await provider.nothing()).toEqual([]);
    expect(await other.nothing()).toEqual([]);
  });
});

describe("a watch [SOC-25]", () => {
  const watched = async () => {
    const scene = await dealing({ acceptance: "open" });
    const round = async () => {
      scene.edge.outbox.round();
      await settled();
    };
    return { ...scene, round };
  };
  const changed = { event: "catalog.changed", watch: "mine" };

  test("hears of what appears, changes and goes, and of nothing else", async () => {
    const { consumer, publish, round, feed, acme, workgroup } = await watched();
    expect(await consumer.call({ call: "watch", watch: "mine", capability })).toEqual({});
    await round();
    await publish("second");
    expect(await consumer.event()).toEqual(changed);
    await round();
    // The same again, and somebody else's in the same workgroup under another capability.
    await publish("second");
    const other = await enrolAgent(acme.admin, "other");
    await addMember(acme.admin, workgroup.id, other.id, { offer: true });
    const elsewhere = { workgroups: [workgroup.id], capabilities: [{ name: "weather.current" }] };
    await advertise(other.instance, other.id, "weather", elsewhere);
    await round();
    expect(await consumer.nothing()).toEqual([]);
    await acme.admin.post(`/v1/agents/${feed.id}/suspend`);
    await round();
    expect(await consumer.event()).toEqual(changed);
  });

  test("that asks who is connected hears of those who come and go", async () => {
    const { consumer, round, feed } = await watched();
    await consumer.call({ call: "watch", watch: "mine", available: true });
    await round();
    const provider = await Caller.connect(feed.instance);
    expect(await consumer.event()).toEqual(changed);
    await round();
    provider.client.ws.close();
    expect(await consumer.event()).toEqual(changed);
  });

  test("begins to hear where its agent comes to be a member, and stops where it is none any more", async () => {
    const { consumer, round, globex, desk, workgroup, publish } = await watched();
    const member = `/v1/workgroups/${workgroup.id}/members/${desk.id}`;
    await globex.admin.ask("DELETE", member);
    await consumer.event();
    await consumer.call({ call: "watch", watch: "mine", capability });
    await round();
    await publish("unseen");
    await round();
    expect(await consumer.nothing()).toEqual([]);
    await addMember(globex.admin, workgroup.id, desk.id, { engage: true });
    const told = [await consumer.event(), await consumer.event()].map(({ event }) => event);
    expect(told.sort()).toEqual(["catalog.changed", "membership.changed"]);
  });

  test("finds the same as the search over REST, page by page, with the cursor of the call", async () => {
    const { consumer, desk } = await watched();
    const found = (await consumer.call({ call: "search", capability, limit: 1 })) as { items: unknown[] };
    expect(found.items).toEqual(await search(desk.instance, `?capability=${capability}`));
    expect(await consumer.call({ call: "search", cursor: "none" })).toBe("cursor.invalid");
    expect(await consumer.call({ call: "search", workgroup: "nobody/nothing" })).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});
