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

export interface People {
  readonly edge: TestEdge;
  readonly platform: Person;
  readonly acme: { readonly id: string; readonly admin: Person };
  readonly globex: { readonly id: string; readonly admin: Person };
}

export async function peopleOfThisTest(options?: EdgeOptions): Promise<People> {
  const edge = await edgeOfThisTest(options);
  const platform = await enrolPlatform(edge);
  const acme = await foundOrganisation(platform, "acme");
  const globex = await foundOrganisation(platform, "globex");
  return { edge, platform, acme, globex };
}
