import { limits, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { marketOfThisTest } from "../testing/market.js";
import { organisationOfThisTest, peopleOfThisTest } from "../testing/people.js";
import { enrolAgent, enrolOperator, foundOrganisation, type Person } from "../testing/person.js";

interface Fact {
  readonly stream: string;
  readonly position: number;
  readonly kind: string;
  readonly content: { readonly actor: string; readonly data: Readonly<Record<string, unknown>> };
}

const facts = async (person: Person, query = ""): Promise<readonly Fact[]> =>
  (await person.get(`/v1/audit/facts?limit=200${query}`)).body.items as readonly Fact[];
const refusalsOf = async (person: Person) =>
  (await facts(person, "&kind=request.refused")).map(({ content }) => ({
    actor: content.actor,
    ...content.data,
  }));

describe("a refused look [REC-6]", () => {
  test("is a fact of whoever looked, with what was typed, and of nobody else", async () => {
    const { acme, globex } = await peopleOfThisTest();
    const { id } = await enrolAgent(globex.admin, "feed");
    const before = await facts(globex.admin);
    await acme.admin.get(`/v1/agents/${id}`);
    expect(await refusalsOf(acme.admin)).toEqual([
      {
        actor: acme.admin.id,
        command: "GET /v1/agents/{agent}",
        target: `/v1/agents/${id}`,
        code: "not-found",
        rule: null,
      },
    ]);
    expect(await facts(globex.admin)).toEqual(before);
  });

  test("is shown as it was typed, but for what could disguise it", async () => {
    const { acme } = await organisationOfThisTest();
    await acme.admin.get("/v1/agents/%0A%E2%80%AE");
    expect(await refusalsOf(acme.admin)).toMatchObject([{ target: "/v1/agents/%0A%E2%80%AE" }]);
  });

  test("is recorded ten times a minute, and then no more singly [refusalsRecordedPerMinute]", async () => {
    const { acme } = await organisationOfThisTest();
    for (let count = 0; count < limits.refusalsRecordedPerMinute + 1; count++)
      await acme.admin.get("/v1/agents/x");
    expect(await refusalsOf(acme.admin)).toHaveLength(limits.refusalsRecordedPerMinute);
  });

  test("for the role is recorded as well, and answered 403", async () => {
    const { acme } = await organisationOfThisTest();
    const { instance } = await enrolAgent(acme.admin, "feed");
    expect(await instance.get("/v1/audit/facts")).toMatchObject({
      status: 403,
      body: { code: "role.missing" },
    });
    expect(await refusalsOf(acme.admin)).toMatchObject([{ actor: instance.id, code: "role.missing" }]);
  });

  test("and so is a change that was refused before the line had heard of it", async () => {
    const { acme } = await organisationOfThisTest();
    const { id } = await enrolAgent(acme.admin, "feed");
    await acme.admin.patch(`/v1/agents/${id}`, { owner: "x" });
    const jws = "a.b.c";
    const { publicKey } = acme.admin.signer;
    await acme.admin.post("/v1/key", { publicKey, oldProof: jws, newProof: jws });
    expect(await refusalsOf(acme.admin)).toMatchObject([
      { command: "PATCH /v1/agents/{agent}", code: "precondition.required" },
      { command: "POST /v1/key", target: "/v1/key", code: "key.invalid" },
    ]);
  });

  test("with a wrong cursor is none: it was malformed", async () => {
    const { acme } = await organisationOfThisTest();
    await acme.admin.get("/v1/agents?cursor=x");
    expect(await refusalsOf(acme.admin)).toEqual([]);
  });

  test("of nobody is nowhere", async () => {
    const { edge, acme, platform } = await organisationOfThisTest();
    const before = [await facts(acme.admin), await facts(platform)];
    await edge.send({ path: "/v1/agents/x" });
    expect([await facts(acme.admin), await facts(platform)]).toEqual(before);
  });
});

describe("the record", () => {
  test("is read by admins and auditors of an organisation, and the broker's own by the platform", async () => {
    const { platform, acme } = await organisationOfThisTest();
    const auditor = await enrolOperator(acme.admin, "auditor", "auditor");
    const [ours, theirs] = [await facts(auditor), await facts(platform)];
    expect(new Set(ours.map(({ stream }) => stream))).toEqual(new Set([`org:${acme.id}`]));
    expect(new Set(theirs.map(({ stream }) => stream))).toEqual(new Set(["platform"]));
    expect(ours.map(({ position }) => position)).toEqual(ours.map((_fact, index) => index + 1));
  });

  test("and the alerts come newest first", async () => {
    const { edge, platform, acme } = await organisationOfThisTest();
    for (let count = 0; count < 3; count++) {
      await platform.post(`/v1/organisations/${acme.id}/recovery-tokens`, { adminName: `r${count}` });
      edge.clock.step(1_000);
    }
    const items = (await acme.admin.get("/v1/alerts")).body.items as { raisedAt: string; kind: string }[];
    const times = items.map(({ raisedAt }) => raisedAt);
    expect(times).toEqual([...times].sort().reverse());
    expect(items.every(({ kind }) => kind === "admin-token-minted-by-platform")).toBe(true);
    expect(items.length).toBeGreaterThan(0);
  });
});

test("no secret is in the record, in what is kept beside it, or in the log", async () => {
  const { edge, platform, acme } = await organisationOfThisTest();
  const { instance } = await enrolAgent(acme.admin, "feed");
  const assertion = await instance.assertion();
  await instance.askToken({ assertion });
  const { authorization = "", dpop = "" } = await instance.access("GET", "/v1/whoami");
  await edge.send({ path: "/v1/whoami", headers: { authorization, dpop } });
  await edge.send({ path: "/v1/whoami", headers: { authorization, dpop } });
  const kept = JSON.stringify([
    await edge.store.dumpDerived(),
    await facts(platform),
    await facts(acme.admin),
  ]);
  for (const text of [kept, edge.log.join("")]) {
    expect(text).not.toMatch(/parley_enrol_/);
    for (const secret of [String(authorization).slice(5), String(dpop), assertion])
      expect(text).not.toContain(secret);
  }
});

describe("a shared stream [API-14]", () => {
  test("is read from where one came in to where one left, and by nobody outside", async () => {
    const { acme, globex, platform, workgroup, desk } = await marketOfThisTest();
    const stream = `workgroup:${workgroup.id}`;
    const read = async (person: Person) => (await facts(person, `&stream=${stream}`)).map(({ kind }) => kind);
    const owners = await read(acme.admin);
    expect(owners[0]).toBe("workgroup.created");
    const newcomers = await read(globex.admin);
    expect(newcomers.length).toBeGreaterThan(0);
    expect(newcomers).toEqual(owners.slice(-newcomers.length));
    expect(newcomers).not.toContain("invitation.opened");
    await globex.admin.post(`/v1/workgroups/${workgroup.id}/leave`);
    const asItLeft = await read(globex.admin);
    await acme.admin.post(`/v1/workgroups/${workgroup.id}/dissolve`);
    expect(await read(globex.admin)).toEqual(asItLeft);
    expect(await read(acme.admin)).toContain("workgroup.dissolved");
    const outside = await foundOrganisation(platform, "initech");
    const answer = async (of: string) => (await outside.admin.get(`/v1/audit/facts?stream=${of}`)).text;
    expect(await answer(stream)).toBe(await answer(`workgroup:${makeId("workgroup")}`));
    for (const foreign of [`org:${acme.id}`, "platform", "nothing"])
      expect(await answer(foreign)).toBe(await answer(stream));
    expect(await read(platform)).toEqual([]);
    expect(await desk.instance.get(`/v1/audit/facts?stream=${stream}`)).toMatchObject({ status: 403 });
  });

  test("may be one's own by its name", async () => {
    const { acme } = await organisationOfThisTest();
    expect(await facts(acme.admin, `&stream=org:${acme.id}`)).toEqual(await facts(acme.admin));
  });
});
