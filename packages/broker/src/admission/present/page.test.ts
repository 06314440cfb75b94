import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { organisationOfThisTest, peopleOfThisTest } from "../testing/people.js";
import { enrolOperator, makeAgent, type Person } from "../testing/person.js";

interface Listed {
  readonly items: readonly { readonly name: string; readonly position: number }[];
  readonly nextCursor: string | null;
}

const list = async (person: Person, path: string): Promise<Listed> =>
  (await person.get(path)).body as unknown as Listed;

async function agentsOfThisTest(count: number) {
  const people = await peopleOfThisTest();
  const { admin } = people.acme;
  for (let index = 0; index < count; index++) await makeAgent(admin, `agent-${index}`);
  return { ...people, admin };
}

/** Another character in this place. */
const turned = (text: string, at: number): string =>
  `${text.slice(0, at)}${text.charAt(at) === "A" ? "B" : "A"}${text.slice(at + 1)}`;

describe("a list comes in pages [API-5]", () => {
  test("of the length that is asked for, in a stable order, each item once, to the end", async () => {
    const { admin } = await agentsOfThisTest(5);
    const names: string[] = [];
    let path = "/v1/agents?limit=2";
    const lengths: number[] = [];
    for (let cursor: string | null = ""; cursor !== null; path = `/v1/agents?limit=2&cursor=${cursor}`) {
      const { items, nextCursor } = await list(admin, path);
      names.push(...items.map(({ name }) => name));
      lengths.push(items.length);
      cursor = nextCursor;
    }
    expect(lengths).toEqual([2, 2, 1]);
    expect(names).toEqual(["agent-0", "agent-1", "agent-2", "agent-3", "agent-4"]);
  });

  test("and the last one says so, also when it is full", async () => {
    const { admin } = await agentsOfThisTest(2);
    expect(await list(admin, "/v1/agents?limit=2")).toMatchObject({ nextCursor: null });
    expect((await list(admin, "/v1/agents?limit=1")).nextCursor).not.toBeNull();
  });

  test("and what is added behind is on a later one, what is added before on none", async () => {
    const { admin } = await agentsOfThisTest(2);
    const { nextCursor } = await list(admin, "/v1/agents?limit=1");
    await makeAgent(admin, "agent-00");
    await makeAgent(admin, "a");
    await makeAgent(admin, "z");
    const { items } = await list(admin, `/v1/agents?cursor=${nextCursor}`);
    expect(items.map(({ name }) => name)).toEqual(["agent-00", "agent-1", "z"]);
  });

  test("and a cursor may be used with another length, and twice", async () => {
    const { admin } = await agentsOfThisTest(4);
    const { nextCursor } = await list(admin, "/v1/agents?limit=1");
    const once = await list(admin, `/v1/agents?limit=200&cursor=${nextCursor}`);
    expect(once.items).toHaveLength(3);
    expect(await list(admin, `/v1/agents?limit=200&cursor=${nextCursor}`)).toEqual(once);
  });

  test("of fifty where nobody says how long, and of two hundred at most [pageDefault] [pageMax]", async () => {
    const { admin } = await agentsOfThisTest(limits.pageDefault + 1);
    expect((await list(admin, "/v1/agents")).items).toHaveLength(limits.pageDefault);
    expect((await list(admin, `/v1/agents?limit=${limits.pageMax}`)).items).toHaveLength(
      limits.pageDefault + 1,
    );
    expect(await admin.get(`/v1/agents?limit=${limits.pageMax + 1}`)).toMatchObject({
      status: 400,
      body: {
        code: "request.malformed",
        issues: [{ path: "querystring/limit", expected: "expected 1 to 200" }],
      },
    });
  });

  test.each(["0", "-1", "01", "1.0", "1e1", "", "+1", "%201", "ten", "0x1"])(
    "of %j is malformed",
    async (limit) => {
      const { acme } = await organisationOfThisTest();
      expect(await acme.admin.get(`/v1/agents?limit=${limit}`)).toMatchObject({ status: 400 });
    },
  );

  test.each([
    "limit=1&limit=2",
    "page=1",
    "limit=1&x=y",
    "__proto__=1",
    "constructor=1",
    "limit[]=1",
    "cursor=",
  ])("and %s is malformed", async (query) => {
    const { acme } = await organisationOfThisTest();
    expect(await acme.admin.get(`/v1/agents?${query}`)).toMatchObject({
      status: 400,
      body: { code: "request.malformed" },
    });
  });
});

describe("a cursor is worth nothing [API-5]", () => {
  const invalid = { status: 400, body: { code: "cursor.invalid" } };

  test("to anybody else, not even to another admin of the same organisation", async () => {
    const { admin, globex } = await agentsOfThisTest(2);
    const second = await enrolOperator(admin, "second", "admin");
    const { nextCursor } = await list(admin, "/v1/agents?limit=1");
    for (const person of [second, globex.admin]) {
      expect(await person.get(`/v1/agents?cursor=${nextCursor}`)).toMatchObject(invalid);
    }
    expect(await admin.get(`/v1/agents?cursor=${nextCursor}`)).toMatchObject({ status: 200 });
  });

  test("for another list, or for the same one of another thing", async () => {
    const { admin } = await agentsOfThisTest(1);
    const [one, two] = [await makeAgent(admin, "one"), await makeAgent(admin, "two")];
    for (let count = 0; count < 2; count++) await admin.post(`/v1/agents/${one}/enrolment-tokens`, {});
    const { nextCursor } = await list(admin, `/v1/agents/${one}/enrolment-tokens?limit=1`);
    expect(nextCursor).not.toBeNull();
    for (const path of [
      `/v1/agents/${two}/enrolment-tokens`,
      `/v1/agents/${one}/instances`,
      "/v1/agents",
      "/v1/alerts",
    ]) {
      expect(await admin.get(`${path}?cursor=${nextCursor}`)).toMatchObject(invalid);
    }
  });

  test("with another filter, or without the one it was given for", async () => {
    const { admin } = await agentsOfThisTest(2);
    const { nextCursor } = await list(admin, "/v1/audit/facts?kind=agent.created&limit=1");
    for (const filter of ["", "kind=operator.invited&"]) {
      expect(await admin.get(`/v1/audit/facts?${filter}cursor=${nextCursor}`)).toMatchObject(invalid);
    }
    const next = await list(admin, `/v1/audit/facts?kind=agent.created&cursor=${nextCursor}`);
    expect(next.items).toHaveLength(1);
  });

  test("with any character changed, cut short, or made up", async () => {
    const { admin } = await agentsOfThisTest(2);
    const { nextCursor } = await list(admin, "/v1/agents?limit=1");
    const cursor = nextCursor ?? "";
    const wrong = [
      turned(cursor, 0),
      turned(cursor, 20),
      turned(cursor, cursor.length - 2),
      cursor.slice(0, -4),
      "x",
    ];
    for (const changed of [...wrong, `${cursor}=`, Buffer.from('"agent-0"').toString("base64url")]) {
      expect(await admin.get(`/v1/agents?cursor=${changed}`)).toMatchObject(invalid);
    }
  });

  test("and shows nothing of what it holds", async () => {
    const { admin } = await agentsOfThisTest(2);
    const { nextCursor } = await list(admin, "/v1/agents?limit=1");
    expect(Buffer.from(nextCursor ?? "", "base64url").toString("latin1")).not.toContain("agent");
  });
});
