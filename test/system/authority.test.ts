/** Who may act for an organisation, and how that is given and taken: admins, recovery, keys, enrollers. */
import { describe, expect, test } from "vitest";
import { codeOf, jsonOf } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { askEnrolment, enrol, Principal, tokenRefusal } from "../fixtures/principal.js";
import { answersPing, connectAs } from "../fixtures/raw-socket.js";
import { countFacts, kindsSince } from "../fixtures/record.js";
import { embedded, type Key, makeKey } from "../fixtures/signing.js";
import {
  inviteOperator,
  makeAgent,
  makeInstance,
  makeOperator,
  makeOrganisation,
  mintFor,
} from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

describe("the last admin", () => {
  test("in good standing stays, until there is another one that can act [ID-8]", async () => {
    const { admin } = await makeOrganisation(world().platform, "lonely");
    const path = `/v1/operators/${admin.id}`;
    const { etag = "" } = (await admin.get(path)).headers;
    const demote = () => admin.ask("PATCH", path, { role: "auditor" }, { "if-match": etag });
    const attempts = async () => [
      codeOf(await admin.post(`${path}/suspend`)),
      codeOf(await admin.post(`${path}/revoke`)),
      codeOf(await demote()),
    ];
    expect(await attempts()).toEqual(Array(3).fill("operator.last-admin"));
    const { token } = await inviteOperator(admin, "second", "admin");
    expect(await attempts()).toEqual(Array(3).fill("operator.last-admin"));
    await enrol(admin.home, token.token);
    expect((await demote()).status).toBe(200);
    const create = () => admin.post("/v1/agents", { name: "late", owner: "x" });
    expect(codeOf(await create())).toBe("access.invalid");
    admin.forgetToken();
    expect(codeOf(await create())).toBe("role.missing");
  });

  test("of the platform stays too", async () => {
    const { platform } = world();
    expect(codeOf(await platform.post(`/v1/operators/${platform.id}/revoke`))).toBe("operator.last-admin");
  });
});

describe("a recovery token", () => {
  test("is told to the organisation at once, works only after 72 hours, and can be voided before [ID-9]", async () => {
    const { platform, a } = world();
    const path = `/v1/organisations/${a.id}/recovery-tokens`;
    const begin = await countFacts(a.admin);
    const minted = await platform.done<{ token: { id: string; token: string } }>("POST", path, {});
    const answer = await askEnrolment(world().broker, minted.token.token, makeKey());
    expect([answer.status, codeOf(answer)]).toEqual([409, "enrolment.not-yet"]);
    const hours = Number(jsonOf(answer).retryAfterMs) / 3_600_000;
    expect(hours).toBeGreaterThan(71.9);
    expect(hours).toBeLessThanOrEqual(72);
    const { items } = jsonOf<{ items: object[] }>(await a.auditor.get("/v1/alerts"));
    expect(items[0]).toMatchObject({ kind: "admin-token-minted-by-platform", subject: minted.token.id });

    await a.admin.done("POST", `/v1/enrolment-tokens/${minted.token.id}/void`);
    expect(codeOf(await askEnrolment(world().broker, minted.token.token, makeKey()))).toBe(
      "enrolment.invalid",
    );
    expect(await kindsSince(a.admin, begin)).toEqual([
      "operator.invited",
      "enrolment-token.minted",
      "alert.raised",
      "enrolment-token.voided",
    ]);
  });
});

describe("a key", () => {
  const replacing = (principal: Principal, fresh: Key, more: object = {}) => {
    const { key, home, id } = principal;
    const iat = principal.fresh.seconds();
    const claims = { iss: id, aud: home.url, iat, oldKey: key.thumbprint, newKey: fresh.thumbprint, ...more };
    const by = (signer: Key) => embedded("parley-key+jwt", claims, signer);
    return principal.post("/v1/key", { publicKey: fresh.jwk, oldProof: by(key), newProof: by(fresh) });
  };

  test("that was replaced gets no token any more, and never belongs to anybody else [ID-3] [ID-10]", async () => {
    const { admin, agent } = world().a;
    const instance = await makeInstance(admin, agent);
    const begin = await countFacts(admin);
    const { key: old } = instance;
    const fresh = makeKey();
    const connected = await connectAs(instance);
    expect((await replacing(instance, fresh)).status).toBe(200);
    // What the old key has lasts out its minutes.
    expect((await instance.get("/v1/whoami")).status).toBe(200);
    expect(await answersPing(connected)).toBe(true);
    expect(await tokenRefusal(instance)).toBe("key.replaced");
    const next = new Principal(instance.home, instance.id, fresh);
    expect(jsonOf(await next.get("/v1/whoami")).keyThumbprint).toBe(fresh.thumbprint);
    const { token } = await mintFor(admin, agent);
    expect(codeOf(await askEnrolment(world().broker, token, old))).toBe("key.taken");
    expect(codeOf(await replacing(next, old))).toBe("key.taken");
    expect(await kindsSince(admin, begin)).toEqual(["key.replaced", "enrolment-token.minted"]);
    connected.socket.end();
  });

  test("is replaced only by words that both keys sign about this principal at this broker", async () => {
    const instance = await makeInstance(world().a.admin, world().a.agent);
    const lies = [
      { iss: world().a.admin.id },
      { aud: "https://other.example" },
      { oldKey: world().a.admin.key.thumbprint },
      { newKey: world().a.admin.key.thumbprint },
      { role: "admin" },
    ];
    for (const lie of lies) expect(codeOf(await replacing(instance, makeKey(), lie))).toBe("key.invalid");
    expect(codeOf(await replacing(instance, world().b.instance.key))).toBe("key.taken");
    expect(await tokenRefusal(instance)).toBeUndefined();
  });
});

describe("an enroller", () => {
  test("mints for the agents it is named for, and for the rest of the organisation there is nothing", async () => {
    const { admin, enroller, agent } = world().a;
    const other = await makeAgent(admin, "not-named");
    const { token } = await mintFor(enroller, agent);
    expect((await enrol(world().broker, token)).id).toMatch(/^ins_/);
    expect(codeOf(await enroller.post(`/v1/agents/${other}/enrolment-tokens`, {}))).toBe("not-found");
    expect(codeOf(await enroller.get(`/v1/agents/${other}`))).toBe("not-found");
    expect(codeOf(await enroller.get(`/v1/operators/${admin.id}`))).toBe("not-found");
    expect((await enroller.get(`/v1/operators/${enroller.id}`)).status).toBe(200);
    const { items } = jsonOf<{ items: { id: string }[] }>(await enroller.get("/v1/agents"));
    expect(items.map(({ id }) => id)).toEqual([agent]);
    expect(codeOf(await enroller.post("/v1/agents", { name: "mine", owner: "x" }))).toBe("role.missing");
    expect(codeOf(await enroller.get("/v1/audit/facts"))).toBe("role.missing");
  });

  test("that is suspended mints for nobody, and its tokens are void", async () => {
    const { admin, agent } = world().a;
    const enroller = await makeOperator(admin, "leaving", "enroller", [agent]);
    const { token } = await mintFor(enroller, agent);
    await admin.done("POST", `/v1/operators/${enroller.id}/suspend`);
    expect(codeOf(await enroller.post(`/v1/agents/${agent}/enrolment-tokens`, {}))).toBe(
      "identity.suspended",
    );
    expect(codeOf(await askEnrolment(world().broker, token, makeKey()))).toBe("enrolment.invalid");
  });
});
