/** What a socket is opened with, and what was recorded of anything: worth nothing anywhere else, and nothing later. */
import { describe, expect, test } from "vitest";
import { startAgain } from "../fixtures/broker-process.js";
import { codeOf, exchange } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import type { Principal } from "../fixtures/principal.js";
import { answersPing, connectAs, helloProof, RawSocket } from "../fixtures/raw-socket.js";
import { changesOf } from "../fixtures/refusals.js";
import { type Key, sha256 } from "../fixtures/signing.js";
import { makeInstance } from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

type Claims = Record<string, unknown>;
const path = "/v1/whoami";

/** One of the two ends of a socket that has said hello like this; 0 where it was welcomed. */
async function hello(
  lie: (nonce: string, token: string, speaker: Principal) => Promise<object> | object,
): Promise<number> {
  const { instance } = world().a;
  const token = await instance.token();
  const socket = new RawSocket(world().broker.url);
  const { value } = await socket.expect("challenge");
  socket.say("hello", await lie(String(value.nonce), token, instance));
  const heard = await Promise.race([socket.closed, socket.next().catch(() => socket.closed)]);
  socket.end();
  return "code" in heard ? heard.code : 0;
}
const proving = (more: Claims, key?: Key) => (nonce: string, token: string, speaker: Principal) => ({
  token,
  proof: helloProof(speaker.home, nonce, token, key ?? speaker.key, more),
});

describe("a hello with", () => {
  test.each<[string, Parameters<typeof hello>[0], number]>([
    ["another nonce", proving({ nonce: "x" }), 4401],
    [
      "the nonce of HTTP",
      (_n, token, s) => ({ token, proof: helloProof(s.home, s.fresh.nonce, token, s.key) }),
      4401,
    ],
    ["another audience", proving({ aud: "https://other.example" }), 4401],
    ["the digest of another token", proving({ ath: sha256("x") }), 4401],
    ["a claim that does not belong there", proving({ iat: 1 }), 4401],
    [
      "the proof of another key: the token was stolen",
      (n, token, s) => ({ token, proof: helloProof(s.home, n, token, world().b.instance.key) }),
      4401,
    ],
    [
      "a proof of HTTP",
      (nonce, token, s) => ({ token, proof: s.proof("GET", "/v1/connect", token, { nonce }) }),
      4401,
    ],
    ["a client assertion as the token", (n, _token, s) => proving({})(n, s.assertion(), s), 4401],
    [
      "somebody else's token",
      async (n, _token, s) => proving({})(n, await world().b.instance.token(), s),
      4401,
    ],
    [
      "an operator's token and proof",
      async (n) => proving({}, world().a.admin.key)(n, await world().a.admin.token(), world().a.admin),
      4403,
    ],
    ["no proof", (_n, token) => ({ token }), 4400],
    [
      "a field that does not belong there",
      (n, token, s) => ({ ...proving({})(n, token, s), instance: s.id }),
      4400,
    ],
    ["numbers", () => ({ token: 1, proof: 2 }), 4400],
  ])("%s is the end of the connection", async (_name, lie, code) => {
    const before = await changesOf(world());
    expect(await hello(lie)).toBe(code);
    expect(await changesOf(world())).toEqual(before);
  });

  test("a proof that another connection was opened with is the end, and the other goes on", async () => {
    const other = await makeInstance(world().a.admin, world().a.agent);
    const connected = await connectAs(other);
    const token = await other.token();
    const code = await hello(() => ({
      token,
      proof: helloProof(other.home, connected.nonce, token, other.key),
    }));
    expect(code).toBe(4401);
    expect(await answersPing(connected)).toBe(true);
    connected.socket.end();
  });
});

describe("after a restart", () => {
  test("whatever was recorded before is worth nothing [ID-15]", async () => {
    const { instance } = world().a;
    await instance.refresh();
    const token = await instance.token();
    const whoami = { authorization: `DPoP ${token}`, dpop: instance.proof("GET", path, token) };
    const body = String(
      new URLSearchParams({
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: instance.assertion(),
      }),
    );
    const type = "application/x-www-form-urlencoded";
    const asking = { "content-type": type, dpop: instance.proof("POST", "/oauth/token") };
    const connected = await connectAs(instance);
    const said = { token, proof: helloProof(instance.home, connected.nonce, token, instance.key) };
    connected.socket.end();
    await world().broker.stop();
    opened.world = { ...world(), broker: await startAgain(world().broker) };

    const again = await exchange(world().broker.url, { method: "GET", path, headers: whoami });
    expect([again.status, codeOf(again)]).toEqual([401, "access.nonce"]);
    const granted = await exchange(world().broker.url, {
      method: "POST",
      path: "/oauth/token",
      headers: asking,
      body,
    });
    expect([granted.status, codeOf(granted)]).toEqual([401, "access.nonce"]);
    expect(await hello(() => said)).toBe(4401);
  });

  test("a principal goes on with a new proof, and with the token that it has", async () => {
    await world().a.instance.refresh();
    expect((await world().a.instance.get(path)).status).toBe(200);
  });
});
