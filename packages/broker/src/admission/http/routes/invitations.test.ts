import { invitationSchema, limits, makeId, workgroupSchema } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { consent, digestShown, invitationPath, makeWorkgroup, signConsent } from "../../testing/dealing.js";
import { marketOfThisTest } from "../../testing/market.js";
import { peopleOfThisTest } from "../../testing/people.js";
import { enrolAgent, enrolOperator, foundOrganisation } from "../../testing/person.js";
import type { Answer } from "../../testing/speak.js";

const itemsOf = ({ body }: Answer) => invitationSchema.array().parse(body.items);

async function invitedOfThisTest() {
  const people = await peopleOfThisTest();
  const { acme, globex } = people;
  const workgroup = await makeWorkgroup(acme.admin, "channel");
  const invite = (organisation: string) =>
    acme.admin.make(`/v1/workgroups/${workgroup.id}/invitations`, { organisation }, invitationSchema);
  return { ...people, workgroup, invite, made: await invite(globex.id) };
}

describe("an invitation", () => {
  test("shows what its digest is of, so that who signs it computes it [API-16]", async () => {
    const { acme, made } = await invitedOfThisTest();
    expect(made.digest).toBe(digestShown(made));
    expect(made).toMatchObject({ state: "open", as: "member", consented: [], awaited: [acme.id] });
    expect((await acme.admin.get(invitationPath(made))).body).toEqual(made);
  });

  test("is not there for who is invited before all others have consented [API-16]", async () => {
    const { acme, globex, made } = await invitedOfThisTest();
    const agent = await enrolAgent(globex.admin, "desk");
    const one = `/v1/invitations/${made.id}`;
    expect(await globex.admin.get(one)).toMatchObject({ status: 404 });
    expect(itemsOf(await globex.admin.get("/v1/invitations"))).toEqual([]);
    await consent(acme.admin, acme.id, made);
    const shown = invitationSchema.parse((await globex.admin.get(one)).body);
    expect(shown).toMatchObject({ state: "open", consented: [acme.id], awaited: [] });
    expect(itemsOf(await globex.admin.get("/v1/invitations"))).toEqual([shown]);
    // The workgroup itself, and everything below it, is not.
    for (const path of [`/v1/workgroups/${shown.workgroup.id}`, invitationPath(shown)])
      expect(await globex.admin.get(path)).toMatchObject({ status: 404 });
    expect(await agent.instance.get(one)).toMatchObject({ status: 404 });
    expect(await agent.instance.get("/v1/invitations")).toMatchObject({ status: 403 });
  });

  test("takes in who has consented to what it was shown", async () => {
    const { acme, globex, made } = await invitedOfThisTest();
    await consent(acme.admin, acme.id, made);
    const [shown] = itemsOf(await globex.admin.get("/v1/invitations"));
    if (shown === undefined) throw new Error("not told");
    expect(await consent(globex.admin, globex.id, shown)).toMatchObject({ state: "consented" });
    const group = await globex.admin.get(`/v1/workgroups/${shown.workgroup.id}`);
    expect(
      workgroupSchema
        .parse(group.body)
        .organisations.map(({ id }) => id)
        .sort(),
    ).toEqual([acme.id, globex.id].sort());
  });

  test("is answered alike whether or not anybody has the id", async () => {
    const { acme, made, invite } = await invitedOfThisTest();
    const nobody = await invite(makeId("organisation"));
    const masked = (text: string) => text.replace(/(inv|org)_\w{26}/g, "$1").replace(/[\w-]{43}/g, "digest");
    const [first, second] = await Promise.all([
      consent(acme.admin, acme.id, made),
      consent(acme.admin, acme.id, nobody),
    ]);
    expect(masked(JSON.stringify(second))).toBe(masked(JSON.stringify(first)));
  });

  test("that has ended does not tell who was invited what became of the workgroup [API-16]", async () => {
    const { edge, acme, globex, platform, workgroup, made, invite } = await invitedOfThisTest();
    await consent(acme.admin, acme.id, made);
    const one = `/v1/invitations/${made.id}`;
    const shown = invitationSchema.parse((await globex.admin.get(one)).body);
    const declined = await globex.admin.post(`${invitationPath(shown)}/decline`);
    expect(declined).toMatchObject({ status: 200, body: { state: "declined" } });
    const before = await globex.admin.get(one);
    const later = await foundOrganisation(platform, "initech");
    const second = await invite(later.id);
    await consent(acme.admin, acme.id, second);
    await consent(
      later.admin,
      later.id,
      invitationSchema.parse((await later.admin.get(`/v1/invitations/${second.id}`)).body),
    );
    expect((await acme.admin.get(`/v1/workgroups/${workgroup.id}`)).text).toContain("initech");
    edge.clock.step(1);
    expect((await globex.admin.get(one)).text).toBe(before.text);
  });

  test("is shown expired from the moment at which it is, whatever timers do [API-16]", async () => {
    const { edge, acme, globex, made } = await invitedOfThisTest();
    await consent(acme.admin, acme.id, made);
    edge.clock.step(limits.invitationSeconds * 1_000 - 1);
    expect((await globex.admin.get(`/v1/invitations/${made.id}`)).body).toMatchObject({ state: "open" });
    edge.clock.step(1);
    expect((await globex.admin.get(`/v1/invitations/${made.id}`)).body).toMatchObject({ state: "expired" });
    expect((await acme.admin.get(invitationPath(made))).body).toMatchObject({ state: "expired" });
  });

  test("is withdrawn by the owner, and read by the auditors of who is in", async () => {
    const { acme, made } = await invitedOfThisTest();
    const auditor = await enrolOperator(acme.admin, "auditor", "auditor");
    const withdrawn = await acme.admin.post(`${invitationPath(made)}/withdraw`);
    expect(withdrawn).toMatchObject({ status: 200, body: { state: "withdrawn" } });
    expect(itemsOf(await auditor.get(`/v1/workgroups/${made.workgroup.id}/invitations`))).toMatchObject([
      { id: made.id, state: "withdrawn" },
    ]);
  });

  test("that was over before an organisation came in is not there for it: in no list, by no id [WKG-5]", async () => {
    const { edge, acme, globex, workgroup, made, invite } = await invitedOfThisTest();
    const before = await invite(makeId("organisation"));
    await acme.admin.post(`${invitationPath(before)}/withdraw`);
    edge.clock.step(1);
    await consent(acme.admin, acme.id, made);
    const [shown] = itemsOf(await globex.admin.get("/v1/invitations"));
    if (shown === undefined) throw new Error("not told");
    await consent(globex.admin, globex.id, shown);
    const after = await invite(makeId("organisation"));
    edge.clock.step(1);
    await acme.admin.post(`${invitationPath(after)}/withdraw`);
    const listed = async ({ admin }: typeof acme) =>
      new Set(itemsOf(await admin.get(`/v1/workgroups/${workgroup.id}/invitations`)).map(({ id }) => id));
    expect(await listed(acme)).toEqual(new Set([before.id, made.id, after.id]));
    expect(await listed(globex)).toEqual(new Set([made.id, after.id]));
    const absent = await globex.admin.get(invitationPath({ ...before, id: makeId("invitation") }));
    const hidden = await globex.admin.get(invitationPath(before));
    expect([hidden.status, hidden.body]).toEqual([404, absent.body]);
    expect(await globex.admin.get(invitationPath(after))).toMatchObject({ status: 200 });
  });

  test("of a workgroup is not read by its agents", async () => {
    const { desk, workgroup } = await marketOfThisTest();
    const path = `/v1/workgroups/${workgroup.id}/invitations`;
    expect(await desk.instance.get(path)).toMatchObject({ status: 403, body: { code: "role.missing" } });
    expect(await desk.instance.get(`/v1/workgroups/${makeId("workgroup")}/invitations`)).toMatchObject({
      status: 404,
    });
  });
});

describe("a consent", () => {
  test("to another digest than that of what is shown is refused, and the digest told", async () => {
    const { acme, made } = await invitedOfThisTest();
    const statement = await signConsent(acme.admin, acme.id, made, "A".repeat(43));
    const answer = await acme.admin.post(`${invitationPath(made)}/consent`, { statement });
    expect(answer).toMatchObject({ status: 409, body: { code: "workgroup.changed", digest: made.digest } });
  });

  test("that is not signed by who asks is refused, and recorded [STM-1] [REC-6]", async () => {
    const { acme, globex, made } = await invitedOfThisTest();
    const forged = await signConsent(globex.admin, acme.id, made);
    for (const statement of [forged, "a.b.c"]) {
      const answer = await acme.admin.post(`${invitationPath(made)}/consent`, { statement });
      expect(answer).toMatchObject({ status: 400, body: { code: "statement.invalid" } });
    }
    const facts = await acme.admin.get("/v1/audit/facts?kind=request.refused&limit=200");
    expect(facts.text.match(/statement\.invalid/g)).toHaveLength(2);
  });
});
