import { describe, expect, test } from "vitest";
import { addressOf, bodies, type Ids, worldOfThisTest } from "../testing/hidden-world.js";
import { needed } from "../testing/naming.js";
import type { Answer } from "../testing/speak.js";
import { allRoutes, type RoutesNeed } from "./routes.js";

/** Only to be looked at: what is asked for is asked over HTTP. */
const addressed = allRoutes({} as RoutesNeed).filter(({ path }) => path.includes("{"));

/** Everything of an answer but the proof's nonce and the time, which are the same in one minute as well. */
const seen = ({ status, rawHeaders, text }: Answer) => ({ status, rawHeaders, text });

const malformed = new Proxy<Ids>({}, { get: () => "x" });

describe("what is hidden is answered like what does not exist, on every route [API-4]", () => {
  test.each(["admin", "auditor", "enroller", "instance", "platform"] as const)("to an %s", async (who) => {
    const { hidden, absent, people } = await worldOfThisTest();
    for (const route of addressed) {
      // The platform does see organisations; nobody else sees anything here.
      if (who === "platform" && route.path.startsWith("/v1/organisations/")) continue;
      const ask = async (ids: Ids) =>
        people[who].ask(
          route.method,
          `${addressOf(route.path, ids)}${needed[route.name] ?? ""}`,
          await bodies[route.name]?.(people[who]),
          route.changes ? { "if-match": '"v1"' } : {},
        );
      const answers = [await ask(hidden), await ask(absent), await ask(malformed)].map(seen);
      expect(answers, route.name).toEqual([answers[0], answers[0], answers[0]]);
      expect(answers[0]?.status, route.name).toBe(404);
    }
  });
});

test("an unknown route is answered in the same bytes as a hidden thing [API-4]", async () => {
  const { hidden, people } = await worldOfThisTest();
  const unknown = await people.admin.get("/v1/nothing");
  const other = await people.admin.get(`/v1/agents/${hidden.agent}`);
  expect(seen(unknown)).toEqual(seen(other));
});

test("who is seen but may not is refused only after what is not seen [API-4]", async () => {
  const { hidden, people, own } = await worldOfThisTest();
  const suspend = (id: string) => people.auditor.post(`/v1/agents/${id}/suspend`);
  expect(await suspend(own.id)).toMatchObject({ status: 403, body: { code: "role.missing", rule: "admin" } });
  expect(await suspend(hidden.agent)).toMatchObject({ status: 404 });
});

test("lists hold what is one's own, and nothing of anybody else's", async () => {
  const { hidden, people } = await worldOfThisTest();
  for (const person of Object.values(people)) {
    for (const path of [
      "/v1/organisations",
      "/v1/operators",
      "/v1/agents",
      "/v1/audit/facts",
      "/v1/alerts",
      "/v1/workgroups",
      "/v1/invitations",
      "/v1/contracts",
      "/v1/catalog",
      "/v1/sessions",
    ]) {
      if (person === people.platform) continue;
      const { text } = await person.get(`${path}?limit=200`);
      const ids = Object.values(hidden).filter((id) => id.includes("_"));
      for (const id of ids) expect(text).not.toContain(id);
      expect(text).not.toContain("globex");
    }
  }
});
