import { describe, expect, test } from "vitest";
import { organisationOfThisTest, peopleOfThisTest } from "../testing/people.js";
import { enrolOperator, makeAgent } from "../testing/person.js";

async function agentOfThisTest() {
  const { acme } = await organisationOfThisTest();
  const path = `/v1/agents/${await makeAgent(acme.admin, "feed")}`;
  const { headers } = await acme.admin.get(path);
  return { admin: acme.admin, path, etag: headers.etag };
}

const change = { owner: "new@example.com" };

describe("a change names the version that it was made from [API-7]", () => {
  test("and is answered with the next one", async () => {
    const { admin, path, etag } = await agentOfThisTest();
    expect(etag).toBe('"v1"');
    const changed = await admin.patch(path, change, etag);
    expect(changed).toMatchObject({ status: 200, body: { owner: "new@example.com", version: 2 } });
    expect(changed.headers.etag).toBe('"v2"');
    expect((await admin.get(path)).headers.etag).toBe('"v2"');
  });

  test("or it is told to read first", async () => {
    const { admin, path } = await agentOfThisTest();
    expect(await admin.patch(path, change)).toMatchObject({
      status: 428,
      body: { code: "precondition.required" },
    });
  });

  test.each(['"v0"', '"v2"', '"v01"', "v1", '"v1', 'W/"v1"', "*", "", '"v1", "v2"', '"v9999999999999999"'])(
    "which is not %j",
    async (ifMatch) => {
      const { admin, path } = await agentOfThisTest();
      const answer = await admin.patch(path, change, ifMatch);
      expect(answer).toMatchObject({ status: 412, body: { code: "precondition.failed" } });
    },
  );

  test("of two made from one version the second is refused, and changes nothing", async () => {
    const { admin, path, etag } = await agentOfThisTest();
    const answers = await Promise.all([
      admin.patch(path, change, etag),
      admin.patch(path, { owner: "x" }, etag),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const winner = answers.find(({ status }) => status === 200);
    const cut = { sockets: 0, sessions: 0, surviving: [] };
    expect({ ...(await admin.get(path)).body, cut }).toEqual(winner?.body);
  });

  test("and so it is for operators", async () => {
    const { acme } = await organisationOfThisTest();
    const second = await enrolOperator(acme.admin, "second", "admin");
    const path = `/v1/operators/${second.id}`;
    const { etag } = (await acme.admin.get(path)).headers;
    expect(await acme.admin.patch(path, { role: "auditor" })).toMatchObject({ status: 428 });
    expect(await acme.admin.patch(path, { role: "auditor" }, etag)).toMatchObject({ status: 200 });
    expect(await acme.admin.patch(path, { role: "admin" }, etag)).toMatchObject({ status: 412 });
  });

  test("but a hidden thing is hidden, whatever version is named", async () => {
    const { acme, globex } = await peopleOfThisTest();
    const path = `/v1/agents/${await makeAgent(globex.admin, "feed")}`;
    expect(await acme.admin.patch(path, change, '"v1"')).toMatchObject({ status: 404 });
    expect(await acme.admin.patch(path, change, '"v2"')).toMatchObject({ status: 404 });
  });
});
