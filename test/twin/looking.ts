/** Everything that can be listed and read without naming what is hidden, and what names it all the same. */
import type { Principal } from "../fixtures/principal.js";
import type { Asking } from "./asking.js";

const everyone = ({ scene }: Asking): readonly Principal[] => {
  const { admin, auditor, instance } = scene.observer;
  return [admin, auditor, instance];
};

const lists = (agent: string): readonly string[] => [
  "/v1/organisations",
  "/v1/operators",
  "/v1/agents",
  `/v1/agents/${agent}/instances`,
  `/v1/agents/${agent}/enrolment-tokens`,
  `/v1/agents/${agent}/advertisements`,
  "/v1/workgroups",
  "/v1/invitations",
  "/v1/contracts",
  "/v1/sessions",
  "/v1/alerts",
];

/** By name, as an address may be said: of its own, of the same name elsewhere, of hidden owners, of nobody. */
const addresses = [
  "north/markets-channel",
  "markets-channel",
  "stranger/markets-channel",
  "stranger/backroom",
  "north/backroom",
  "backroom",
  "nobody/backroom",
];

/** Pages of one, so that a page that holds something hidden, or is cut because of it, is seen. */
export async function lookAround(asking: Asking): Promise<void> {
  const { observer, market } = asking.scene;
  for (const by of everyone(asking)) {
    await asking.get(by, "/v1/whoami");
    for (const list of lists(observer.agent)) await asking.pages(by, list, 1);
    await asking.get(by, `/v1/workgroups/${market}`);
    await asking.get(by, `/v1/workgroups/${market}/members`, "members");
    await asking.count(by, `/v1/workgroups/${market}/members`);
  }
  for (const by of [observer.admin, observer.auditor]) {
    await asking.pages(by, `/v1/workgroups/${market}/invitations`, 1);
    await asking.pages(by, `/v1/workgroups/${market}/selectors`, 1);
  }
  for (const by of [observer.admin, observer.instance])
    for (const address of addresses) await asking.get(by, `/v1/workgroups/${encodeURIComponent(address)}`);
}

/** What is shown to others, and what is one's own, each with its ETag. */
export async function lookClosely(asking: Asking): Promise<void> {
  const { observer, spot, terms } = asking.scene;
  for (const by of everyone(asking)) {
    await asking.get(by, `/v1/organisations/${observer.id}`);
    await asking.get(by, `/v1/agents/${observer.agent}`);
    await asking.get(by, `/v1/advertisements/${spot}`);
    await asking.get(by, `/v1/contracts/${terms.id}`);
    await asking.pages(by, `/v1/contracts/${terms.id}/versions`, 1);
    await asking.get(by, `/v1/contracts/${terms.id}/report`);
    await asking.get(by, "/v1/contracts/ctr_00000000000000000000000000");
  }
  await asking.get(observer.admin, `/v1/operators/${observer.auditor.id}`);
  await asking.get(observer.admin, `/v1/instances/${observer.instance.id}`);
}

const searches = (asking: Asking): readonly string[] => {
  const { strangers, neighbours } = asking.unseen.targets;
  const { market, north } = asking.scene;
  const filters = [
    "",
    "capability=markets.spot",
    "capability=markets.*",
    "capability=mark.*",
    "capability=quotes",
    "q=metals",
    "q=spot+prices",
    "q=nobody",
    "available=true",
    "available=false",
    "pattern=stream",
    `workgroup=${market}`,
    "workgroup=markets-channel",
    "workgroup=backroom",
    "workgroup=stranger%2Fmarkets-channel",
    `organisation=${north.id}`,
    "organisation=stranger",
  ];
  const hidden = [strangers, neighbours].flatMap(({ workgroup, organisation }) => [
    `workgroup=${workgroup}`,
    `organisation=${organisation}`,
  ]);
  return [...filters, ...hidden];
};

export async function search(asking: Asking): Promise<void> {
  const { observer } = asking.scene;
  const { neighbours } = asking.unseen.targets;
  for (const filter of searches(asking)) {
    await asking.pages(observer.instance, `/v1/catalog?${filter}`, 1);
    await asking.get(observer.instance, `/v1/catalog?${filter}`);
    await asking.get(observer.auditor, `/v1/catalog?${filter}&agent=${observer.agent}`);
  }
  await asking.get(observer.admin, `/v1/catalog?agent=${neighbours.agent}`);
  const states = ["open", "proposed", "accepted", "active", "closed"].map((state) => `state=${state}`);
  for (const filter of [...states, "side=consumer", "side=provider", `agent=${neighbours.agent}`])
    for (const by of [observer.admin, observer.instance]) await asking.pages(by, `/v1/sessions?${filter}`, 1);
}
