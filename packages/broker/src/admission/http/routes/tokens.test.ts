import { limits, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { organisationOfThisTest } from "../../testing/people.js";
import { askToEnrol, enrol, enrolAgent, makeAgent, mintToken, type Person } from "../../testing/person.js";
import { makeSigner } from "../../testing/signing.js";

const recovery = /"token":"(parley_enrol_[\w-]+)"/;

async function agentOfThisTest() {
  const { edge, platform, acme } = await organisationOfThisTest();
  const agent = await makeAgent(acme.admin, "feed");
  const tokens = `/v1/agents/${agent}/enrolment-tokens`;
  return { edge, platform, acme, agent, tokens, mint: (terms: object) => acme.admin.post(tokens, terms) };
}

describe("an enrolment token [ID-7]", () => {
  test.each([
    ["uses", limits.enrolmentUsesMax],
    ["expiresInSeconds", limits.enrolmentSecondsMax],
  ])("has 1 to so many %s as are allowed [enrolmentUsesMax] [enrolmentSecondsMax]", async (term, most) => {
    const { mint } = await agentOfThisTest();
    const answers = [];
    for (const value of [0, 1, most, most + 1, 1.5, -1, "1", null])
      answers.push((await mint({ [term]: value })).status);
    expect(answers).toEqual([400, 201, 201, 400, 400, 400, 400, 400]);
  });

  test("works once and for an hour where nobody says otherwise [enrolmentSecondsDefault]", async () => {
    const { edge, mint, acme, agent } = await agentOfThisTest();
    const { body } = await mint({});
    expect(body).toMatchObject({ uses: 1, usesLeft: 1, ephemeral: false, state: "open" });
    expect(Date.parse(String(body.expiresAt)) - edge.clock.now()).toBe(
      limits.enrolmentSecondsDefault * 1_000,
    );
    const late = await mintToken(acme.admin, agent);
    edge.clock.step(limits.enrolmentSecondsDefault * 1_000 - 1);
    await enrol(edge, String(body.token));
    edge.clock.step(1);
    expect(await askToEnrol(edge, late, await makeSigner())).toMatchObject({
      status: 410,
      body: { code: "enrolment.expired" },
    });
  });

  test("is listed with what became of it, and never with its secret", async () => {
    const { edge, acme, tokens, mint } = await agentOfThisTest();
    const used = await mint({});
    edge.clock.step(1);
    const voided = await mint({});
    edge.clock.step(1);
    await mint({ expiresInSeconds: 1 });
    edge.clock.step(1_000);
    await mint({});
    await enrol(edge, String(used.body.token));
    await acme.admin.post(`/v1/enrolment-tokens/${voided.body.id}/void`);
    const { body, text } = await acme.admin.get(tokens);
    expect((body.items as { state: string }[]).map(({ state }) => state)).toEqual([
      "used",
      "voided",
      "expired",
      "open",
    ]);
    expect(text).not.toContain("parley_enrol_");
    expect(await askToEnrol(edge, String(voided.body.token), await makeSigner())).toMatchObject({
      status: 400,
    });
  });

  test("for an admin that the platform makes works after 72 hours [ID-9] [recoveryDelaySeconds]", async () => {
    const { edge, platform, acme } = await agentOfThisTest();
    const { text } = await platform.post(`/v1/organisations/${acme.id}/recovery-tokens`, {});
    const [, secret = ""] = recovery.exec(text) ?? [];
    edge.clock.step(limits.recoveryDelaySeconds * 1_000 - 1);
    expect(await askToEnrol(edge, secret, await makeSigner())).toMatchObject({
      status: 409,
      body: { code: "enrolment.not-yet", retryAfterMs: 1 },
    });
    edge.clock.step(1);
    expect((await (await enrol(edge, secret)).get("/v1/whoami")).body).toMatchObject({ role: "admin" });
  });
});

test("an enroller is named for a thousand agents at most [agentsPerEnroller]", async () => {
  const { acme } = await organisationOfThisTest();
  const invite = (count: number) => {
    const agents = Array.from({ length: count }, () => makeId("agent"));
    return acme.admin.post("/v1/operators", { name: "e", role: "enroller", agents });
  };
  expect(await invite(limits.agentsPerEnroller + 1)).toMatchObject({
    status: 400,
    body: { code: "request.malformed" },
  });
  // As many as that are looked for, and are not there.
  expect(await invite(limits.agentsPerEnroller)).toMatchObject({ status: 404 });
});

test("an enroller mints for the agents it is named for, and sees no other", async () => {
  const { acme, agent } = await agentOfThisTest();
  const other = await makeAgent(acme.admin, "other");
  const { text } = await acme.admin.post("/v1/operators", { name: "e", role: "enroller", agents: [agent] });
  const enroller: Person = await enrol(acme.admin.edge, recovery.exec(text)?.[1] ?? "");
  expect(await mintToken(enroller, agent)).toMatch(/^parley_enrol_/);
  expect(await enroller.post(`/v1/agents/${other}/enrolment-tokens`, {})).toMatchObject({ status: 404 });
  expect((await enroller.get("/v1/agents")).body.items).toHaveLength(1);
});

test("an instance that is shown, suspended, resumed and revoked stays what it was meanwhile", async () => {
  const { acme } = await organisationOfThisTest();
  const { instance } = await enrolAgent(acme.admin, "feed");
  const path = `/v1/instances/${instance.id}`;
  const standing = async (verb: string) =>
    ((await acme.admin.post(`${path}/${verb}`)).body as { instance: { standing: string } }).instance.standing;
  expect((await acme.admin.get(path)).body).toMatchObject({
    id: instance.id,
    connectedSince: null,
    ephemeral: false,
  });
  expect(await standing("suspend")).toBe("suspended");
  expect(await instance.get("/v1/whoami").catch((error: Error) => error.message)).toContain(
    "identity.suspended",
  );
  expect(await standing("resume")).toBe("active");
  expect(await standing("revoke")).toBe("revoked");
  expect(await acme.admin.post(`${path}/resume`)).toMatchObject({
    status: 409,
    body: { code: "standing.final" },
  });
});
