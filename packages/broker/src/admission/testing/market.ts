/** Two companies that have agreed on a workgroup: one with an agent that offers there, one with an agent that engages. */
import type { WorkgroupView } from "@parley/protocol";
import { addMember, bringIn, makeWorkgroup } from "./dealing.js";
import type { EdgeOptions } from "./edge.js";
import { type People, peopleOfThisTest } from "./people.js";
import { enrolAgent, type Person } from "./person.js";

export interface Trader {
  readonly id: string;
  readonly instance: Person;
}

export interface Market extends People {
  /** `acme/channel`. */
  readonly workgroup: WorkgroupView;
  /** Of acme, which may offer. */
  readonly feed: Trader;
  /** Of globex, which may engage. */
  readonly desk: Trader;
}

export async function marketOfThisTest(options?: EdgeOptions): Promise<Market> {
  const people = await peopleOfThisTest(options);
  const { acme, globex } = people;
  const workgroup = await makeWorkgroup(acme.admin, "channel");
  await bringIn(acme, globex, workgroup);
  const feed = await enrolAgent(acme.admin, "feed");
  const desk = await enrolAgent(globex.admin, "desk");
  await addMember(acme.admin, workgroup.id, feed.id, { offer: true });
  await addMember(globex.admin, workgroup.id, desk.id, { engage: true });
  return { ...people, workgroup, feed, desk };
}
