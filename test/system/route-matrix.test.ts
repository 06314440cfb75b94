/** Every route × every kind of principal × every kind of id: complete, because it is made from what the broker lists. */
import { afterAll, describe, expect, test } from "vitest";
import { removeFolder } from "../fixtures/broker-process.js";
import {
  type DescribedRoute,
  lacksIn,
  type OpenApi,
  readOpenApi,
  routesIn,
} from "../fixtures/described-api.js";
import { type Answer, codeOf, exchange, type Headers } from "../fixtures/exchange.js";
import type { Principal } from "../fixtures/principal.js";
import { embedded, type Key, makeKey } from "../fixtures/signing.js";
import {
  inviteOperator,
  makeAgent,
  makeInstance,
  makeOperator,
  makeOrganisation,
  makeWorld,
  mintFor,
  type Staffed,
} from "../fixtures/world.js";
import { expectedFor, type Kind, kinds, mayDo, type Owner, owners } from "./expected.js";

const publicRoutes = [
  "GET /.well-known/oauth-authorization-server",
  "GET /.well-known/jwks.json",
  "GET /healthz",
  "POST /v1/enrolments",
  "POST /oauth/token",
];

// Before the tests, because there is one for each route that this broker lists.
const world = await makeWorld();
const { broker, platform, a, b } = world;
afterAll(async () => {
  await broker.stop();
  removeFolder(broker.data);
});
const document = await readOpenApi(broker.url);
const routes = routesIn(document);
const forPrincipals = routes.filter((route) => route.secured);

async function fallen(principal: Principal, path: string): Promise<Principal> {
  await principal.token();
  await a.admin.done("POST", path);
  return principal;
}
const second = await makeOperator(a.admin, "second-admin", "admin");
const lost = await makeInstance(a.admin, a.agent);
const people: Readonly<Record<Exclude<Kind, "nobody">, Principal>> = {
  platform,
  admin: a.admin,
  auditor: a.auditor,
  enroller: a.enroller,
  instance: a.instance,
  "suspended admin": await fallen(second, `/v1/operators/${second.id}/suspend`),
  "revoked instance": await fallen(lost, `/v1/instances/${lost.id}/revoke`),
  "admin of another organisation": b.admin,
};

let count = 0;
const unique = (): string => {
  count += 1;
  return `made-${count}`;
};

/** Things of an organisation, made anew each time: what succeeds may use them up. */
const makers: Readonly<Record<string, (of: Staffed) => Promise<string>>> = {
  organisation: async () => (await makeOrganisation(platform, unique())).id,
  operator: async ({ admin }) => (await inviteOperator(admin, unique(), "auditor")).operator.id,
  agent: ({ admin }) => makeAgent(admin, unique()),
  token: async ({ admin, agent }) => (await mintFor(admin, agent)).id,
  instance: async ({ admin, agent }) => (await makeInstance(admin, agent)).id,
};

async function standing(of: Staffed): Promise<Readonly<Record<string, string>>> {
  const { id: organisation, agent, admin } = of;
  const instance = (await makeInstance(admin, agent)).id;
  return { organisation, agent, instance, operator: of.auditor.id, token: (await mintFor(admin, agent)).id };
}
const things = { own: await standing(a), foreign: await standing(b) };
const prefixes: Readonly<Record<string, string>> = {
  organisation: "org",
  operator: "opr",
  agent: "agt",
  token: "etk",
  instance: "ins",
};

const usesUp = ({ method, path }: DescribedRoute): boolean =>
  method === "PATCH" || /\/(suspend|resume|revoke|void)$/.test(path);

async function idFor(route: DescribedRoute, owner: Owner, succeeds: boolean): Promise<string> {
  const thing = route.parameters[0] ?? "";
  if (owner === "made up") return `${prefixes[thing]}_7zzzzzzzzzzzzzzzzzzzzzzzzz`;
  if (owner === "ill-formed") return "robert'); DROP TABLE agents;--";
  const of = owner === "own" ? a : b;
  return succeeds && usesUp(route) ? ((await makers[thing]?.(of)) ?? "") : (things[owner][thing] ?? "");
}

const bodies: Readonly<Record<string, (speaker: Principal, fresh: Key) => unknown>> = {
  "POST /v1/key": replacement,
  "POST /v1/organisations": () => ({ name: unique() }),
  "POST /v1/organisations/{organisation}/recovery-tokens": () => ({}),
  "POST /v1/operators": (speaker) => ({
    name: unique(),
    role: speaker === platform ? "platform" : "auditor",
  }),
  "PATCH /v1/operators/{operator}": () => ({ role: "auditor" }),
  "POST /v1/agents": () => ({ name: unique(), owner: "ops" }),
  "PATCH /v1/agents/{agent}": () => ({ owner: "others" }),
  "POST /v1/agents/{agent}/enrolment-tokens": () => ({}),
  "POST /v1/broker-keys/rotate": () => ({ use: "receipt" }),
};

