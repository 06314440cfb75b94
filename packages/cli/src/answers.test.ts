/** How commands answer: to people, to scripts, and when the answer is no. */
import { ParleyFault } from "@parley/agent-sdk";
import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";
import { agent, cut, minted, operator, organisation, page, token, whoami } from "./testing/views.js";

test("people get aligned columns", async () => {
  const longer = { ...agent, id: makeId("agent"), name: "commodities-feed", tags: {} };
  const { out } = await run("agent list", { replies: { "GET /v1/agents": page(agent, longer) } });
  const [head = "", first = "", second = "", ...more] = out.split("\n");
  expect(more).toEqual([]);
  expect(head).toMatch(/^ID +NAME +STANDING +OWNER +TAGS$/);
  const at = head.indexOf("STANDING");
  expect([first.slice(at, at + 6), second.slice(at, at + 6)]).toEqual(["active", "active"]);
  expect(first).toMatch(/env=prod tier=1$/);
  expect(second).toMatch(/-$/);
});

test("scripts get exactly what REST answered, fields this version does not know included", async () => {
  const body = { items: [{ ...agent, later: { added: true } }], nextCursor: null };
  const { out, notes } = await run("agent list --json", { replies: { "GET /v1/agents": body } });
  expect(JSON.parse(out)).toEqual(body);
  expect(notes).toBe("");
});

test("`--json` stands wherever one types it", async () => {
  const replies = { "GET /v1/whoami": whoami };
  expect((await run("--json whoami", { replies })).out).toBe((await run("whoami --json", { replies })).out);
});

test("what others have named cannot move the reader's cursor", async () => {
  const evil = { ...organisation, displayName: "x\u001b[2Jy\u202e" };
  const { out } = await run("org list", { replies: { "GET /v1/organisations": page(evil) } });
  expect(out).toContain("x\ufffd[2Jy\ufffd");
});

test("of a fact people see who did what to whom, and scripts all of it", async () => {
  const content = { actor: operator.id, subject: agent.id, data: { agent: { name: "equity-feed" } } };
  const fact = {
    stream: organisation.id,
    position: 5,
    kind: "agent.created",
    at: "2026-01-05T09:00:00.000Z",
    contentDigest: "d",
    previous: "p",
    hash: "h",
    content,
  };
  const replies = { "GET /v1/audit/facts": page(fact, { ...fact, position: 6, content: null }) };
  const lines = (await run("audit facts", { replies })).out.split("\n");
  expect(lines[1]?.split(/ +/)).toEqual([
    fact.at,
    fact.stream,
    "5",
    "agent.created",
    operator.id,
    agent.id,
    "equity-feed",
  ]);
  expect(lines[2]).toContain("(erased)");
  expect(JSON.parse((await run("audit facts --json", { replies })).out).items[0].content).toEqual(content);
});

test("a list that goes on says how", async () => {
  const body = { items: [agent], nextCursor: "abc" };
  expect((await run("agent list", { replies: { "GET /v1/agents": body } })).notes).toContain("--cursor abc");
});

test("an empty list says so on the side, and nothing else", async () => {
  const ran = await run("alert list", { replies: { "GET /v1/alerts": page() } });
  expect([ran.out, ran.notes]).toEqual(["", "There are no alerts."]);
});

test("a minted token is shown with the command that redeems it", async () => {
  const replies = { [`POST /v1/agents/${agent.id}/enrolment-tokens`]: minted };
  const { out, notes } = await run(`agent token ${agent.id}`, { replies });
  expect(out).toBe("token  the-secret");
  expect(notes).toContain("parley agent enrol --broker https://broker.test --token the-secret");
});

test("a token that was shown before is not", async () => {
  const replies = { [`POST /v1/agents/${agent.id}/enrolment-tokens`]: { ...minted, token: null } };
  const { out, notes } = await run(`agent token ${agent.id}`, { replies });
  expect(out).toBe("");
  expect(notes).toContain("cannot be shown again");
});

test("a recovery token says from when it works", async () => {
  const waiting = { ...minted, state: "waiting", notBefore: "2026-01-08T09:00:00.000Z" };
  const replies = {
    [`POST /v1/organisations/${organisation.id}/recovery-tokens`]: { operator, token: waiting },
  };
  const { notes } = await run(`org recover ${organisation.id}`, { replies });
  expect(notes).toContain("from 2026-01-08T09:00:00.000Z until");
});

test("after a taking away what was cut is told", async () => {
  const replies = { [`POST /v1/agents/${agent.id}/suspend`]: { agent, cut } };
  const ran = await run(`agent suspend ${agent.id}`, { replies });
  expect([ran.out, ran.notes, ran.code]).toEqual([
    `agent ${agent.id} is suspended.`,
    "2 connections were cut.",
    0,
  ]);
});

test("the platform is told of connections, and of no session", async () => {
  const { sockets, surviving } = cut;
  const replies = {
    [`POST /v1/organisations/${organisation.id}/suspend`]: { organisation, cut: { sockets, surviving } },
  };
  const ran = await run(`org suspend ${organisation.id}`, { replies });
  expect([ran.notes, ran.code]).toEqual(["2 connections were cut.", 0]);
});

test.each(["", " --json"])(
  "connections that would not die are named loudly, and it is no success%s",
  async (json) => {
    const surviving = [makeId("connection"), makeId("connection")];
    const replies = {
      [`POST /v1/agents/${agent.id}/revoke`]: { agent, cut: { sockets: 5, sessions: 0, surviving } },
    };
    const ran = await run(`agent revoke ${agent.id} --yes${json}`, { replies });
    expect(ran.notes).toContain("WARNING: 2 CONNECTIONS ARE STILL OPEN");
    for (const connection of surviving) expect(ran.notes).toContain(connection);
    expect(ran.code).toBe(5);
  },
);

