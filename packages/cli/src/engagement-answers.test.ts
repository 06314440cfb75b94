/** What people are told of workgroups, contracts, offers and sessions: what has happened, and what to do next. */
import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";
import {
  advertisement,
  changedMember,
  changedSelector,
  contract,
  item,
  report,
  selector,
  session,
  version,
  workgroup,
} from "./testing/engagement-views.js";
import { agent, cut, page } from "./testing/views.js";

const group = `/v1/workgroups/${encodeURIComponent("markets-co/channel")}`;
const known = `/v1/workgroups/${workgroup.id}`;
const sessionPath = `/v1/sessions/${session.id}`;
const surviving = [makeId("connection")];

const takings: readonly (readonly [line: string, call: string, answer: object])[] = [
  [`agent tag ${agent.id} env-`, `PATCH /v1/agents/${agent.id}`, agent],
  ["workgroup leave markets-co/channel --yes", `POST ${known}/leave`, { workgroup: workgroup.id }],
  ["workgroup dissolve markets-co/channel --yes", `POST ${known}/dissolve`, { workgroup }],
  [`workgroup remove markets-co/channel ${agent.id}`, `DELETE ${group}/members/${agent.id}`, changedMember],
  [
    `workgroup remove markets-co/channel ${selector.id}`,
    `DELETE ${group}/selectors/${selector.id}`,
    changedSelector,
  ],
  [
    `retract ${agent.id} equities`,
    `DELETE /v1/agents/${agent.id}/advertisements/equities`,
    { advertisement },
  ],
];

/** What is looked at first. */
const read = { [`GET /v1/agents/${agent.id}`]: agent, [`GET ${group}`]: workgroup };

test.each(takings)("parley %s says how many sessions it has closed", async (line, call, answered) => {
  const closed = await run(line, {
    replies: { ...read, [call]: { ...answered, cut: { ...cut, sessions: 3 } } },
  });
  expect([closed.notes, closed.code]).toEqual([expect.stringContaining("3 sessions were closed."), 0]);
  const none = await run(line, { replies: { ...read, [call]: { ...answered, cut } } });
  expect(none.notes).toContain("No session was closed by it.");
});

test.each(takings)(
  "parley %s never says success when a connection survived",
  async (line, call, answered) => {
    const ran = await run(line, {
      replies: { ...read, [call]: { ...answered, cut: { ...cut, surviving } } },
    });
    expect(ran.code).toBe(5);
    expect(ran.notes).toContain(surviving[0] ?? "nothing");
  },
);

test("who is taken out by name and stays in by its tags is not called removed", async () => {
  const call = `DELETE ${group}/members/${agent.id}`;
  const line = `workgroup remove markets-co/channel ${agent.id}`;
  const still = await run(line, { replies: { [call]: { ...changedMember, offer: true } } });
  expect(still.out).toContain("STILL IN");
  expect(still.notes).toContain("parley workgroup members markets-co/channel --selectors");
  const gone = { ...changedMember, offer: false, engage: false };
  expect((await run(line, { replies: { [call]: gone } })).out).toBe(`Removed: ${agent.id}.`);
});

test("what is added by tags says for how many it is", async () => {
  const ran = await run("workgroup add markets-co/channel --tag env=prod --engage", {
    replies: { [`POST ${group}/selectors`]: changedSelector },
  });
  expect(ran.notes).toContain("2 agents");
});

test("a right that is taken back by adding less says what it has closed", async () => {
  const line = `workgroup add markets-co/channel ${agent.id} --offer`;
  const call = `POST ${group}/members`;
  const before = { [`GET ${group}/members`]: page() };
  const less = { ...changedMember, cut: { ...cut, sessions: 1 } };
  expect((await run(line, { replies: { ...before, [call]: less } })).notes).toContain(
    "1 session was closed.",
  );
  expect((await run(line, { replies: { ...before, [call]: changedMember } })).notes).toBe("");
});

test("an offer is shown with every term that a proposal agrees to", async () => {
  const ran = await run(`catalog show ${advertisement.id}`, {
    replies: { [`GET /v1/advertisements/${advertisement.id}`]: advertisement },
  });
  for (const term of Object.keys(advertisement.contract.terms)) expect(ran.out).toContain(`\n${term} `);
  expect(ran.out).toContain(advertisement.contract.termsDigest);
  expect(ran.notes).toContain(`parley session propose ${advertisement.id}`);
});

