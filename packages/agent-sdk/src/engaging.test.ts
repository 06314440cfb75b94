import { completeTerms, defaultTermsDigest, proposalClaims } from "@parley/protocol";
import { expect, test } from "vitest";
import { refuse, silent } from "./testing/fake-calls.js";
import { accepted, at, capabilityOf, closed, offerOf, sessionOf, type Town, town } from "./testing/town.js";

/** A town whose broker answers a proposal with this session, as it is shown then. */
async function asked(how: { readonly open?: boolean } = {}) {
  const there = await town();
  const view = there.show(sessionOf(there, "consumer"));
  if (how.open) there.show(accepted(there, view, "consumer"));
  there.calls.answers.propose = () => there.sessions.get(view.id);
  return { there, view };
}

const accept = (there: Town, id: string, joined = true) => {
  const view = there.sessions.get(id);
  if (view === undefined) throw new Error("no such session");
  there.show(accepted(there, view, joined ? "consumer" : undefined));
  there.calls.tell({ event: "session.accepted", session: view.id, joined });
};

test("proposes what is offered, under the terms that are shown, signed [STM-5]", async () => {
  const { there } = await asked({ open: true });
  const offer = offerOf();
  const session = await there.agent.engage(offer, { purpose: "morning brief" });
  const { statement } = await there.calls.received("propose");
  const claims = await there.broker.readStatement(statement, "parley-proposal+jwt");
  expect(proposalClaims.parse(claims)).toMatchObject({
    advertisement: offer.advertisement,
    workgroup: offer.workgroup.id,
    capability: "markets.equity",
    termsDigest: defaultTermsDigest,
    purpose: "morning brief",
  });
  expect(session).toMatchObject({
    side: "consumer",
    state: "accepted",
    capability: "markets.equity",
    counterpart: { agent: { name: "other" }, organisation: { name: "other-co" } },
  });
  expect(there.calls.of("join")).toEqual([]);
});

test("proposes nothing where the digest is of other terms than those that are shown [STM-7]", async () => {
  const { there } = await asked({ open: true });
  const { contract } = offerOf();
  const offer = offerOf({ contract: { ...contract, terms: completeTerms({ maxEnvelopes: 3 }) } });
  await expect(there.agent.engage(offer)).rejects.toMatchObject({ name: "NotAsShown", retry: "never" });
  expect(there.calls.of("propose")).toEqual([]);
});

test("the capability is the one that is said, that was sought, or that is alone", async () => {
  const { there } = await asked({ open: true });
  const several = offerOf({ capabilities: ["markets.equity", "markets.bonds"].map(capabilityOf) });
  await expect(there.agent.engage(several)).rejects.toThrow("say which one");
  const capabilities = [{ ...several, sought: "markets.bonds" }, several].map(async (offer, index) => {
    await there.agent.engage(offer, index === 1 ? { capability: "markets.equity" } : {});
  });
  await Promise.all(capabilities);
  const said = there.calls
    .of("propose")
    .map(({ statement }) => there.broker.readStatement(statement, "parley-proposal+jwt"));
  expect((await Promise.all(said)).map(({ capability }) => capability).sort()).toEqual([
    "markets.bonds",
    "markets.equity",
  ]);
});

test.each(["adv_01h2xcejqtf2nbrexx3vqjhp41", { advertisement: "adv_01h2xcejqtf2nbrexx3vqjhp41" }])(
  "what is no offer is said to be none: %j",
  async (none) => {
    const { there } = await asked();
    await expect(there.agent.engage(none as never)).rejects.toThrow(/wants an offer.*catalog.search/);
  },
);

test("resolves when the broker tells that it is accepted", async () => {
  const { there, view } = await asked();
  const engaging = there.agent.engage(offerOf());
  await there.calls.received("propose");
  accept(there, view.id);
  expect((await engaging).state).toBe("accepted");
  expect(there.calls.of("join")).toEqual([]);
});

test("an event that overtakes the reply is not lost", async () => {
  const { there, view } = await asked();
  there.calls.answers.propose = () => silent;
  const engaging = there.agent.engage(offerOf());
  const { id } = await there.calls.received("propose");
  accept(there, view.id);
  there.calls.reply(id, view);
  expect((await engaging).state).toBe("accepted");
});

test("until active waits for both sides", async () => {
  const { there, view } = await asked({ open: true });
  let resolved = false;
  const engaging = there.agent.engage(offerOf(), { until: "active" }).finally(() => {
    resolved = true;
  });
  await there.calls.received("propose");
  const now = there.sessions.get(view.id) ?? view;
  expect(resolved).toBe(false);
  there.show({ ...now, state: "active", activeAt: at(there) });
  there.calls.tell({ event: "session.active", session: view.id });
  expect((await engaging).state).toBe("active");
});

test("a refusal rejects with ParleyRefusal", async () => {
  const { there } = await asked();
  there.calls.answers.propose = () => refuse({ code: "contract.changed", digest: "d" });
  await expect(there.agent.engage(offerOf())).rejects.toMatchObject({
    name: "ParleyRefusal",
    code: "contract.changed",
  });
});