test.each([`agent revoke ${agent.id}`, `token void ${token.id}`])(
  "what cannot be undone is not done by a script without --yes: parley %s",
  async (line) => {
    const ran = await run(line);
    expect([ran.code, ran.asked, ran.profiles]).toEqual([2, [], []]);
    expect(ran.notes).toContain("--yes");
  },
);

test("a person is asked, and no is no", async () => {
  const ran = await run(`agent revoke ${agent.id}`, { interactive: true });
  expect(ran.questions).toEqual([`To revoke the agent ${agent.id} cannot be undone. Do it?`]);
  expect([ran.code, ran.asked, ran.notes]).toEqual([2, [], "parley: nothing was done"]);
});

test("a person is asked, and yes is yes", async () => {
  const replies = { [`POST /v1/agents/${agent.id}/revoke`]: { agent, cut } };
  const ran = await run(`agent revoke ${agent.id}`, { interactive: true, confirms: true, replies });
  expect([ran.code, ran.asked.length]).toEqual([0, 1]);
});

test("who says --yes is not asked", async () => {
  const replies = { [`POST /v1/agents/${agent.id}/revoke`]: { agent, cut } };
  const ran = await run(`agent revoke ${agent.id} --yes`, { interactive: true, replies });
  expect([ran.code, ran.questions]).toEqual([0, []]);
});

test("what can be undone is done without a question", async () => {
  const replies = { [`POST /v1/agents/${agent.id}/suspend`]: { agent, cut } };
  expect((await run(`agent suspend ${agent.id}`, { interactive: true, replies })).questions).toEqual([]);
});

test("a refusal says what happened, the figures, and what to do next", async () => {
  const no = refusal({ code: "operator.last-admin", rule: "lastAdmin", limit: 1, used: 1 });
  const replies = { [`POST /v1/operators/${operator.id}/suspend`]: no };
  const ran = await run(`operator suspend ${operator.id}`, { replies });
  expect(ran.notes.split("\n")).toEqual([
    "parley: refused: The last admin in good standing cannot be taken away (operator.last-admin)",
    "  rule: lastAdmin, limit: 1, used: 1",
    "  Invite another admin first: `parley operator invite NAME --role admin`.",
  ]);
  expect([ran.out, ran.code, ran.closed]).toEqual(["", 1, 1]);
});

test("a refusal for a script is one object on standard error", async () => {
  const ran = await run("whoami --json", {
    replies: { "GET /v1/whoami": refusal({ code: "identity.suspended" }) },
  });
  expect(ran.out).toBe("");
  expect(JSON.parse(ran.notes)).toMatchObject({ error: "refused", code: "identity.suspended", status: 401 });
});

test("a fault exits with 3 and points to the doctor", async () => {
  const fault = new ParleyFault("cannot reach https://broker.test: ECONNREFUSED", "later");
  const ran = await run("whoami", { replies: { "GET /v1/whoami": fault } });
  expect(ran.code).toBe(3);
  expect(ran.notes).toBe(`parley: ${fault.message}\n  \`parley doctor\` looks for the reason.`);
});

test("a bug is called one", async () => {
  const ran = await run("whoami", { replies: { "GET /v1/whoami": new TypeError("x is not a function") } });
  expect(ran.code).toBe(3);
  expect(ran.notes).toMatch(/^parley: TypeError: x is not a function\n[\s\S]*This is a bug in parley/);
});

test("an answer of another version is a fault, not half a table", async () => {
  const replies = { "GET /v1/agents": page({ ...agent, standing: "asleep" }) };
  const ran = await run("agent list", { replies });
  expect([ran.out, ran.code]).toEqual(["", 3]);
});

test.each([
  ["", "default"],
  [" --profile eve", "eve"],
  [" --as eve", "eve"],
  [" --as eve --profile eve", "eve"],
])("speaks as the profile that was named%s", async (flags, profile) => {
  const { profiles } = await run(`whoami${flags}`, { replies: { "GET /v1/whoami": whoami } });
  expect(profiles).toEqual([profile]);
});

test("PARLEY_PROFILE names the profile when nothing else does", async () => {
  const options = { replies: { "GET /v1/whoami": whoami }, env: { PARLEY_PROFILE: "carol" } };
  expect((await run("whoami", options)).profiles).toEqual(["carol"]);
  expect((await run("whoami --as eve", options)).profiles).toEqual(["eve"]);
});

test("two different profiles are a contradiction", async () => {
  expect((await run("whoami --as eve --profile mallory")).code).toBe(2);
});

test.each([
  "",
  "nonsense",
  "agent nonsense",
  "agent token",
  "agent create x",
  "agent list --limit 0",
  "agent token x --expires-in 5y",
  "operator invite bob",
  "operator invite bob --role king",
  "operator role bob platform",
  "agent create x --owner y --tag novalue",
  "whoami --as ../../etc/passwd extra",
])("exits with 2 when the line is not understood: parley %s", async (line) => {
  const ran = await run(line === "" ? [] : line);
  expect([ran.code, ran.asked]).toEqual([2, []]);
});

test.each(["--help", "agent --help", "--version", "help agent"])("exits with 0: parley %s", async (line) => {
  const ran = await run(line);
  expect(ran.code).toBe(0);
  expect(ran.out).not.toBe("");
});
