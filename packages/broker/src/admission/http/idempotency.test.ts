import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { organisationOfThisTest, peopleOfThisTest } from "../testing/people.js";
import { makeAgent, type Person } from "../testing/person.js";
import type { Answer } from "../testing/speak.js";

const under = (key: string) => ({ "idempotency-key": key });
const agent = (name: string) => ({ name, owner: "o@example.com" });
const create = (person: Person, body: unknown, key = "k1"): Promise<Answer> =>
  person.post("/v1/agents", body, under(key));

describe("the same Idempotency-Key [API-6]", () => {
  test("with the same request is answered with what was made, once", async () => {
    const { acme } = await organisationOfThisTest();
    const first = await create(acme.admin, agent("feed"));
    const again = await create(acme.admin, agent("feed"));
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.location).toBe(first.headers.location);
    expect((await acme.admin.get("/v1/agents")).body.items).toHaveLength(1);
  });

  test("makes one thing also when it comes twice at the same moment", async () => {
    const { acme } = await organisationOfThisTest();
    const answers = await Promise.all([1, 2, 3].map(() => create(acme.admin, agent("feed"))));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
  });

  test("with another request is refused, and nothing is made", async () => {
    const { acme } = await organisationOfThisTest();
    await create(acme.admin, agent("feed"));
    expect(await create(acme.admin, agent("other"))).toMatchObject({
      status: 422,
      body: { code: "idempotency.reused" },
    });
    const id = await makeAgent(acme.admin, "third");
    expect(await acme.admin.post(`/v1/agents/${id}/enrolment-tokens`, {}, under("k1"))).toMatchObject({
      status: 422,
    });
    expect((await acme.admin.get("/v1/agents")).body.items).toHaveLength(2);
  });

  test("with the same words about another thing is refused as well", async () => {
    const { acme } = await organisationOfThisTest();
    const [one, two] = [await makeAgent(acme.admin, "one"), await makeAgent(acme.admin, "two")];
    const mint = (id: string) => acme.admin.post(`/v1/agents/${id}/enrolment-tokens`, {}, under("k1"));
    expect(await mint(one)).toMatchObject({ status: 201 });
    expect(await mint(two)).toMatchObject({ status: 422, body: { code: "idempotency.reused" } });
  });

  test("is the same request whatever the order of its fields, and with its defaults said or not", async () => {
    const { acme } = await organisationOfThisTest();
    await create(acme.admin, agent("feed"));
    expect(await create(acme.admin, { tags: {}, owner: "o@example.com", name: "feed" })).toMatchObject({
      status: 201,
    });
    expect(await create(acme.admin, { ...agent("feed"), tags: { env: "prod" } })).toMatchObject({
      status: 422,
    });
  });

  test("is each principal's own", async () => {
    const { acme, globex } = await peopleOfThisTest();
    const [ours, theirs] = [
      await create(acme.admin, agent("feed")),
      await create(globex.admin, agent("feed")),
    ];
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(ours.body.id);
  });

  test("is free again after a refusal, which has made nothing", async () => {
    const { acme } = await organisationOfThisTest();
    await create(acme.admin, agent("feed"), "k0");
    expect(await create(acme.admin, agent("feed"))).toMatchObject({ status: 409 });
    expect(await create(acme.admin, agent("other"))).toMatchObject({ status: 201 });
  });

  test("is remembered for a day, and not longer [idempotencySeconds]", async () => {
    const { edge, acme } = await organisationOfThisTest();
    await create(acme.admin, agent("feed"));
    edge.clock.step(limits.idempotencySeconds * 1_000 - 1);
    expect(await create(acme.admin, agent("feed"))).toMatchObject({ status: 201 });
    edge.clock.step(1);
    expect(await create(acme.admin, agent("feed"))).toMatchObject({
      status: 409,
      body: { code: "agent.name-taken" },
    });
  });

  test("shows no secret a second time, whatever was minted", async () => {
    const { acme, platform } = await organisationOfThisTest();
    const id = await makeAgent(acme.admin, "feed");
    const creations: readonly [Person, string, unknown][] = [
      [acme.admin, `/v1/agents/${id}/enrolment-tokens`, {}],
      [acme.admin, "/v1/operators", { name: "second", role: "admin" }],
      [platform, "/v1/organisations", { name: "initech" }],
      [platform, `/v1/organisations/${acme.id}/recovery-tokens`, {}],
    ];
    for (const [person, path, body] of creations) {
      const create = () => person.post(path, body, under(path));
      const [first, again] = [await create(), await create()];
      const secrets = first.text.match(/parley_enrol_[\w-]{43}/g) ?? [];
      expect(secrets).toHaveLength(1);
      expect(again.status).toBe(201);
      expect(again.text).toBe(first.text.replace(`"${secrets[0]}"`, "null"));
    }
  });

  test("is up to a hundred and twenty-eight characters, without white space [idempotencyKeyLengthMax]", async () => {
    const { acme } = await organisationOfThisTest();
    const longest = "k".repeat(limits.idempotencyKeyLengthMax);
    expect(await create(acme.admin, agent("feed"), longest)).toMatchObject({ status: 201 });
    for (const key of [`${longest}k`, "", "a b", "\u00e9"]) {
      expect(await create(acme.admin, agent("other"), key)).toMatchObject({
        status: 400,
        body: { code: "request.malformed", rule: "Idempotency-Key" },
      });
    }
    const two = { "idempotency-key": ["a", "b"] };
    expect(await acme.admin.post("/v1/agents", agent("other"), two)).toMatchObject({ status: 400 });
  });
});

test("without a key the same request is another one [API-6]", async () => {
  const { acme } = await organisationOfThisTest();
  const id = await makeAgent(acme.admin, "feed");
  const mint = async () => (await acme.admin.post(`/v1/agents/${id}/enrolment-tokens`, {})).body;
  const [first, second] = [await mint(), await mint()];
  expect(second.id).not.toBe(first.id);
  expect(second.token).not.toBe(first.token);
});
