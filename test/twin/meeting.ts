/**
 * The observer engages and is engaged, over REST and over two connections: with what it sees, with what is hidden, with
 * what nobody has.
 */
import { makeId } from "@parley/protocol";
import { signed } from "../fixtures/dealings.js";
import { jsonOf } from "../fixtures/exchange.js";
import type { Principal } from "../fixtures/principal.js";
import type { Asking } from "./asking.js";
import { Line } from "./line.js";
import { accept, offer, offerBody, proposal, propose, type Terms } from "./scene.js";
import type { Targets } from "./unseen.js";

const nothing = "A".repeat(43);

interface Standing {
  readonly id: string;
  readonly proposalDigest: string;
}

/** As a consumer: seen, hidden, absent; answered by north as it likes. */
export async function engage(asking: Asking): Promise<readonly string[]> {
  const { observer, north, market: workgroup, spot: advertisement, terms } = asking.scene;
  const { instance, admin } = observer;
  const seen = { advertisement, workgroup, termsDigest: terms.termsDigest };
  const say = (engaged: object) =>
    asking.ask(instance, "POST", "/v1/sessions", proposal(instance, { ...seen, ...engaged }));
  for (const { workgroup: hidden, advertisement: offered } of Object.values(asking.unseen.targets)) {
    await say({ advertisement: offered, workgroup: hidden });
    await say({ workgroup: hidden });
    await say({ advertisement: offered });
  }
  await say({ termsDigest: nothing });
  await say({ capability: "markets.vault" });
  const withdrawn = jsonOf<Standing>(await say({ purpose: "to be withdrawn" }));
  await asking.ask(instance, "POST", `/v1/sessions/${withdrawn.id}/withdraw`);
  await asking.unseen.stir();
  const rejected = jsonOf<Standing>(await say({}));
  await north.instance.done("POST", `/v1/sessions/${rejected.id}/reject`, { detail: "not today" });
  await asking.unseen.stir();
  const closed = jsonOf<Standing>(await say({}));
  await accept(north.instance, closed.id);
  await asking.get(instance, `/v1/sessions/${closed.id}`);
  await asking.ask(admin, "POST", `/v1/sessions/${closed.id}/close`, { detail: "enough" });
  for (let open = 0; open < 9; open += 1) await say({});
  for (const { id } of [withdrawn, rejected, closed]) {
    await asking.get(admin, `/v1/sessions/${id}`);
    await asking.pages(instance, `/v1/sessions/${id}/transcript`, 2);
  }
  await asking.pages(instance, "/v1/sessions", 3);
  return [withdrawn.id, rejected.id, closed.id];
}

/** What its agent could do and has reached, now and when that session was proposed. */
export async function account(asking: Asking, session: string): Promise<void> {
  const { observer, spot } = asking.scene;
  const { admin, instance, agent } = observer;
  const explain = (query: string) => asking.get(admin, `/v1/agents/${agent}/explain?${query}`);
  for (const { workgroup, advertisement } of Object.values(asking.unseen.targets)) {
    await explain(`advertisement=${advertisement}`);
    await explain(`advertisement=${advertisement}&workgroup=${workgroup}`);
    await explain(`advertisement=${spot}&workgroup=${workgroup}`);
    await asking.get(admin, `/v1/agents/${agent}/blast-radius?workgroup=${workgroup}`);
  }
  await asking.get(instance, `/v1/agents/${agent}/explain?advertisement=${spot}&type=quote`);
  const { proposedAt } = jsonOf<{ proposedAt: string }>(await asking.get(admin, `/v1/sessions/${session}`));
  await asking.unseen.stir();
  for (const path of [
    `/v1/agents/${agent}/blast-radius`,
    `/v1/agents/${agent}/blast-radius?at=${proposedAt}`,
  ])
    await asking.count(admin, path);
}

