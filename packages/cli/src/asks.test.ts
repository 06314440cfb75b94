/** What each command asks of the broker: the command line, and the calls that follow from it. */
import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";
import {
  agent,
  cut,
  instance,
  minted,
  operator,
  organisation,
  page,
  token,
  whoami,
} from "./testing/views.js";

const replies = {
  "GET /v1/whoami": whoami,
  "GET /v1/organisations": page(organisation),
  "POST /v1/organisations": { organisation, operator, token: minted },
  [`GET /v1/organisations/${organisation.id}`]: organisation,
  [`POST /v1/organisations/${organisation.id}/recovery-tokens`]: { operator, token: minted },
  [`POST /v1/organisations/${organisation.id}/suspend`]: { organisation, cut: { sockets: 2, surviving: [] } },
  "GET /v1/operators": page(operator),
  "POST /v1/operators": { operator, token: minted },
  [`GET /v1/operators/${operator.id}`]: operator,
  [`PATCH /v1/operators/${operator.id}`]: operator,
  [`POST /v1/operators/${operator.id}/revoke`]: { operator, cut },
  [`GET /v1/operators/${operator.id}/enrolment-tokens`]: page(token),
  "GET /v1/agents": page(agent),
  "POST /v1/agents": agent,
  [`GET /v1/agents/${agent.id}`]: agent,
  [`PATCH /v1/agents/${agent.id}`]: { ...agent, cut },
  [`POST /v1/agents/${agent.id}/resume`]: { agent, cut },
  [`POST /v1/agents/${agent.id}/enrolment-tokens`]: minted,
  [`GET /v1/agents/${agent.id}/enrolment-tokens`]: page(token),
  [`GET /v1/agents/${agent.id}/instances`]: page(instance),
  [`GET /v1/instances/${instance.id}`]: instance,
  [`POST /v1/instances/${instance.id}/suspend`]: { instance, cut },
  [`POST /v1/enrolment-tokens/${token.id}/void`]: { ...token, state: "voided" },
  "GET /v1/alerts": page(),
  "GET /v1/audit/facts": page(),
  "POST /v1/broker-keys/rotate": { kid: "key-2" },
};

const shown = ({
  method,
  path,
  body,
  ifMatch,
}: {
  method: string;
  path: string;
  body?: unknown;
  ifMatch?: number;
}) =>
  [
    method,
    path,
    ...(body === undefined ? [] : [JSON.stringify(body)]),
    ...(ifMatch ? [`v${ifMatch}`] : []),
  ].join(" ");

