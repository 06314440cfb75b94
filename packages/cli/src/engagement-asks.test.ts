/** What the commands about workgroups, contracts, offers and sessions ask of the broker, and what they sign. */
import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { run } from "./testing/desk.js";
import {
  advertisement,
  changedMember,
  changedSelector,
  contract,
  invitation,
  item,
  member,
  report,
  selector,
  session,
  version,
  workgroup,
} from "./testing/engagement-views.js";
import { agent, cut, page } from "./testing/views.js";

const group = `/v1/workgroups/${encodeURIComponent("markets-co/channel")}`;
const known = `/v1/workgroups/${workgroup.id}`;
const asked = `${known}/invitations/${invitation.id}`;
const sessionPath = `/v1/sessions/${session.id}`;
const offersOf = `/v1/agents/${agent.id}/advertisements`;
const replies = {
  "GET /v1/agents": page(agent),
  [`GET /v1/agents/${agent.id}`]: agent,
  "GET /v1/workgroups": page(workgroup),
  "POST /v1/workgroups": workgroup,
  [`GET ${group}`]: workgroup,
  [`POST ${known}/leave`]: { workgroup: workgroup.id, cut },
  [`POST ${known}/dissolve`]: { workgroup, cut },
  [`POST ${group}/invitations`]: invitation,
  [`POST ${known}/hand-over`]: invitation,
  [`GET ${group}/invitations`]: page(invitation),
  [`GET ${group}/members`]: page(member),
  [`POST ${group}/members`]: changedMember,
  [`DELETE ${group}/members/${agent.id}`]: changedMember,
  [`GET ${group}/selectors`]: page(selector),
  [`POST ${group}/selectors`]: changedSelector,
  [`DELETE ${group}/selectors/${selector.id}`]: { ...changedSelector, cut },
  "GET /v1/invitations": page(invitation),
  [`GET /v1/invitations/${invitation.id}`]: invitation,
  [`POST ${asked}/consent`]: invitation,
  [`POST ${asked}/decline`]: { ...invitation, state: "declined" },
  [`POST ${asked}/withdraw`]: { ...invitation, state: "withdrawn" },
  "GET /v1/contracts": page(contract),
  "POST /v1/contracts": contract,
  [`GET /v1/contracts/${contract.id}`]: contract,
  [`DELETE /v1/contracts/${contract.id}`]: contract,
  [`GET /v1/contracts/${contract.id}/versions`]: page(version),
  [`POST /v1/contracts/${contract.id}/versions`]: version,
  [`GET /v1/contracts/${contract.id}/report`]: report,
  [`PUT ${offersOf}/equities`]: advertisement,
  [`GET ${offersOf}`]: page(advertisement),
  [`DELETE ${offersOf}/equities`]: { advertisement, cut },
  [`GET /v1/advertisements/${advertisement.id}`]: advertisement,
  "GET /v1/catalog": page(item),
  "POST /v1/sessions": session,
  "GET /v1/sessions": page(session),
  [`GET ${sessionPath}`]: session,
  [`POST ${sessionPath}/accept`]: session,
  [`POST ${sessionPath}/reject`]: session,
  [`POST ${sessionPath}/withdraw`]: session,
  [`POST ${sessionPath}/close`]: session,
};

const shown = ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
  [method, path, ...(body === undefined ? [] : [JSON.stringify(body)])].join(" ");