/** As a provider: publishes, is proposed to, and retracts. */
export async function provide(asking: Asking, terms: Terms): Promise<string> {
  const { observer, south, market } = asking.scene;
  const { instance, admin, agent } = observer;
  const path = `/v1/agents/${agent}/advertisements/vault`;
  const publish = (workgroups: readonly string[], description: string, headers = {}) =>
    asking.ask(
      instance,
      "PUT",
      path,
      offerBody(instance, agent, "vault", { workgroups, description, contract: terms }),
      headers,
    );
  for (const { workgroup } of Object.values(asking.unseen.targets)) await publish([market, workgroup], "");
  const first = await publish([market], "metals");
  await publish([market], "metals");
  await publish([market], "other metals", { "if-match": '"v7"' });
  await publish([market], "other metals", { "if-match": first.headers.etag ?? "" });
  const { id: advertisement } = jsonOf<{ id: string }>(first);
  for (const reader of [admin, instance]) await asking.get(reader, `/v1/advertisements/${advertisement}`);
  const engaged = { advertisement, workgroup: market, termsDigest: terms.termsDigest };
  const session = await propose(south.instance, engaged);
  await asking.pages(admin, "/v1/sessions?side=provider", 1);
  await asking.ask(instance, "POST", `/v1/sessions/${session}/reject`, { detail: "later" });
  await asking.ask(instance, "DELETE", path);
  await asking.get(admin, path);
  return session;
}

async function callHidden(line: Line, by: Principal, target: Targets): Promise<void> {
  const { session, workgroup, advertisement } = target;
  const engaged = { advertisement, workgroup, termsDigest: nothing };
  await line.call("propose", proposal(by, engaged));
  const statement = signed(by, "acceptance", { session, proposal: nothing });
  await line.call("accept", { session, statement });
  for (const call of ["reject", "withdraw", "join", "close"]) await line.call(call, { session });
  await line.call("search", { workgroup });
  await line.call("search", { organisation: target.organisation });
  await line.call("watch", { watch: `hidden ${Object.values(target).indexOf(workgroup)}`, workgroup });
  await line.call("retract", { name: target.name });
}

/** Two instances on their connections: what they are answered, and all that they are told, to the end. */
export async function converse(asking: Asking, terms: Terms): Promise<readonly string[]> {
  const { scene, unseen, transcript } = asking;
  const { observer, north, south, market } = scene;
  const one = await Line.open(observer.instance, transcript, asking.pace);
  const two = await Line.open(observer.sibling, transcript, asking.pace);
  await one.call("watch", { watch: "all" });
  await one.call("watch", { watch: "metals", q: "metals", available: true });
  await two.call("watch", { watch: "market", workgroup: market });
  for (const target of Object.values(unseen.targets)) await callHidden(one, observer.instance, target);
  // Twice, because a watch is looked at once in each round: what it is told by mistake has come by the end of the next.
  await unseen.stir();
  await unseen.beat();
  await one.call("search", { capability: "markets.*" });
  const change = async (description: string) => {
    const what = { workgroups: [market], description, contract: scene.terms };
    await offer(north.instance, north.agent, "forward", what);
    for (const line of [one, two]) await line.expect("catalog.changed");
  };
  await change("forward prices");
  await unseen.stir();
  await change("forward prices of metals");
  for (const watch of ["all", "metals"]) await one.call("unwatch", { watch });
  await two.call("unwatch", { watch: "market" });
  const said = offerBody(observer.sibling, observer.agent, "pit", { workgroups: [market], contract: terms });
  const { id: advertisement } = (await two.call("advertise", { name: "pit", ...said })) as { id: string };
  await two.call("serve", { capabilities: ["markets.spot"] });
  await unseen.beat();
  const engaged = { advertisement, workgroup: market, termsDigest: terms.termsDigest };
  const taken = await propose(south.instance, engaged);
  await two.expect("session.available");
  const { proposalDigest } = jsonOf<Standing>(await asking.get(observer.sibling, `/v1/sessions/${taken}`));
  const statement = signed(observer.sibling, "acceptance", { session: taken, proposal: proposalDigest });
  await two.call("accept", { session: taken, statement });
  await one.call("join", { session: taken });
  await one.call("join", { session: makeId("session") });
  await two.call("close", { session: taken, detail: "done" });
  await two.call("retract", { name: "pit" });
  await one.end();
  await two.end();
  return [taken];
}