test.each([
  ["whoami", "GET /v1/whoami"],
  ["org create markets-co", 'POST /v1/organisations {"name":"markets-co"}'],
  [
    "org create markets-co --display-name Markets --admin-name eve",
    'POST /v1/organisations {"name":"markets-co","displayName":"Markets","adminName":"eve"}',
  ],
  ["org list", "GET /v1/organisations"],
  [`org show ${organisation.id}`, `GET /v1/organisations/${organisation.id}`],
  [`org suspend ${organisation.id}`, `POST /v1/organisations/${organisation.id}/suspend`],
  [
    `org recover ${organisation.id} --admin-name eve`,
    `POST /v1/organisations/${organisation.id}/recovery-tokens {"adminName":"eve"}`,
  ],
  ["operator invite bob --role auditor", 'POST /v1/operators {"name":"bob","role":"auditor"}'],
  [
    `operator invite bob --role enroller --agents ${agent.id} --expires-in 2d`,
    `POST /v1/operators {"name":"bob","role":"enroller","agents":["${agent.id}"],"expiresInSeconds":172800}`,
  ],
  ["operator list", "GET /v1/operators"],
  [`operator show ${operator.id}`, `GET /v1/operators/${operator.id}`],
  [`operator tokens ${operator.id}`, `GET /v1/operators/${operator.id}/enrolment-tokens`],
  [
    `operator role ${operator.id} auditor`,
    `GET /v1/operators/${operator.id}`,
    `PATCH /v1/operators/${operator.id} {"role":"auditor"} v4`,
  ],
  [`operator revoke ${operator.id} --yes`, `POST /v1/operators/${operator.id}/revoke`],
  [
    "agent create equity-feed --owner feeds@markets.example --tag env=prod tier=1",
    'POST /v1/agents {"name":"equity-feed","owner":"feeds@markets.example","tags":{"env":"prod","tier":"1"}}',
  ],
  ["agent list", "GET /v1/agents"],
  [`agent show ${agent.id}`, `GET /v1/agents/${agent.id}`],
  [
    `agent tag ${agent.id} env=test tier- zone=a=b`,
    `GET /v1/agents/${agent.id}`,
    `PATCH /v1/agents/${agent.id} {"tags":{"env":"test","zone":"a=b"}} v7`,
  ],
  [
    `agent owner ${agent.id} ops@markets.example`,
    `GET /v1/agents/${agent.id}`,
    `PATCH /v1/agents/${agent.id} {"owner":"ops@markets.example"} v7`,
  ],
  [`agent resume ${agent.id}`, `POST /v1/agents/${agent.id}/resume`],
  [`agent token ${agent.id}`, `POST /v1/agents/${agent.id}/enrolment-tokens {}`],
  [
    `agent token ${agent.id} --uses 3 --expires-in 90s --ephemeral`,
    `POST /v1/agents/${agent.id}/enrolment-tokens {"uses":3,"expiresInSeconds":90,"ephemeral":true}`,
  ],
  [`agent tokens ${agent.id}`, `GET /v1/agents/${agent.id}/enrolment-tokens`],
  [`instance list ${agent.id}`, `GET /v1/agents/${agent.id}/instances`],
  [`instance show ${instance.id}`, `GET /v1/instances/${instance.id}`],
  [`instance suspend ${instance.id}`, `POST /v1/instances/${instance.id}/suspend`],
  [`token void ${token.id} --yes`, `POST /v1/enrolment-tokens/${token.id}/void`],
  ["alert list", "GET /v1/alerts"],
  ["audit facts", "GET /v1/audit/facts"],
  ["broker-key rotate access", 'POST /v1/broker-keys/rotate {"use":"access"}'],
])("parley %s", async (line, ...calls) => {
  const ran = await run(line, { replies });
  expect(ran.asked.map(shown)).toEqual(calls);
  expect([ran.code, ran.closed]).toEqual([0, 1]);
});

test.each([
  ["agent show equity-feed", "GET /v1/agents", `GET /v1/agents/${agent.id}`],
  ["instance list equity-feed", "GET /v1/agents", `GET /v1/agents/${agent.id}/instances`],
  ["operator show alice", "GET /v1/operators", `GET /v1/operators/${operator.id}`],
  ["org show markets-co", "GET /v1/whoami", `GET /v1/organisations/${organisation.id}`],
  ["org show", "GET /v1/whoami", `GET /v1/organisations/${organisation.id}`],
])("a name is looked up: parley %s", async (line, ...calls) => {
  expect((await run(line, { replies })).asked.map(shown)).toEqual(calls);
});

test("the platform finds an organisation by its name on whatever page it stands", async () => {
  const other = { ...organisation, id: makeId("organisation"), name: "weather-co" };
  const pages = [{ items: [other], nextCursor: "second" }, page(organisation)];
  const ran = await run("org suspend markets-co", {
    replies: {
      ...replies,
      "GET /v1/whoami": { ...whoami, role: "platform", organisation: null },
      get "GET /v1/organisations"() {
        return pages.shift();
      },
    },
  });
  expect(ran.asked.map(({ query }) => query?.cursor)).toEqual([undefined, undefined, "second", undefined]);
  expect(ran.asked.at(-1)?.path).toBe(`/v1/organisations/${organisation.id}/suspend`);
});

test("a name that nobody visible has is refused, and nothing else is asked", async () => {
  const ran = await run("agent revoke fx-feed --yes", { replies });
  expect([ran.code, ran.asked.length]).toEqual([1, 1]);
  expect(ran.notes).toContain('no agent called "fx-feed"');
});

