import { limits, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { makeSecret } from "../secret.js";
import { organisationOfThisTest } from "../testing/people.js";
import {
  askToEnrol,
  enrol,
  enrolAgent,
  enrolOperator,
  makeAgent,
  mintToken,
  Person,
  sha256,
} from "../testing/person.js";
import { makeSigner } from "../testing/signing.js";

interface Fact {
  readonly content: { readonly actor: string; readonly data: Readonly<Record<string, unknown>> };
}

const refusalsOf = async (person: Person) =>
  ((await person.get("/v1/audit/facts?kind=request.refused&limit=200")).body.items as readonly Fact[]).map(
    ({ content }) => ({ actor: content.actor, code: content.data.code, target: content.data.target }),
  );

test("a stolen token with another key is refused, and its owner reads it in the record [ID-17] [REC-6]", async () => {
  const { edge, acme } = await organisationOfThisTest();
  const { instance: victim, id } = await enrolAgent(acme.admin, "feed");
  const { instance: thief } = await enrolAgent(acme.admin, "other");
  const stolen = await victim.token();
  const dpop = await thief.proof("GET", "/v1/whoami", { ath: sha256(stolen) });
  const headers = { authorization: `DPoP ${stolen}`, dpop };
  const answer = await edge.send({ method: "GET", path: "/v1/whoami", headers });
  expect([answer.status, answer.body.code]).toEqual([401, "access.proof"]);
  expect(await refusalsOf(acme.admin)).toEqual([
    { actor: victim.id, code: "access.proof", target: "/v1/whoami" },
  ]);
  expect(id).toMatch(/^agt_/);
});

test("a request that is sent twice is refused the second time, and that is on the record [ID-16] [REC-6]", async () => {
  const { edge, acme } = await organisationOfThisTest();
  const headers = await acme.admin.access("GET", "/v1/whoami");
  expect((await edge.send({ method: "GET", path: "/v1/whoami", headers })).status).toBe(200);
  expect((await edge.send({ method: "GET", path: "/v1/whoami", headers })).body.code).toBe("access.replayed");
  expect((await refusalsOf(acme.admin)).map(({ code }) => code)).toEqual(["access.replayed"]);
});

test("a key that nobody has enrolled gets no token, and takes no place among what was used [ID-5]", async () => {
  const { edge, acme } = await organisationOfThisTest();
  const stranger = new Person(edge, acme.admin.id, await makeSigner());
  const [assertion, proof] = [await stranger.assertion(), await stranger.proof("POST", "/oauth/token")];
  for (let again = 0; again < 2; again++) {
    expect((await stranger.askToken({ assertion, proof })).body.code).toBe("assertion.invalid");
  }
});

test("tokens whose authority has fallen are listed as what they are: void [ID-7]", async () => {
  const { acme } = await organisationOfThisTest();
  const second = await enrolOperator(acme.admin, "second", "admin");
  const agent = await makeAgent(acme.admin, "feed");
  await mintToken(acme.admin, agent);
  await mintToken(second, agent);
  const states = async () =>
    (
      (await acme.admin.get(`/v1/agents/${agent}/enrolment-tokens`)).body.items as {
        mintedBy: string;
        state: string;
      }[]
    )
      .map(({ mintedBy, state }) => [mintedBy === second.id ? "second" : "first", state])
      .toSorted();
  expect(await states()).toEqual([
    ["first", "open"],
    ["second", "open"],
  ]);
  await acme.admin.post(`/v1/operators/${second.id}/revoke`);
  expect(await states()).toEqual([
    ["first", "open"],
    ["second", "voided"],
  ]);
  await acme.admin.post(`/v1/agents/${agent}/suspend`);
  await acme.admin.post(`/v1/agents/${agent}/resume`);
  expect(await states()).toEqual([
    ["first", "voided"],
    ["second", "voided"],
  ]);
});

test("a cursor of an earlier era of the record is refused, not applied [API-5] [ID-19]", async () => {
  const { edge, platform } = await organisationOfThisTest();
  const { body } = await platform.get("/v1/audit/facts?limit=1");
  const path = `/v1/audit/facts?limit=1&cursor=${String(body.nextCursor)}`;
  expect((await platform.get(path)).status).toBe(200);
  const start = { version: "0.0.0", recover: "record", eraAfter: 1, lastAt: edge.clock.now() } as const;
  const { secret, token } = makeSecret();
  const newcomer = { operator: makeId("operator"), token };
  await edge.relay({ kind: "broker.start", id: makeId("command"), ...start, platform: newcomer });
  expect((await platform.get("/v1/whoami")).body.code).toBe("identity.suspended");
  await (await enrol(edge, secret)).post(`/v1/operators/${platform.id}/resume`);
  const again = new Person(edge, platform.id, platform.signer);
  expect((await again.get(path)).body).toMatchObject({ status: 410, code: "cursor.era" });
  expect((await again.get("/v1/audit/facts?limit=1")).status).toBe(200);
});

test("the platform cannot suspend an organisation past the time in which its admins could void a recovery [ID-9]", async () => {
  const { edge, platform, acme } = await organisationOfThisTest();
  const minted = await platform.post(`/v1/organisations/${acme.id}/recovery-tokens`, {});
  const { token } = minted.body.token as { token: string };
  await platform.post(`/v1/organisations/${acme.id}/suspend`);
  const suspended = await platform.post(`/v1/organisations/${acme.id}/recovery-tokens`, {});
  expect(suspended.body.code).toBe("organisation.suspended");
  const { notBefore, expiresAt } = minted.body.token as { notBefore: string; expiresAt: string };
  expect(Date.parse(expiresAt) - Date.parse(notBefore)).toBe(limits.recoverySecondsDefault * 1_000);
  edge.clock.step(73 * 3_600_000);
  await platform.post(`/v1/organisations/${acme.id}/resume`);
  expect((await askToEnrol(edge, token, await makeSigner())).body.code).toBe("enrolment.invalid");
});

test("tokens minted before their organisation was suspended are void when it is resumed [ID-7]", async () => {
  const { edge, platform, acme } = await organisationOfThisTest();
  const agent = await makeAgent(acme.admin, "feed");
  const before = await mintToken(acme.admin, agent);
  for (const verb of ["suspend", "resume"]) await platform.post(`/v1/organisations/${acme.id}/${verb}`);
  expect((await askToEnrol(edge, before, await makeSigner())).body.code).toBe("enrolment.invalid");
  const admin = new Person(edge, acme.admin.id, acme.admin.signer);
  expect((await askToEnrol(edge, await mintToken(admin, agent), await makeSigner())).status).toBe(201);
});
