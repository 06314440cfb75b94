/** A small world to ask in: a platform operator, and two organisations that know nothing of each other. */
import { onTestFinished } from "vitest";
import { type EdgeOptions, openTestEdge, type TestEdge } from "./edge.js";
import { enrolPlatform, foundOrganisation, type Person } from "./person.js";

/** An edge of its own for the test that asks for it, closed when that test has ended. */
export async function edgeOfThisTest(options?: EdgeOptions): Promise<TestEdge> {
  const edge = await openTestEdge(options);
  onTestFinished(() => edge.close());
  return edge;
}

export interface OneOrganisation {
  readonly edge: TestEdge;
  readonly platform: Person;
  readonly acme: { readonly id: string; readonly admin: Person };
}

export async function organisationOfThisTest(options?: EdgeOptions): Promise<OneOrganisation> {
  const edge = await edgeOfThisTest(options);
  const platform = await enrolPlatform(edge);
  return { edge, platform, acme: await foundOrganisation(platform, "acme") };
}

export interface People extends OneOrganisation {
  readonly globex: { readonly id: string; readonly admin: Person };
}

export async function peopleOfThisTest(options?: EdgeOptions): Promise<People> {
  const one = await organisationOfThisTest(options);
  return { ...one, globex: await foundOrganisation(one.platform, "globex") };
}