test("a name that two have is not guessed about", async () => {
  const twin = { ...operator, id: makeId("operator") };
  const ran = await run("operator suspend alice", { replies: { "GET /v1/operators": page(operator, twin) } });
  expect(ran.code).toBe(2);
  expect(ran.notes).toContain(`${operator.id}, ${twin.id}`);
});

test("pages are asked for as typed", async () => {
  const ran = await run("audit facts --kind agent.revoked --limit 7 --cursor abc", { replies });
  expect(ran.asked[0]?.query).toEqual({ kind: "agent.revoked", limit: 7, cursor: "abc" });
});

test("what is looked for in the record is asked as it is meant: names by their ids", async () => {
  const typed = [
    ...[
      "--kind",
      "session.*",
      "--decision",
      "refused",
      "--from",
      "2026-01-05T09:00:00Z",
      "--to",
      "2026-01-06T09:00:00Z",
    ],
    ...[
      "--actor",
      operator.id,
      "--agent",
      agent.name,
      "--instance",
      instance.id,
      "--session",
      makeId("session"),
    ],
    ...["--workgroup", makeId("workgroup"), "--contract", makeId("contract"), "--correlation", "order-17"],
    ...["--stream", "platform", "--limit", "3"],
  ];
  const ran = await run(["audit", "facts", ...typed], { replies });
  const given = typed.flatMap((text, at) => (at % 2 === 0 ? [[text.slice(2), typed[at + 1]]] : []));
  expect(ran.asked.at(-1)?.query).toEqual({ ...Object.fromEntries(given), agent: agent.id, limit: 3 });
  expect(ran.code).toBe(0);
});

describe("audit facts --ndjson", () => {
  const fact = (position: number) => ({
    ...{ stream: "platform", position, kind: "broker.started", at: "2026-01-05T09:00:00.000Z" },
    ...{ contentDigest: "d", previous: "p", hash: "h", content: { actor: "\u202e" } },
  });
  /** Three pages, of which the second is empty; the third fails where it is asked to. */
  const pages = (fails: boolean) => ({
    "GET /v1/audit/facts": ({ query }: { query?: { cursor?: string } }) => {
      if (query?.cursor === undefined) return { items: [fact(1), fact(2)], nextCursor: "a" };
      if (query.cursor === "a") return { items: [], nextCursor: "b" };
      return fails ? refusal({ code: "broker.busy" }) : { items: [fact(3)], nextCursor: null };
    },
  });

  test("tells all of it, a fact a line, and nothing that a terminal obeys", async () => {
    const ran = await run("audit facts --ndjson --kind broker.started", { replies: pages(false) });
    expect(ran.out.split("\n").map((line) => JSON.parse(line))).toEqual([fact(1), fact(2), fact(3)]);
    expect(ran.out).not.toContain("\u202e");
    expect(ran.asked.map(({ query }) => query)).toEqual(
      [undefined, "a", "b"].map((cursor) => ({ kind: "broker.started", limit: 200, cursor })),
    );
  });

  test("says where to go on when it breaks off", async () => {
    const ran = await run("audit facts --ndjson", { replies: pages(true) });
    expect([ran.out.split("\n").length, ran.code]).toEqual([2, 1]);
    expect(ran.notes).toContain("--cursor b");
    const rest = await run("audit facts --ndjson --cursor b", { replies: pages(false) });
    expect(JSON.parse(rest.out)).toEqual(fact(3));
  });

  test("has no limit", async () => {
    const ran = await run("audit facts --ndjson --limit 5", { replies: pages(false) });
    expect([ran.code, ran.asked]).toEqual([2, []]);
  });
});

test.each(["instance show x", "token void x --yes", `instance revoke ${agent.id} --yes`])(
  "what is no id is found out before anything is asked: parley %s",
  async (line) => {
    const ran = await run(line, { replies });
    expect([ran.code, ran.asked]).toEqual([2, []]);
  },
);
