import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { peopleOfThisTest } from "../testing/people.js";
import { enrolAgent, enrolOperator, shownToken } from "../testing/person.js";
import type { Answer } from "../testing/speak.js";
import { allRoutes, type RoutesNeed } from "./routes.js";

/** Only to be looked at: what is asked for is asked over HTTP. */
const addressed = allRoutes({} as RoutesNeed).filter(({ path }) => path.includes("{"));

/** What a route of this method takes where nothing else is wrong with it. */
const bodies: Readonly<Record<string, unknown>> = {
  changeAgent: { owner: "o@example.com" },
  changeOperator: { role: "auditor" },
  mintEnrolmentToken: {},
  recoverOrganisation: {},
};

/** Everything of an answer but the proof's nonce and the time, which are the same in one minute as well. */
const seen = ({ status, rawHeaders, text }: Answer) => ({ status, rawHeaders, text });

async function worldOfThisTest() {
  const { platform, acme, globex } = await peopleOfThisTest();
  const { id: agent, instance } = await enrolAgent(globex.admin, "feed");
  const token = await globex.admin.make(`/v1/agents/${agent}/enrolment-tokens`, {}, shownToken);
  const hidden = {
    organisation: globex.id,
    operator: globex.admin.id,
    agent,
    instance: instance.id,
    token: token.id,
  };
  const absent = {
    organisation: makeId("organisation"),
    operator: makeId("operator"),
    agent: makeId("agent"),
    instance: makeId("instance"),
    token: makeId("enrolmentToken"),
  };
  const own = await enrolAgent(acme.admin, "own");
  const people = {
    admin: acme.admin,
    auditor: await enrolOperator(acme.admin, "auditor", "auditor"),
    enroller: await enrolOperator(acme.admin, "enroller", "enroller", [own.id]),
    instance: own.instance,
    platform,
  };
  return { hidden, absent, people, own };
}

type Ids = Readonly<Record<string, string>>;
const addressOf = (path: string, ids: Ids): string =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? "");
const malformed = { agent: "x", operator: "x", organisation: "x", instance: "x", token: "x" };

describe("what is hidden is answered like what does not exist, on every route [API-4]", () => {
  test.each(["admin", "auditor", "enroller", "instance", "platform"] as const)("to an %s", async (who) => {
    const { hidden, absent, people } = await worldOfThisTest();
    for (const route of addressed) {
      // The platform does see organisations; nobody else sees anything here.
      if (who === "platform" && route.path.startsWith("/v1/organisations/")) continue;
      const ask = (ids: Ids) =>
        people[who].ask(
          route.method,
          addressOf(route.path, ids),
          bodies[route.name],
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
    ]) {
      if (person === people.platform) continue;
      const { text } = await person.get(`${path}?limit=200`);
      for (const id of Object.values(hidden)) expect(text).not.toContain(id);
      expect(text).not.toContain("globex");
    }
  }
});
