import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { openTestEdge } from "../../testing/edge.js";
import { Listening } from "../../testing/listening.js";
import { marketOfThisTest } from "../../testing/market.js";
import { edgeOfThisTest, organisationOfThisTest } from "../../testing/people.js";
import { enrolAgent, enrolOperator, enrolPlatform, type Person } from "../../testing/person.js";

const places = (told: Listening) =>
  told.events.map(({ data: { stream, position } }) => `${stream} ${position}`);
const kinds = (told: Listening) => told.events.map(({ data: { kind } }) => kind);

async function listed(by: Person, query = ""): Promise<readonly string[]> {
  const { items } = (await by.get(`/v1/audit/facts?limit=200${query}`)).body as {
    items: readonly { readonly stream: string; readonly position: number }[];
  };
  return items.map(({ stream, position }) => `${stream} ${position}`);
}

describe("the stream of facts [API-19]", () => {
  test("tells what there is, in the order of the list, and then what happens", async () => {
    const { acme } = await organisationOfThisTest();
    const before = await listed(acme.admin);
    const told = await Listening.open(acme.admin);
    expect(told.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
    });
    await told.until(({ events }) => events.length === before.length);
    expect(told.text.startsWith("retry: 1000\n\n")).toBe(true);
    expect(places(told)).toEqual(before);
    await enrolAgent(acme.admin, "feed");
    const after = await listed(acme.admin);
    await told.until(({ events }) => events.length === after.length);
    expect(places(told)).toEqual(after);
    expect(after.length).toBeGreaterThan(before.length);
  });

  test("goes on after the last id that was read, without a gap or a repeat", async () => {
    const { acme } = await organisationOfThisTest();
    const all = await listed(acme.admin);
    const first = await Listening.open(acme.admin);
    await first.until(({ events }) => events.length === all.length);
    first.leave();
    const { id = "" } = first.events[1] ?? {};
    const again = await Listening.open(acme.admin, "", { "last-event-id": id });
    await enrolAgent(acme.admin, "feed");
    const now = await listed(acme.admin);
    await again.until(({ events }) => events.length === now.length - 2);
    expect(places(again)).toEqual(now.slice(2));
  });

  test("tells of shared streams once their second is over: nothing comes before what was told", async () => {
    const { edge, acme, globex, workgroup } = await marketOfThisTest();
    edge.clock.step(1_000);
    await globex.admin.post(`/v1/workgroups/${workgroup.id}/leave`);
    const told = await Listening.open(acme.admin);
    await acme.admin.get("/v1/agents/nobody");
    await told.until(() => kinds(told).includes("request.refused"));
    expect(kinds(told)).not.toContain("workgroup.left");
    edge.clock.step(1_000);
    await acme.admin.get("/v1/agents/nobody");
    await told.until(() => kinds(told).filter((kind) => kind === "request.refused").length === 2);
    expect(places(told)).toEqual(await listed(acme.admin));
    expect(kinds(told)).toContain("workgroup.left");
  });

  test("tells only what is looked for", async () => {
    const { acme } = await organisationOfThisTest();
    const told = await Listening.open(acme.admin, "?decision=refused");
    await enrolAgent(acme.admin, "feed");
    await acme.admin.get("/v1/agents/nobody");
    await told.until(({ events }) => events.length > 0);
    expect(kinds(told)).toEqual(["request.refused"]);
  });

  test("shows that it is still there every 15 s, with how far it has looked", async () => {
    const { edge, acme } = await organisationOfThisTest();
    const told = await Listening.open(acme.admin, "?kind=agent.revoked");
    await told.until(({ text }) => text.startsWith("retry"));
    edge.clock.step(14_999);
    await enrolAgent(acme.admin, "one");
    edge.clock.step(1);
    await enrolAgent(acme.admin, "two");
    const beats = () => [...told.text.matchAll(/: still here\nid: (\S+)\n\n/g)];
    // At once, and when the time had come: not for what was committed in between.
    await told.until(() => beats().length === 2);
    const id = beats()[1]?.[1] ?? "";
    const again = await Listening.open(acme.admin, "?kind=agent.revoked", { "last-event-id": id });
    expect(again.status).toBe(200);
    const elsewhere = await Listening.open(acme.admin, "?kind=agent.created", { "last-event-id": id });
    await elsewhere.end();
    expect([elsewhere.status, JSON.parse(elsewhere.text)]).toMatchObject([400, { code: "cursor.invalid" }]);
  });
});

describe("who listens to the stream of facts is told nothing more [API-19]", () => {
  const auditorOfThisTest = async () => {
    const { edge, acme } = await organisationOfThisTest();
    const auditor = await enrolOperator(acme.admin, "ann", "auditor");
    const told = await Listening.open(auditor, "?kind=agent.created");
    await told.until(({ text }) => text.startsWith("retry"));
    return { edge, acme, auditor, told };
  };

  test.each(["suspend", "revoke"])("once it is gone: %s", async (verb) => {
    const { acme, auditor, told } = await auditorOfThisTest();
    await acme.admin.post(`/v1/operators/${auditor.id}/${verb}`);
    await enrolAgent(acme.admin, "feed");
    await told.end();
    expect(told.events).toEqual([]);
  });

  test("once it may look back no more", async () => {
    const { acme, auditor, told } = await auditorOfThisTest();
    const path = `/v1/operators/${auditor.id}`;
    const { etag = "" } = (await acme.admin.get(path)).headers;
    const { id } = await enrolAgent(acme.admin, "one");
    const changed = await acme.admin.patch(path, { role: "enroller", agents: [id] }, etag);
    expect(changed.status).toBe(200);
    await enrolAgent(acme.admin, "feed");
    await told.end();
    expect(told.events.length).toBeLessThan(2);
  });

  test("once its access token has ended", async () => {
    const { edge, acme, told } = await auditorOfThisTest();
    edge.clock.step(limits.accessTokenSeconds * 1_000);
    await enrolAgent(acme.admin, "feed");
    await told.end();
    expect(told.events).toEqual([]);
  });

  test("once the broker stops", async () => {
    const edge = await openTestEdge();
    const told = await Listening.open(await enrolPlatform(edge));
    await told.until(({ events }) => events.length > 0);
    await edge.close();
    await told.end();
  });

  test("where it never might", async () => {
    const { acme } = await organisationOfThisTest();
    const { instance } = await enrolAgent(acme.admin, "feed");
    expect(await instance.get("/v1/audit/stream")).toMatchObject({
      status: 403,
      body: { code: "role.missing" },
    });
    const edge = await edgeOfThisTest();
    expect(await edge.send({ path: "/v1/audit/stream" })).toMatchObject({ status: 401 });
  });
});

test("a principal has so many streams at once, and one more when one has ended [factStreamsPerPrincipal]", async () => {
  const { acme } = await organisationOfThisTest();
  const open: Listening[] = [];
  for (let count = 0; count < limits.factStreamsPerPrincipal; count++)
    open.push(await Listening.open(acme.admin));
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  const rule = { rule: "factStreamsPerPrincipal", limit: limits.factStreamsPerPrincipal, used: 4 };
  expect(await acme.admin.get("/v1/audit/stream")).toMatchObject({
    status: 409,
    body: { code: "limit.reached", ...rule },
  });
  const other = await enrolOperator(acme.admin, "ann", "auditor");
  expect((await Listening.open(other)).status).toBe(200);
  open[0]?.leave();
  for (let status = 0; status !== 200; ) status = (await acme.admin.get("/v1/audit/stream")).status;
});