test("what is found says how to read its terms; nothing found does not", async () => {
  const some = await run("catalog search", { replies: { "GET /v1/catalog": page(item) } });
  expect(some.notes).toContain("parley catalog show");
  const none = await run("catalog search", { replies: { "GET /v1/catalog": page() } });
  expect(none.notes).not.toContain("parley catalog show");
});

test("other terms than those that were read are not proposed under", async () => {
  const replies = {
    [`GET /v1/advertisements/${advertisement.id}`]: advertisement,
    "POST /v1/sessions": session,
  };
  const line = `session propose ${advertisement.id} --terms-digest`;
  const other = await run(`${line} ${"x".repeat(43)}`, { replies });
  expect([other.signed, other.code]).toEqual([[], 1]);
  expect(other.notes).toContain(`parley catalog show ${advertisement.id}`);
  const same = await run(`${line} ${advertisement.contract.termsDigest}`, { replies });
  expect([same.signed.length, same.code]).toEqual([1, 0]);
});

test.each([
  ["proposed", "provider", "an instance of"],
  ["proposed", "operator", `parley session accept ${session.id}`],
  ["accepted", "open", "each side has joined"],
])("a session that is %s under %s says who is to do what", async (state, acceptance, says) => {
  const shown = { ...session, state, terms: { ...session.terms, acceptance } };
  const ran = await run(`session show ${session.id}`, { replies: { [`GET ${sessionPath}`]: shown } });
  expect(ran.notes).toContain(says);
  expect(ran.notes).toContain(session.closesBy);
});

test("a session says by which term it ended, and whose doing it was", async () => {
  const closed = {
    reason: "contract_violation",
    detail: null,
    side: "consumer",
    rule: "maxEnvelopes",
    limit: 2,
    used: 3,
  };
  const over = { ...session, state: "closed", closesBy: null, closed };
  const ran = await run(`session show ${session.id}`, { replies: { [`GET ${sessionPath}`]: over } });
  expect(ran.out).toContain("maxEnvelopes (limit 2, used 3) by the consumer");
  expect(ran.out).toMatch(/stated by the consumer +tier=gold/);
  expect(ran.out).toMatch(/sent by the consumer +2 \(300 bytes\), 1 acknowledged/);
  expect(ran.notes).toContain("parley session transcript ses_");
});

test("a new version is shown whole, and says that it binds nobody yet", async () => {
  const ran = await run(`contract version ${contract.id} --set acceptance=open`, {
    replies: {
      [`GET /v1/contracts/${contract.id}`]: contract,
      [`POST /v1/contracts/${contract.id}/versions`]: version,
    },
  });
  for (const term of Object.keys(version.terms)) expect(ran.out).toContain(`\n${term} `);
  expect(ran.notes).toContain("--contract feed-terms");
});

test("a report lists the sessions that terms on trial would have ended", async () => {
  const wouldRefuse = [{ rule: "requiredTags", at: "proposal", detail: "env" }];
  const items = [{ session: session.id, proposedAt: session.proposedAt, at: "proposal", wouldRefuse }];
  const ran = await run(`contract report ${contract.id}`, {
    replies: { [`GET /v1/contracts/${contract.id}/report`]: { ...report, items, nextCursor: "second" } },
  });
  expect(ran.notes).toContain("There is more: add --cursor second");
  expect(ran.out).toMatch(new RegExp(`${session.id}.*proposal +requiredTags: env`));
});

const noes = [
  [{ code: "session.state", state: "accepted" }, "parley session close"],
  [{ code: "session.state", state: "closed" }, "parley session show"],
  [{ code: "role.missing", rule: "instance" }, "--as"],
  [{ code: "role.missing", rule: "owner" }, "parley workgroup show"],
  [{ code: "role.missing", rule: "admin" }, "parley whoami"],
  [{ code: "contract.unmet", rule: "requiredTags" }, "parley agent tag"],
  [{ code: "contract.unmet", rule: "minAgentAgeDays" }, "parley catalog show"],
  [{ code: "not-found", rule: "capability" }, "parley catalog show"],
  [{ code: "request.malformed", rule: "agent" }, "--agent"],
  [{ code: "contract.changed" }, "parley catalog show"],
] as const;

test.each(noes)("what to do about %j is said", async (no, next) => {
  const ran = await run(`session withdraw ${session.id}`, {
    replies: { [`POST ${sessionPath}/withdraw`]: refusal(no) },
  });
  expect(ran.code).toBe(1);
  expect(ran.notes).toContain(next);
});
