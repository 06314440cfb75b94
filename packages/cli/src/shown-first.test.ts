/** What binds or takes away is shown first and asked for, and what is shown cannot pretend to be something else. */
import { completeTerms, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { json } from "./answer.js";
import { plain } from "./table.js";
import { refusal, run } from "./testing/desk.js";
import { changedMember, member, session } from "./testing/engagement-views.js";
import { agent, operator, page } from "./testing/views.js";

const path = `/v1/sessions/${session.id}`;
const replies = { [`GET ${path}`]: session, [`POST ${path}/accept`]: { ...session, state: "accepted" } };

test("an acceptance is shown with who, what for and every term, and asked for", async () => {
  const no = await run(`session accept ${session.id}`, { replies, interactive: true, confirms: false });
  expect([no.code, no.signed, no.questions.length]).toEqual([2, [], 1]);
  for (const said of [
    session.purpose,
    session.capability,
    "maxEnvelopes",
    session.consumer.organisation.name,
  ])
    expect(no.notes).toContain(said);
  const yes = await run(`session accept ${session.id}`, { replies, interactive: true, confirms: true });
  expect([yes.code, yes.signed]).toEqual([0, ["acceptance"]]);
  const unasked = await run(`session accept ${session.id}`, { replies });
  expect([unasked.code, unasked.signed]).toEqual([2, []]);
  expect(unasked.notes).toContain("--yes");
});

test("an acceptance of terms of which another digest is stated is not signed [STM-7]", async () => {
  const other = { ...session, terms: completeTerms({ maxEnvelopes: 3 }) };
  const ran = await run(`session accept ${session.id} --yes`, {
    replies: { ...replies, [`GET ${path}`]: other },
  });
  expect([ran.code, ran.signed]).toEqual([3, []]);
});

const forgeries: readonly (readonly [rule: string, forged: object])[] = [
  ["purpose", { purpose: "evening brief" }],
  ["workgroup", { workgroup: makeId("workgroup") }],
  ["proposalDigest", { proposalDigest: "d".repeat(43) }],
  ["proposalStatement", { proposalStatement: "proposal" }],
];

test.each(forgeries)(
  "an acceptance is not signed where the %s is not the signed one [STM-6]",
  async (rule, forged) => {
    const known = { ...replies, [`GET ${path}`]: { ...session, ...forged } };
    const ran = await run(`session accept ${session.id} --yes`, { replies: known });
    expect([ran.code, ran.signed, ran.asked.length]).toEqual([3, [], 1]);
    expect(ran.notes).toContain(`rule: ${rule}`);
    const said = await run(`session accept ${session.id} --yes --json`, { replies: known });
    expect(JSON.parse(said.notes)).toMatchObject({ error: "not-as-shown", rule });
  },
);

const acceptedBy = (iss: string, of: string = session.id): string => {
  const claims = { iss, aud: "https://broker.test", iat: 1, session: of, proposal: session.proposalDigest };
  return ["e30", Buffer.from(JSON.stringify(claims)).toString("base64url"), "signature"].join(".");
};

const own = acceptedBy(operator.id);
const others = acceptedBy(makeId("operator"));
const unasked: readonly (readonly [state: string, whose: string, statement: string | null, code: number])[] =
  [
    ["accepted", "by oneself", own, 0],
    ["active", "by oneself", own, 0],
    ["accepted", "by another admin", others, 1],
    ["active", "by another admin", others, 1],
    ["active", "by oneself in another session", acceptedBy(operator.id, makeId("session")), 1],
    ["accepted", "by the contract alone", null, 1],
    ["accepted", "by nobody who can be read", "e30.e30.signature", 1],
    ["accepted", "by nothing that is a statement", "statement", 1],
    ["closed", "by oneself before", own, 1],
  ];

test.each(unasked)(
  "what is %s, %s, is not signed, whoever says that it is [SES-19]",
  async (state, _whose, acceptanceStatement, code) => {
    const known = { ...replies, [`GET ${path}`]: { ...session, state, acceptanceStatement } };
    const ran = await run(`session accept ${session.id} --yes`, { replies: known });
    expect([ran.code, ran.signed, ran.asked.length]).toEqual([code, [], 1]);
    expect(ran.notes).toContain(code === 0 ? "nothing is left to sign" : `it is ${state}`);
  },
);

test("an agent that would lose a right is asked about, or wants --yes", async () => {
  const members = "/v1/workgroups/channel/members";
  const both = { ...member, engage: true };
  const known = { [`GET ${members}`]: page(both), [`POST ${members}`]: changedMember };
  const line = `workgroup add channel ${agent.id} --offer`;
  const ran = await run(line, { replies: known });
  expect([ran.code, ran.asked.map(({ method }) => method)]).toEqual([2, ["GET"]]);
  expect(ran.notes).toContain("engage");
  const yes = await run(`${line} --yes`, { replies: known });
  expect(yes.asked.at(-1)?.body).toEqual({ agent: agent.id, offer: true, engage: false });
  const kept = await run(`${line} --engage`, { replies: known });
  expect([kept.code, kept.asked.map(({ method }) => method)]).toEqual([0, ["POST"]]);
});

test.each(["--nonsense", "agent nonsense", "catalog", "session accept"])(
  "with --json what is wrong with the command line is one JSON object too: parley %s",
  async (line) => {
    const { code, notes, out } = await run(`${line} --json`);
    expect([code, out]).toEqual([2, ""]);
    expect(JSON.parse(notes)).toMatchObject({ error: "complaint" });
  },
);

test.each([
  "workgroup show ..",
  "workgroup members .",
  "advertise a .. --capability c --workgroup w",
  "retract a ..",
])("dots are no name: parley %s", async (line) => {
  const ran = await run(line, { replies: { "GET /v1/agents": page({ ...agent, name: "a" }) } });
  expect([ran.code, ran.signed]).toEqual([2, []]);
  expect(ran.notes).toContain("is not a name");
});

const hidden = ["\u200b", "\u200e", "\u200f", "\u061c", "\ufeff", "\u2066", "\u009b", "\u2028", "\u{e0041}"];

test.each(hidden)("nothing that is not seen comes through: %j", async (mark) => {
  expect(plain(`a${mark}b`)).toBe("a\ufffdb");
  const text = json({ name: `a${mark}b\n` });
  expect(text).not.toContain(mark);
  expect(JSON.parse(text)).toEqual({ name: `a${mark}b\n` });
});

test("a refusal cannot move the reader's cursor either, nor as JSON", async () => {
  const broken = { "GET /v1/agents": refusal({ code: "request.malformed", detail: "x\u001b[2J\u202ey" }) };
  const { notes } = await run("agent list", { replies: broken });
  expect(notes).toContain("x\ufffd[2J\ufffdy");
  expect((await run("agent list --json", { replies: broken })).notes).not.toContain("\u202e");
});

test("filters that REST has are there", async () => {
  const asked = async (line: string) => (await run(line)).asked.at(-1)?.query;
  expect(await asked(`session list --agent ${agent.id}`)).toMatchObject({ agent: agent.id });
  expect(await asked("catalog search --no-available")).toMatchObject({ available: "false" });
  expect(await asked("contract report default --number 2")).toMatchObject({ number: "2" });
});
