/**
 * A broker for unit tests that keeps the wire's rules and nothing else: it checks every signature, nonce, hash and type
 * that a client must get right, on a real socket, and answers the rest from a table that the test fills.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  assertionClaims,
  encodeJsonFrame,
  enrolmentClaims,
  enrolRequest,
  type Frame,
  helloClaims,
  keyReplacementClaims,
  makeId,
  type PublicKey,
  problemOf,
  proofClaims,
  replaceKeyRequest,
} from "@parley/protocol";
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { type WebSocket, WebSocketServer } from "ws";
import { reasonOf } from "../fault.js";
import { randomText, sha256 } from "../statements.js";
import { readFrame, readFrames } from "./read-frame.js";
import { keyIn, must, Refused, type Reply, type Route, readSeen, type Seen } from "./seen.js";

export class FakeBroker {
  issuer = "";
  era = 1;
  /** What the broker believes the time to be. */
  nowMs: () => number;
  nonce = "nonce-1";
  enrolmentToken = "secret";
  tokenSeconds = 300;
  readonly principalId = makeId("instance");
  readonly agentId = makeId("agent");
  readonly organisationId = makeId("organisation");
  readonly seen: Seen[] = [];
  /** What went wrong in the client, as the broker saw it. */
  readonly complaints: string[] = [];
  readonly routes = new Map<string, Route>();
  /** Called before anything else: may refuse or hang up. */
  before: Route | undefined;
  /** What is done with a socket that has said hello; by default it is welcomed. */
  welcomed: ((socket: WebSocket) => void) | undefined;
  /** Hears what is said after the welcome. */
  asked: ((socket: WebSocket, call: unknown) => void) | undefined;
  /** Hears envelopes and acknowledgements: one message. */
  carried: ((socket: WebSocket, frames: readonly Frame[]) => void) | undefined;
  readonly frames: { readonly socket: WebSocket; readonly bytes: Uint8Array }[] = [];
  readonly sockets: WebSocket[] = [];
  /** Resolves when the last hello or renewal has been judged. */
  spoken: Promise<void> = Promise.resolve();
  /** How often a connection was renewed. */
  renewals = 0;
  thumbprint: string | undefined;
  readonly #tokens = new Map<string, string>();
  readonly #jtis = new Set<string>();
  readonly #server: Server;
  readonly #upgrades: WebSocketServer;

  private constructor(nowMs: () => number) {
    this.nowMs = nowMs;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.keepAliveTimeout = 1;
    this.#upgrades = new WebSocketServer({
      server: this.#server,
      path: "/v1/connect",
      handleProtocols: (offered) => (offered.has("parley.v1") ? "parley.v1" : false),
    });
  }

  static async start(nowMs: () => number): Promise<FakeBroker> {
    const broker = new FakeBroker(nowMs);
    await new Promise<void>((resolve) => broker.#server.listen(0, "127.0.0.1", resolve));
    broker.issuer = `http://127.0.0.1:${(broker.#server.address() as AddressInfo).port}`;
    broker.#upgrades.on("connection", (socket) => broker.#connected(socket));
    return broker;
  }

  async stop(): Promise<void> {
    for (const socket of this.#upgrades.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  requests(path: string): Seen[] {
    return this.seen.filter((seen) => seen.path === path);
  }

  voidTokens(): void {
    this.#tokens.clear();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await readSeen(request);
    this.seen.push(seen);
    const reply = await this.#reply(seen);
    if (reply === "hang up") {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, {
      date: new Date(this.nowMs()).toUTCString(),
      "content-type": reply.status < 400 ? "application/json" : "application/problem+json",
      ...reply.headers,
    });
    response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  }

  async #reply(seen: Seen): Promise<Reply | "hang up"> {
    try {
      const early = this.before?.(seen);
      if (early !== undefined && (early === "hang up" || early.status !== 0)) return early;
      return await this.#route(seen);
    } catch (error) {
      const code = error instanceof Refused ? error.code : "broker.fault";
      this.complaints.push(reasonOf(error));
      const nonce = code === "access.nonce" ? { "dpop-nonce": this.nonce } : undefined;
      const extra = nonce === undefined ? {} : { error: "use_dpop_nonce" };
      const problem = problemOf({ code });
      return { status: problem.status, body: { ...problem, ...extra }, ...(nonce && { headers: nonce }) };
    }
  }

  async #route(seen: Seen): Promise<Reply | "hang up"> {
    if (seen.path === "/.well-known/oauth-authorization-server")
      return { status: 200, body: { issuer: this.issuer, token_endpoint: `${this.issuer}/oauth/token` } };
    if (seen.path === "/v1/enrolments") return this.#enrol(seen);
    if (seen.path === "/oauth/token") return this.#grant(seen);
    await this.#authenticate(seen);
    if (seen.path === "/v1/key") return this.#replaceKey(seen);
    const route = this.routes.get(`${seen.method} ${seen.path}`);
    must(route !== undefined, "not-found", seen.path);
    return route(seen);
  }

  async #enrol(seen: Seen): Promise<Reply> {
    const { token, publicKey, proof } = enrolRequest.parse(JSON.parse(seen.body));
    const claims = enrolmentClaims.parse(await this.#verify(proof, "parley-enrol+jwt", publicKey));
    must(claims.aud === this.issuer, "enrolment.invalid", "aud");
    must(claims.tokenDigest === (await sha256(token)), "enrolment.invalid", "tokenDigest");
    must(token === this.enrolmentToken, "enrolment.invalid", "token");
    const thumbprint = await calculateJwkThumbprint(publicKey);
    must(this.thumbprint === undefined || this.thumbprint === thumbprint, "enrolment.used", "used");
    this.thumbprint = thumbprint;
    return { status: 201, body: this.enrolled() };
  }

  enrolled() {
    const home = `org/${this.organisationId}/agent/${this.agentId}`;
    const spiffeId = `spiffe://parley.test/${home}/instance/${this.principalId}`;
    return {
      principalId: this.principalId,
      spiffeId,
      trustDomain: "parley.test",
      issuer: this.issuer,
      brokerKeys: [],
    };
  }

  async #grant(seen: Seen): Promise<Reply> {
    const form = new URLSearchParams(seen.body);
    must(form.get("grant_type") === "client_credentials", "grant.unsupported", "grant_type");
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    must(form.get("client_assertion_type") === type, "assertion.invalid", "client_assertion_type");
    const key = await this.#proved(seen, undefined);
    const jkt = await calculateJwkThumbprint(key);
    const jws = form.get("client_assertion") ?? "";
    const claims = assertionClaims.parse(await this.#verify(jws, "client-authentication+jwt", key, false));
    const now = Math.floor(this.nowMs() / 1_000);
    must(claims.iss === this.principalId && claims.sub === this.principalId, "assertion.invalid", "iss, sub");
    must(claims.aud === this.issuer, "assertion.invalid", "aud");
    const isTimely = claims.exp <= claims.iat + 60 && claims.exp > now && claims.iat <= now;
    must(isTimely, "assertion.invalid", "times");
    must(jkt === this.thumbprint, "assertion.invalid", "not the registered key");
    const token = randomText();
    this.#tokens.set(token, jkt);
    return { status: 200, body: { access_token: token, token_type: "DPoP", expires_in: this.tokenSeconds } };
  }

  async #authenticate(seen: Seen): Promise<void> {
    const { authorization } = seen.headers;
    must(
      authorization !== undefined && seen.headers.dpop !== undefined,
      "access.missing",
      "no token or proof",
    );
    must(authorization.startsWith("DPoP "), "access.invalid", "scheme");
    const token = authorization.slice("DPoP ".length);
    const key = await this.#proved(seen, token);
    const jkt = await calculateJwkThumbprint(key);
    must(this.#tokens.has(token), "access.invalid", "unknown token");
    must(this.#tokens.get(token) === jkt, "access.proof", "another key's token");
  }

  async #proved(seen: Seen, token: string | undefined): Promise<PublicKey> {
    const jws = String(seen.headers.dpop);
    const key = keyIn(jws);
    const claims = proofClaims.parse(await this.#verify(jws, "dpop+jwt", key));
    must(claims.nonce === this.nonce, "access.nonce", `nonce ${claims.nonce}`);
    must(claims.htm === seen.method && claims.htu === this.issuer + seen.path, "access.proof", "htm, htu");
    must(claims.ath === (token === undefined ? undefined : await sha256(token)), "access.proof", "ath");
    must(Math.abs(claims.iat * 1_000 - this.nowMs()) <= 60_000, "access.proof", `iat ${claims.iat}`);
    must(claims.jti.length >= 22 && !this.#jtis.has(claims.jti), "access.replayed", "jti");
    this.#jtis.add(claims.jti);
    return key;
  }

  async #replaceKey(seen: Seen): Promise<Reply> {
    const { publicKey, oldProof, newProof } = replaceKeyRequest.parse(JSON.parse(seen.body));
    const oldKey = keyIn(oldProof);
    const oldClaims = keyReplacementClaims.parse(await this.#verify(oldProof, "parley-key+jwt", oldKey));
    const newClaims = keyReplacementClaims.parse(await this.#verify(newProof, "parley-key+jwt", publicKey));
    must(JSON.stringify(oldClaims) === JSON.stringify(newClaims), "key.invalid", "the two proofs differ");
    must(oldClaims.iss === this.principalId && oldClaims.aud === this.issuer, "key.invalid", "iss, aud");
    must(oldClaims.oldKey === this.thumbprint, "key.replaced", "oldKey");
    must(oldClaims.newKey === (await calculateJwkThumbprint(publicKey)), "key.invalid", "newKey");
    this.thumbprint = oldClaims.newKey;
    const after = this.routes.get("POST /v1/key");
    return (after?.(seen) as Reply | undefined) ?? { status: 200, body: { keyThumbprint: this.thumbprint } };
  }

  /** What a statement that binds says, when it is the registered key's, for this broker, of now. */
  async readStatement(text: string, typ: string): Promise<Record<string, unknown>> {
    const key = keyIn(text);
    must((await calculateJwkThumbprint(key)) === this.thumbprint, "key.replaced", "statement's key");
    const claims = (await this.#verify(text, typ, key)) as Record<string, unknown>;
    must(claims.iss === this.principalId && claims.aud === this.issuer, "statement.invalid", "iss, aud");
    must(claims.iat === Math.floor(this.nowMs() / 1_000), "statement.invalid", `iat ${claims.iat}`);
    return claims;
  }

  async #verify(jws: string, typ: string, key: PublicKey, selfSigned = true): Promise<unknown> {
    const header = decodeProtectedHeader(jws);
    must(header.alg === "EdDSA" && header.typ === typ, "request.malformed", `header of ${typ}`);
    const named = header.jwk === undefined ? undefined : JSON.stringify(header.jwk);
    must(named === (selfSigned ? JSON.stringify(key) : undefined), "request.malformed", `jwk of ${typ}`);
    const imported = await importJWK({ ...key }, "EdDSA");
    return (await jwtVerify(jws, imported, { currentDate: new Date(this.nowMs()) })).payload;
  }

  #connected(socket: WebSocket): void {
    this.sockets.push(socket);
    const nonce = randomText();
    let isJudging = false;
    socket.on("message", (data: Buffer) => {
      const bytes = new Uint8Array(data);
      this.frames.push({ socket, bytes });
      const frames = readFrames(bytes);
      if (frames.some(({ kind }) => kind === "send" || kind === "ack")) return this.carried?.(socket, frames);
      const { kind, value } = readFrame(bytes);
      if (kind === "call") this.asked?.(socket, value);
      if (kind !== "hello" && kind !== "renew") return;
      // [SOC-7]
      if (isJudging) return this.#dismiss(socket, 4400, new Error(`${kind} while another was judged`));
      isJudging = true;
      this.spoken = this.#spoken(socket, kind, nonce, value)
        .catch((error: unknown) => this.#dismiss(socket, 4401, error))
        .finally(() => (isJudging = false));
    });
    socket.send(encodeJsonFrame("challenge", { nonce }));
  }

  #dismiss(socket: WebSocket, code: number, error: unknown): void {
    this.complaints.push(reasonOf(error));
    socket.close(code);
  }

  async #spoken(socket: WebSocket, kind: "hello" | "renew", nonce: string, value: unknown): Promise<void> {
    const { token, proof } = value as { token: string; proof: string };
    const key = keyIn(proof);
    const claims = helloClaims.parse(await this.#verify(proof, "parley-hello+jwt", key));
    must(claims.aud === this.issuer && claims.nonce === nonce, "access.proof", "aud, nonce");
    must(claims.ath === (await sha256(token)), "access.proof", "ath");
    must(this.#tokens.get(token) === (await calculateJwkThumbprint(key)), "access.invalid", "token");
    if (kind === "renew") {
      this.renewals += 1;
      socket.send(encodeJsonFrame("renewed", { expiresAt: new Date(0).toISOString() }));
    } else if (this.welcomed !== undefined) this.welcomed(socket);
    else this.welcome(socket);
  }

  welcome(socket: WebSocket, leaseSeconds = 2_592_000): void {
    socket.send(
      encodeJsonFrame("welcome", {
        principal: this.principalId,
        agent: this.agentId,
        organisation: this.organisationId,
        connection: makeId("connection"),
        epoch: this.sockets.length,
        era: this.era,
        checkpoint: null,
        expiresAt: new Date(this.nowMs() + 300_000).toISOString(),
        limits: { leaseSeconds },
      }),
    );
  }
}