function replacement(speaker: Principal, fresh: Key): unknown {
  const claims = {
    iss: speaker.id,
    aud: broker.url,
    iat: speaker.fresh.seconds(),
    oldKey: speaker.key.thumbprint,
    newKey: fresh.thumbprint,
  };
  const proof = (key: Key) => embedded("parley-key+jwt", claims, key);
  return { publicKey: fresh.jwk, oldProof: proof(speaker.key), newProof: proof(fresh) };
}

async function send(route: DescribedRoute, kind: Kind, id: string): Promise<Answer> {
  const path = route.path.replace(/\{\w+\}/, encodeURIComponent(id));
  const { method } = route;
  const headers: Headers = method === "PATCH" ? { "if-match": '"v1"' } : {};
  const fresh = makeKey();
  const make = bodies[route.key];
  if (kind === "nobody") {
    const body = make === undefined ? {} : { body: JSON.stringify(make(a.instance, fresh)) };
    return exchange(broker.url, {
      method,
      path,
      headers: { ...headers, "content-type": "application/json" },
      ...body,
    });
  }
  const speaker = people[kind];
  const answer = await speaker.ask(method, path, make?.(speaker, fresh), headers);
  if (route.key === "POST /v1/key" && answer.status === 200) {
    speaker.key = fresh;
    speaker.forgetToken();
  }
  return answer;
}

/** Everything of an answer but the time and the nonce of the minute. */
function maskedOf({ status, rawHeaders, text }: Answer): unknown {
  const masked = rawHeaders.map((value, at) =>
    at % 2 === 1 && /^(date|dpop-nonce)$/i.test(rawHeaders[at - 1] ?? "") ? "…" : value,
  );
  return { status, headers: masked, text };
}

describe.each(forPrincipals.map((route) => [route.key, route] as const))("%s", (_key, route) => {
  const thing = route.parameters[0];
  const asked = { key: route.key, thing, status: route.status };
  const named: readonly (Owner | undefined)[] = thing === undefined ? [undefined] : owners;

  test.each(kinds)("by %s", async (kind) => {
    const hidden: unknown[] = [];
    for (const owner of named) {
      const [status, code] = expectedFor(asked, kind, owner);
      const id = owner === undefined ? "" : await idFor(route, owner, status < 300);
      const answer = await send(route, kind, id);
      expect({ owner, status: answer.status, code: codeOf(answer) }).toEqual({ owner, status, code });
      if (status === 404) hidden.push(maskedOf(answer));
    }
    // [API-4] What is hidden, what was never there and what cannot be there: the same bytes.
    for (const answer of hidden) expect(answer).toEqual(hidden[0]);
  });
});

describe("the routes that this broker lists", () => {
  test("are those of the expectations, and no others", () => {
    expect(forPrincipals.map((route) => route.key).sort()).toEqual(Object.keys(mayDo).sort());
  });

  test("say what they take, what they answer, and to whom [API-3]", () => {
    expect(lacksIn(document, publicRoutes)).toEqual([]);
  });

  test.each(forPrincipals.map((route) => [route.key, route] as const))(
    "%s is for somebody",
    async (_key, { method, path }) => {
      const answer = await exchange(broker.url, { method, path });
      expect([answer.status, codeOf(answer)]).toEqual([401, "access.missing"]);
    },
  );

  const bare = { summary: "Do what nobody has described", operationId: "bare" };
  const planted: readonly (readonly [string, OpenApi["paths"][string][string]])[] = [
    ["nothing", {}],
    ["no security", { ...bare, responses: { 200: {} } }],
    ["security that is empty", { ...bare, security: [], responses: { 200: {} } }],
    [
      "no schema of what it answers",
      { ...bare, security: [{ dpop: [] }], responses: { 200: { content: {} }, 401: {} } },
    ],
  ];
  test.each(planted)("would be found out with a route that says %s", (_name, described) => {
    const paths = { ...document.paths, "/v1/planted/{planted}": { post: described } };
    const lacks = lacksIn({ paths }, publicRoutes);
    expect(lacks.length).toBeGreaterThan(0);
    expect(lacks.every((lack) => lack.startsWith("POST /v1/planted/{planted} does not say"))).toBe(true);
  });

  test("would be found out without a route that is public", () => {
    expect(lacksIn(document, [...publicRoutes, "GET /v1/nothing"])).toEqual(["GET /v1/nothing is not there"]);
  });
});
