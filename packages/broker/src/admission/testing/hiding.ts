/**
 * One organisation that asks, and two of which things are hidden from it: strangers, of which it sees nothing, and
 * neighbours, with which it shares a workgroup and which have others besides. Colleagues have what is hidden from some
 * of its own. The absent is made up anew each time.
 */
import { makeId } from "@parley/protocol";
import { addMember, advertise, bringIn, makeContract, makeWorkgroup, search } from "./dealing.js";
import type { EdgeOptions } from "./edge.js";
import { dealings, type Ids, worldOfThisTest } from "./hidden-world.js";
import { hiddenCapability, seenCapability } from "./naming.js";
import { enrolAgent, foundOrganisation, type Person, shownToken } from "./person.js";

const namesOfStrangers = { workgroup: "channel", contract: "terms" };
const namesOfNeighbours = { workgroup: "backend", contract: "rules" };

/** As long as the names of what is hidden, so that answers which say them are as long. */
const namesOfNobody = (n: number): Ids => ({
  ownerName: `nobody${n}`,
  organisationName: `nobody${n}`,
  capability: "nobodys.equity",
  workgroupName: `nobody${n}`,
  contractName: `nobo${n}`,
  agentName: `nob${n}`,
  operatorName: `nobo${n}`,
});

/** What nobody has. */
export const madeUp = (n: number): Ids => ({
  organisation: makeId("organisation"),
  operator: makeId("operator"),
  agent: makeId("agent"),
  token: makeId("enrolmentToken"),
  instance: makeId("instance"),
  workgroup: makeId("workgroup"),
  invitation: makeId("invitation"),
  selector: makeId("selector"),
  contract: makeId("contract"),
  advertisement: makeId("advertisement"),
  session: makeId("session"),
  name: `nob${n}`,
  ...namesOfNobody(n),
});

async function neighbours(acme: { readonly id: string; readonly admin: Person }, platform: Person) {
  const initech = await foundOrganisation(platform, "initech");
  const { admin } = initech;
  const agora = await makeWorkgroup(acme.admin, "agora");
  await bringIn(acme, initech, agora);
  const stall = await enrolAgent(admin, "stall");
  await addMember(admin, agora.id, stall.id, { offer: true });
  const seen = await advertise(admin, stall.id, "stall", {
    workgroups: [agora.id],
    capabilities: [{ name: seenCapability }],
  });
  const { id: agent, instance } = await enrolAgent(admin, "seed");
  const token = await admin.make(`/v1/agents/${agent}/enrolment-tokens`, {}, shownToken);
  const umbrella = await foundOrganisation(platform, "umbrella");
  const hidden: Ids = {
    ...(await dealings(initech, agent, { ...namesOfNeighbours, guest: umbrella.id })),
    // That of the neighbours is seen: so it is another one.
    organisation: umbrella.id,
    operator: admin.id,
    agent,
    instance: instance.id,
    token: token.id,
    name: "feed",
    ownerName: "initech",
    organisationName: "umbrella",
    capability: hiddenCapability,
    workgroupName: namesOfNeighbours.workgroup,
    contractName: namesOfNeighbours.contract,
    agentName: "seed",
    operatorName: "admin",
  };
  return { agora: agora.id, seen: seen.id, hidden };
}

/** Of the organisation that asks, and not for its enroller or for the agent whose instance asks. */
async function colleagues(
  acme: { readonly id: string; readonly admin: Person },
  guest: string,
): Promise<Ids> {
  const { admin } = acme;
  const { id: agent, instance } = await enrolAgent(admin, "cave");
  const token = await admin.make(`/v1/agents/${agent}/enrolment-tokens`, {}, shownToken);
  const names = { workgroup: "cellars", contract: "wines" };
  return {
    ...(await dealings(acme, agent, { ...names, guest })),
    // Who is of an organisation sees its contracts: so these are nobody's.
    contract: makeId("contract"),
    contractName: "nobos",
    organisation: guest,
    operator: admin.id,
    agent,
    instance: instance.id,
    token: token.id,
    name: "feed",
    ownerName: "acme",
    organisationName: "umbrella",
    capability: hiddenCapability,
    workgroupName: names.workgroup,
    agentName: "cave",
    operatorName: "admin",
  };
}

export async function hidingOfThisTest(options: EdgeOptions) {
  const { edge, hidden, people, own, home } = await worldOfThisTest(options);
  const near = await neighbours(home, people.platform);
  await addMember(home.admin, near.agora, own.id, { offer: true, engage: true });
  const contract = await makeContract(home.admin, "house", {});
  let made = 0;
  // What runs beside the main thread is opened with the first search.
  await search(own.instance);
  return {
    edge,
    people,
    own: {
      workgroup: near.agora,
      agent: own.id,
      contract: contract.id,
      operator: people.enroller.id,
      advertisement: near.seen,
      name: "own",
    },
    hidden: {
      strangers: {
        ...hidden,
        ownerName: "globex",
        organisationName: "globex",
        capability: hiddenCapability,
        workgroupName: namesOfStrangers.workgroup,
        contractName: namesOfStrangers.contract,
        agentName: "feed",
        operatorName: "admin",
      },
      neighbours: near.hidden,
      colleagues: await colleagues(home, near.hidden.organisation ?? ""),
    } satisfies Readonly<Record<string, Ids>>,
    absent: (): Ids => {
      made += 1;
      return madeUp(made % 10);
    },
  };
}

export type Hiding = Awaited<ReturnType<typeof hidingOfThisTest>>;