const rows: readonly (readonly [line: readonly string[], ...calls: string[]])[] = [
  [
    ["workgroup", "create", "channel", "--purpose", "Prices for weather", "--admission", "owner"],
    'POST /v1/workgroups {"name":"channel","purpose":"Prices for weather","admission":"owner"}',
  ],
  [["workgroup", "list"], "GET /v1/workgroups"],
  [["workgroup", "show", "markets-co/channel"], `GET ${group}`],
  [
    ["workgroup", "invite", "markets-co/channel", invitation.organisation, "--introduction", "hello"],
    `POST ${group}/invitations {"organisation":"${invitation.organisation}","introduction":"hello"}`,
    `POST ${asked}/consent {"statement":"signed-consent"}`,
  ],
  [
    ["workgroup", "hand-over", "markets-co/channel", invitation.organisation],
    `GET ${group}`,
    `POST ${known}/hand-over {"organisation":"${invitation.organisation}"}`,
    `POST ${asked}/consent {"statement":"signed-consent"}`,
  ],
  [
    ["workgroup", "hand-over", "markets-co/channel", workgroup.owner.name],
    `GET ${group}`,
    `POST ${known}/hand-over {"organisation":"${workgroup.owner.id}"}`,
    `POST ${asked}/consent {"statement":"signed-consent"}`,
  ],
  [
    ["workgroup", "consent", invitation.id, "--digest", invitation.digest],
    `GET /v1/invitations/${invitation.id}`,
    `POST ${asked}/consent {"statement":"signed-consent"}`,
  ],
  [["workgroup", "decline", invitation.id], `GET /v1/invitations/${invitation.id}`, `POST ${asked}/decline`],
  [
    ["workgroup", "withdraw", invitation.id],
    `GET /v1/invitations/${invitation.id}`,
    `POST ${asked}/withdraw`,
  ],
  [["workgroup", "leave", "markets-co/channel", "--yes"], `GET ${group}`, `POST ${known}/leave`],
  [["workgroup", "dissolve", "markets-co/channel", "--yes"], `GET ${group}`, `POST ${known}/dissolve`],
  [["workgroup", "members", "markets-co/channel"], `GET ${group}/members`],
  [["workgroup", "members", "markets-co/channel", "--selectors"], `GET ${group}/selectors`],
  [
    ["workgroup", "add", "markets-co/channel", "equity-feed", "--offer"],
    "GET /v1/agents",
    `GET ${group}/members`,
    `POST ${group}/members {"agent":"${agent.id}","offer":true,"engage":false}`,
  ],
  [
    ["workgroup", "add", "markets-co/channel", "--tag", "env=prod", "--engage"],
    `POST ${group}/selectors {"tags":{"env":"prod"},"offer":false,"engage":true}`,
  ],
  [["workgroup", "remove", "markets-co/channel", agent.id], `DELETE ${group}/members/${agent.id}`],
  [["workgroup", "remove", "markets-co/channel", selector.id], `DELETE ${group}/selectors/${selector.id}`],
  [["invitation", "list"], "GET /v1/invitations"],
  [["invitation", "list", "--workgroup", "markets-co/channel"], `GET ${group}/invitations`],
  [["invitation", "show", invitation.id], `GET /v1/invitations/${invitation.id}`],
  [
    ["contract", "create", "feed-terms", "--set", "acceptance=open", "maxEnvelopes=5", "messageTypes=[]"],
    'POST /v1/contracts {"name":"feed-terms","terms":{"maxEnvelopes":5,"messageTypes":[],"acceptance":"open"},"statement":"signed-contract"}',
  ],
  [["contract", "list"], "GET /v1/contracts"],
  [["contract", "show", "feed-terms"], "GET /v1/contracts", `GET /v1/contracts/${contract.id}`],
  [["contract", "show", contract.id, "--versions"], `GET /v1/contracts/${contract.id}/versions`],
  [
    ["contract", "version", contract.id, "--set", "acceptance=operator"],
    `GET /v1/contracts/${contract.id}`,
    `POST /v1/contracts/${contract.id}/versions {"terms":{"acceptance":"operator"},"statement":"signed-contract"}`,
  ],
  [["contract", "report", contract.id], `GET /v1/contracts/${contract.id}/report`],
  [["contract", "delete", contract.id, "--yes"], `DELETE /v1/contracts/${contract.id}`],
  [
    [
      "advertise",
      "equity-feed",
      "equities",
      "--capability",
      "markets.equity=prices",
      "--workgroup",
      "markets-co/channel",
      "--contract",
      contract.id,
    ],
    "GET /v1/agents",
    `GET /v1/agents/${agent.id}`,
    `GET ${offersOf}/equities`,
    `GET ${group}`,
    `GET /v1/contracts/${contract.id}`,
    `PUT ${offersOf}/equities {"capabilities":[{"name":"markets.equity","description":"prices"}],"workgroups":["${workgroup.id}"],"contract":{"id":"${contract.id}","termsDigest":"${version.termsDigest}"},"statement":"signed-advertisement"}`,
  ],
  [["advertisements", agent.id], `GET ${offersOf}`],
  [["retract", agent.id, "equities"], `DELETE ${offersOf}/equities`],
  [["catalog", "search", "prices", "--capability", "markets.*", "--available"], "GET /v1/catalog"],
  [["catalog", "show", advertisement.id], `GET /v1/advertisements/${advertisement.id}`],
  [
    ["session", "propose", advertisement.id, "--purpose", "morning brief"],
    `GET /v1/advertisements/${advertisement.id}`,
    'POST /v1/sessions {"statement":"signed-proposal"}',
  ],
  [["session", "list", "--state", "open", "--side", "provider"], "GET /v1/sessions"],
  [["session", "show", session.id], `GET ${sessionPath}`],
  [
    ["session", "accept", session.id, "--yes"],
    `GET ${sessionPath}`,
    `POST ${sessionPath}/accept {"statement":"signed-acceptance"}`,
  ],
  [
    ["session", "reject", session.id, "--detail", "not now"],
    `POST ${sessionPath}/reject {"detail":"not now"}`,
  ],
  [["session", "withdraw", session.id], `POST ${sessionPath}/withdraw`],
  [["session", "close", session.id], `POST ${sessionPath}/close`],
];

