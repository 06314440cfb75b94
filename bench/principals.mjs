/** Principals for measurements: keys, statements, requests and sockets, with as little of a client as will do. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { Agent, request } from "node:http";
import { WebSocket } from "ws";

export const digest = (text) => createHash("sha256").update(text).digest("base64url");
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jti = () => randomBytes(16).toString("base64url");
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export class Refused extends Error {
  name = "Refused";
}

/** One broker as its clients see it: requests that share connections, and the nonce of the minute. */
export class Home {
  constructor(issuer) {
    this.issuer = issuer;
    this.nonce = undefined;
    this.agent = new Agent({ keepAlive: true, maxSockets: 32 });
  }

  send(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
      const options = { method, agent: this.agent, headers: { ...headers, ...length } };
      const sent = request(this.issuer + path, options, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => {
          this.nonce = answer.headers["dpop-nonce"] ?? this.nonce;
          const said = { status: answer.statusCode, body: text === "" ? undefined : JSON.parse(text) };
          if (said.status < 300) resolve(said.body);
          else reject(new Refused(`${method} ${path}: ${said.status} ${said.body?.code}`));
        });
      });
      // The broker let go of an idle connection in the moment in which it was used again: nothing was heard there.
      const unheard = ({ code }) => sent.reusedSocket && code === "ECONNRESET";
      sent.on("error", (error) =>
        unheard(error) ? resolve(this.send(method, path, headers, body)) : reject(error),
      );
      sent.end(body);
    });
  }

  async refresh() {
    await this.send("GET", "/healthz", {});
  }

  close() {
    this.agent.destroy();
  }
}

export class Principal {
  constructor(home, id, key) {
    this.home = home;
    this.id = id;
    this.key = key;
  }

  static async enrol(home, token) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const { x } = publicKey.export({ format: "jwk" });
    const key = { privateKey, jwk: { kty: "OKP", crv: "Ed25519", x } };
    const unnamed = new Principal(home, "", key);
    const proof = unnamed.#sign("parley-enrol+jwt", { aud: home.issuer, tokenDigest: digest(token) });
    const body = JSON.stringify({ token, publicKey: key.jwk, proof });
    const { principalId } = await home.send(
      "POST",
      "/v1/enrolments",
      { "content-type": "application/json" },
      body,
    );
    return new Principal(home, principalId, key);
  }

  #sign(typ, claims, header = { jwk: this.key.jwk }) {
    const signed = `${part({ alg: "EdDSA", typ, ...header })}.${part(claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), this.key.privateKey).toString("base64url")}`;
  }

  /** A statement that binds, in its own name. */
  state(typ, said) {
    const iat = Math.floor(Date.now() / 1_000);
    return this.#sign(typ, { iss: this.id, aud: this.home.issuer, iat, ...said });
  }

  #proof(htm, path, more = {}) {
    const iat = Math.floor(Date.now() / 1_000);
    const { issuer, nonce } = this.home;
    return this.#sign("dpop+jwt", { jti: jti(), htm, htu: issuer + path, iat, nonce, ...more });
  }

  async signIn() {
    const { issuer } = this.home;
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: this.id, sub: this.id, aud: issuer, iat, exp: iat + 50, jti: jti() };
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: assertionType,
      client_assertion: this.#sign("client-authentication+jwt", claims, {}),
    });
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      dpop: this.#proof("POST", "/oauth/token"),
    };
    this.token = (await this.home.send("POST", "/oauth/token", headers, form.toString())).access_token;
  }

  /** What shows who asks: made anew for each request. */
  headersFor(method, path) {
    const dpop = this.#proof(method, path, { ath: digest(this.token) });
    return { authorization: `DPoP ${this.token}`, dpop };
  }

  ask(method, path, body) {
    const headers = this.headersFor(method, path);
    if (body === undefined) return this.home.send(method, path, headers);
    const type = { "content-type": "application/json" };
    return this.home.send(method, path, { ...headers, ...type }, JSON.stringify(body));
  }

  /** Resolves once welcomed, with the socket, how long it took from the first packet, and how it is renewed [SOC-7]. */
  connect() {
    const from = performance.now();
    const { issuer } = this.home;
    const socket = new WebSocket(`${issuer.replace("http", "ws")}/v1/connect`, "parley.v1", {
      perMessageDeflate: false,
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", (code) => reject(new Refused(`the socket ended with ${code}`)));
      socket.once("message", (challenge) => {
        const { nonce } = JSON.parse(challenge.subarray(6).toString());
        const show = (kind) => {
          const proof = this.#sign("parley-hello+jwt", { aud: issuer, nonce, ath: digest(this.token) });
          socket.send(frame(kind, { token: this.token, proof }));
        };
        const renew = async () => {
          await this.signIn();
          show(4);
        };
        socket.once("message", () => {
          socket.removeAllListeners("close");
          resolve({ socket, ms: performance.now() - from, renew });
          socket.on("message", () => socket.send(pong));
        });
        show(2);
      });
    });
  }
}

export function frame(kind, body) {
  const json = Buffer.from(JSON.stringify(body));
  const head = Buffer.from([1, kind, 0, 0, 0, 0]);
  head.writeUInt32BE(json.length, 2);
  return Buffer.concat([head, json]);
}

const pong = frame(7, {});

/** Runs the work on each item, so many at a time. */
export async function atOnce(count, items, work) {
  const left = items.values();
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

export function quantiles(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) };
}