test.each(["rejected", "proposal_expired", "withdrawn", "advertisement_retracted"] as const)(
  "a proposal that ends %s rejects with SessionEnded, and says why",
  async (reason) => {
    const { there, view } = await asked();
    const engaging = there.agent.engage(offerOf());
    await there.calls.received("propose");
    there.show(closed(there, view, reason, "not today"));
    there.calls.tell({ event: "session.closed", session: view.id, reason });
    await expect(engaging).rejects.toMatchObject({
      name: "SessionEnded",
      session: view.id,
      reason,
      detail: "not today",
    });
  },
);

test("what was accepted is accepted, though it is over before anybody could look", async () => {
  const { there, view } = await asked();
  const engaging = there.agent.engage(offerOf());
  await there.calls.received("propose");
  there.show(closed(there, accepted(there, view, "consumer"), "completed_by_provider", "handler failed"));
  there.calls.tell({ event: "session.accepted", session: view.id, joined: true });
  const session = await engaging;
  expect(await session.closed).toMatchObject({ detail: "handler failed" });
  await expect(session.active).rejects.toMatchObject({ name: "SessionEnded" });
});

test("a proposal whose connection is lost is sent again as it is, and the answer is looked for", async () => {
  const { there, view } = await asked();
  there.calls.answers.propose = () => silent;
  const engaging = there.agent.engage(offerOf());
  const first = await there.calls.received("propose");
  there.calls.answers.propose = () => view;
  await there.reconnect();
  expect(await there.calls.received("propose", 2)).toEqual(first);
  there.calls.answers.join = () => there.sessions.get(view.id);
  there.show(accepted(there, view, undefined));
  await there.reconnect();
  expect((await engaging).state).toBe("accepted");
  // The acceptance could not join over a connection that was gone by then.
  expect(await there.calls.received("join")).toMatchObject({ session: view.id });
});

test("what had joined over a connection that is gone is joined over the one that there is", async () => {
  const { there, view } = await asked({ open: true });
  there.calls.answers.propose = () => silent;
  there.calls.answers.join = () => there.sessions.get(view.id);
  const engaging = there.agent.engage(offerOf());
  await there.calls.received("propose");
  there.calls.answers.propose = () => there.sessions.get(view.id);
  await there.reconnect();
  await engaging;
  expect(await there.calls.received("join")).toMatchObject({ session: view.id });
});

test("a word that is lost is made up for by looking", async () => {
  const { there, view } = await asked();
  const engaging = there.agent.engage(offerOf());
  await there.calls.received("propose");
  there.show(accepted(there, view, "consumer"));
  await there.clock.passNext(5_000);
  expect((await engaging).state).toBe("accepted");
});

test("an abort withdraws, and rejects with the signal's reason", async () => {
  const { there, view } = await asked();
  there.calls.answers.withdraw = () => closed(there, view, "withdrawn");
  const stop = new AbortController();
  const engaging = there.agent.engage(offerOf(), { signal: stop.signal });
  const failed = expect(engaging).rejects.toThrow("enough");
  await there.calls.received("propose");
  stop.abort(new Error("enough"));
  await failed;
  expect(await there.calls.received("withdraw")).toMatchObject({ session: view.id });
});

test("an abort while the reply is still awaited withdraws when it comes", async () => {
  const { there, view } = await asked();
  there.calls.answers.propose = () => silent;
  const stop = new AbortController();
  const failed = expect(there.agent.engage(offerOf(), { signal: stop.signal })).rejects.toThrow("enough");
  const { id } = await there.calls.received("propose");
  stop.abort(new Error("enough"));
  await failed;
  expect(there.calls.of("withdraw")).toEqual([]);
  there.calls.reply(id, view);
  await there.calls.received("withdraw");
});

test("what was accepted in the moment of the abort is closed", async () => {
  const { there, view } = await asked();
  there.calls.answers.withdraw = () => refuse({ code: "session.state", state: "accepted" });
  there.calls.answers.close = () => closed(there, view, "completed_by_consumer");
  const stop = new AbortController();
  const failed = expect(there.agent.engage(offerOf(), { signal: stop.signal })).rejects.toThrow("enough");
  await there.calls.received("propose");
  stop.abort(new Error("enough"));
  await failed;
  expect(await there.calls.received("close")).toMatchObject({ session: view.id });
});

test("time that runs out withdraws, and is a fault", async () => {
  const { there } = await asked();
  const failed = expect(there.agent.engage(offerOf(), { timeoutMs: 800 })).rejects.toThrow(
    "not accepted within 800 ms",
  );
  await there.calls.received("propose");
  there.clock.step(800);
  await failed;
  await there.calls.received("withdraw");
});

test("an abort before anything was asked asks nothing", async () => {
  const { there } = await asked();
  await expect(
    there.agent.engage(offerOf(), { signal: AbortSignal.abort(new Error("before")) }),
  ).rejects.toThrow("before");
  expect(there.calls.heard).toEqual([]);
});