test.each(rows)("parley %j", async (line, ...calls) => {
  const ran = await run(line, { replies });
  expect([ran.asked.map(shown), ran.code]).toEqual([calls, 0]);
  expect(ran.closed).toBe(1);
});

test("a search is asked for as it was typed", async () => {
  const line = "catalog search quick prices --capability markets.* --available --limit 5 --agent equity-feed";
  const { asked: calls } = await run(line, { replies });
  const query = calls.at(-1)?.query ?? {};
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  expect(given).toEqual({
    capability: "markets.*",
    q: "quick prices",
    available: "true",
    agent: agent.id,
    limit: 5,
  });
});

test("a proposal names what the advertisement names now", async () => {
  const { signed } = await run(`session propose ${advertisement.id}`, { replies });
  expect(signed.map((text) => JSON.parse(text))).toEqual([
    {
      advertisement: advertisement.id,
      workgroup: workgroup.id,
      capability: "markets.equity",
      termsDigest: advertisement.contract.termsDigest,
    },
  ]);
});

test.each([
  ["workgroup add markets-co/channel --offer", "give an agent"],
  ["workgroup add markets-co/channel equity-feed --tag a=b --offer", "give an agent"],
  ["workgroup add markets-co/channel equity-feed", "--offer"],
  [`workgroup consent ${agent.id}`, "inv_…"],
  ["session show x", "ses_…"],
  ["session propose a/b/c/d", "adv_…"],
  ["catalog show x", "adv_…"],
  ["workgroup invite markets-co/channel weather-co", "org_…"],
  ["contract create x --set acceptance=perhaps", "acceptance"],
  ["contract create x --set maxEnvelope=5", "maxEnvelope"],
  ["contract create x --set acceptance", "TERM=VALUE"],
  ["contract create x --set messageTypes=[", "not JSON"],
  ["contract create x --terms /no/such/file", "/no/such/file"],
  ["contract delete feed-terms", "--yes"],
])("what is wrong is found before anything is signed: parley %s", async (line, says) => {
  const ran = await run(line, { replies });
  expect([ran.code, ran.asked, ran.signed]).toEqual([2, [], []]);
  expect(ran.notes).toContain(says);
});

test("which workgroup and which capability must be said where there are several", async () => {
  const several = {
    ...advertisement,
    workgroups: [...advertisement.workgroups, { id: makeId("workgroup"), address: "weather-co/den" }],
    capabilities: ["markets.equity", "markets.fx"].map((name) => ({
      ...advertisement.capabilities[0],
      name,
    })),
  };
  const both = { ...replies, [`GET /v1/advertisements/${advertisement.id}`]: several };
  const line = `session propose ${advertisement.id}`;
  const neither = await run(line, { replies: both });
  expect([neither.code, neither.signed]).toEqual([2, []]);
  expect(neither.notes).toContain("weather-co/den");
  const chosen = await run(`${line} --workgroup weather-co/den --capability markets.fx`, { replies: both });
  expect(JSON.parse(chosen.signed[0] ?? "{}")).toMatchObject({
    workgroup: several.workgroups[1]?.id,
    capability: "markets.fx",
  });
});

test("terms come from a file or from standard input as well", async () => {
  const ran = await run("contract create x --terms - --set acceptance=open", {
    replies,
    input: '{"maxEnvelopes":2,"acceptance":"provider"}',
  });
  expect(ran.asked[0]?.body).toMatchObject({ terms: { maxEnvelopes: 2, acceptance: "open" } });
});
