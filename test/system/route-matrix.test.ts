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
import { makeInstance, makeOperator, makeWorld } from "../fixtures/world.js";
import { expectedFor, type Kind, kinds, mayDo, type Owner, owners } from "./expected.js";
import { bodies, type Dealings, type Ids, openThings, prefixes, queries } from "./shared-things.js";

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

const shared = await openThings(world);
const things = { own: shared.a.standing, foreign: shared.b.standing };

const usesUp = ({ method, path }: DescribedRoute): boolean =>
  ["PATCH", "PUT", "DELETE"].includes(method) ||
  /\/(suspend|resume|revoke|void|leave|hand-over|dissolve|consent|decline|withdraw|remove|accept|reject|close)$/.test(
    path,
  );

async function idsFor(route: DescribedRoute, owner: Owner, succeeds: boolean): Promise<Ids> {
  const named = (idOf: (thing: string) => string): Ids =>
    Object.fromEntries(route.parameters.map((thing) => [thing, idOf(thing)]));
  if (owner === "made up") return named((thing) => `${prefixes[thing] ?? "x"}_7zzzzzzzzzzzzzzzzzzzzzzzzz`);
  if (owner === "ill-formed") return named(() => "robert'); DROP TABLE agents;--");
  const of = owner === "own" ? shared.a : shared.b;
  const made = succeeds && usesUp(route) ? await of.make(route) : {};
  return { ...things[owner], ...received(route, of), ...made };
}

/** At `/v1/invitations` an organisation finds those to itself; a receipt is of a session that is closed. */
function received({ path }: DescribedRoute, { told, closed }: Dealings): Ids {
  if (path.endsWith("/receipt")) return { session: closed };
  return path.startsWith("/v1/invitations/") ? { invitation: told } : {};
}

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

async function send(route: DescribedRoute, kind: Kind, ids: Ids): Promise<Answer> {
  const named = route.path.replace(/\{(\w+)\}/g, (_all, thing: string) =>
    encodeURIComponent(ids[thing] ?? ""),
  );
  const path = `${named}${queries[route.key]?.(kind, shared) ?? ""}`;
  const { method } = route;
  const headers: Headers = method === "PATCH" ? { "if-match": '"v1"' } : {};
  const fresh = makeKey();
  const make =
    route.key === "POST /v1/key"
      ? replacement
      : bodies[route.key] && ((by: Principal) => bodies[route.key]?.({ by, ids, shared, platform }));
  if (kind === "nobody") {
    const body = make === undefined ? {} : { body: JSON.stringify(await make(a.instance, fresh)) };
    return exchange(broker.url, {
      method,
      path,
      headers: { ...headers, "content-type": "application/json" },
      ...body,
    });
  }
  const speaker = people[kind];
  const answer = await speaker.ask(method, path, await make?.(speaker, fresh), headers);
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
  const asked = { key: route.key, things: route.parameters, status: route.status };
  const named: readonly (Owner | undefined)[] = route.parameters.length === 0 ? [undefined] : owners;

  test.each(kinds)("by %s", async (kind) => {
    const hidden: unknown[] = [];
    for (const owner of named) {
      const [status, code] = expectedFor(asked, kind, owner);
      const ids = owner === undefined ? {} : await idsFor(route, owner, status < 300 || status === 409);
      const answer = await send(route, kind, ids);
      // What may be made anew or be there already: both are a success.
      const done = status === 200 && answer.status === 201 ? 200 : answer.status;
      expect({ owner, status: done, code: codeOf(answer) }).toEqual({ owner, status, code });
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
