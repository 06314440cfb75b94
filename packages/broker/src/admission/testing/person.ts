/**
 * Somebody with a key: enrols with a token, signs assertions and proofs, and asks with them. Each statement can be
 * given other claims or another header than it should have.
 */
import { hash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import {
  accessTokenSchema,
  agentSchema,
  assertionTypeUrn,
  enrolledSchema,
  limits,
  mintedTokenSchema,
  organisationSchema,
  statementTypes,
} from "@parley/protocol";
import { z } from "zod";
import type { TestEdge } from "./edge.js";
import { makeSigner, type Signer } from "./signing.js";
import type { Answer } from "./speak.js";

type Claims = Readonly<Record<string, unknown>>;

export const sha256 = (text: string): string => hash("sha256", text, "base64url");

let counted = 0;
/** Comes once in a test run; long enough to be a `jti`. */
export const fresh = (): string => `jti-${String(++counted).padStart(8, "0")}`;

export class Person {
  readonly edge: TestEdge;
  readonly id: string;
  signer: Signer;
  #token: { readonly text: string; readonly until: number } | undefined;

  constructor(edge: TestEdge, id: string, signer: Signer) {
    this.edge = edge;
    this.id = id;
    this.signer = signer;
  }

  get seconds(): number {
    return Math.floor(this.edge.clock.now() / 1_000);
  }

  async nonce(): Promise<string> {
    const { headers } = await this.edge.send({ path: "/healthz" });
    return headers["dpop-nonce"] ?? "";
  }

  assertion(over: Claims = {}, header: Claims = {}): Promise<string> {
    const { id, seconds: iat } = this;
    const claims = { iss: id, sub: id, aud: this.edge.issuer, iat, exp: iat + 60, jti: fresh() };
    return this.signer.sign(
      { alg: "EdDSA", typ: statementTypes.assertion, ...header },
      { ...claims, ...over },
    );
  }

  async proof(method: string, path: string, over: Claims = {}, header: Claims = {}): Promise<string> {
    const claims = { jti: fresh(), htm: method, htu: `${this.edge.issuer}${path}`, iat: this.seconds };
    const nonce = "nonce" in over ? {} : { nonce: await this.nonce() };
    const head = { alg: "EdDSA", typ: statementTypes.proof, jwk: this.signer.publicKey, ...header };
    return this.signer.sign(head, { ...claims, ...nonce, ...over });
  }

  /** Asks for a token, with statements that may be other ones than the right ones. */
  async askToken(
    given: { assertion?: string; proof?: string; form?: Record<string, string> } = {},
  ): Promise<Answer> {
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: assertionTypeUrn,
      client_assertion: given.assertion ?? (await this.assertion()),
      ...given.form,
    });
    const dpop = given.proof ?? (await this.proof("POST", "/oauth/token"));
    const headers = { "content-type": "application/x-www-form-urlencoded", dpop };
    return this.edge.send({ method: "POST", path: "/oauth/token", headers, body: form.toString() });
  }

  /** An access token that is still good for a while. */
  async token(): Promise<string> {
    const now = this.edge.clock.now();
    if (this.#token === undefined || now >= this.#token.until) {
      const { status, body, text } = await this.askToken();
      if (status !== 200) throw new Error(`no token: ${text}`);
      const { access_token } = accessTokenSchema.parse(body);
      this.#token = { text: access_token, until: now + (limits.accessTokenSeconds - 10) * 1_000 };
    }
    return this.#token.text;
  }

  /** The two headers that routes for principals take. */
  async access(method: string, path: string, over: Claims = {}): Promise<OutgoingHttpHeaders> {
    const token = await this.token();
    const bare = path.replace(/\?.*$/s, "");
    return {
      authorization: `DPoP ${token}`,
      dpop: await this.proof(method, bare, { ath: sha256(token), ...over }),
    };
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: OutgoingHttpHeaders = {},
  ): Promise<Answer> {
    const access = await this.access(method, path);
    return this.edge.send({ method, path, headers: { ...access, ...headers }, body });
  }

  get(path: string, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.ask("GET", path, undefined, headers);
  }

  post(path: string, body?: unknown, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.ask("POST", path, body, headers);
  }

  patch(path: string, body: unknown, ifMatch?: string): Promise<Answer> {
    return this.ask("PATCH", path, body, ifMatch === undefined ? {} : { "if-match": ifMatch });
  }

  /** A statement that binds, in this person's name. */
  state(typ: string, said: Claims): Promise<string> {
    return this.signer.state(typ, { iss: this.id, aud: this.edge.issuer, iat: this.seconds, ...said });
  }

  /** What was answered, or an error that says why it was not. */
  async done<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return schema.parse(answer.body);
  }

  /** What was made, or an error that says why it was not. */
  async make<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.post(path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return schema.parse(answer.body);
  }
}

export async function askToEnrol(
  edge: TestEdge,
  token: string,
  signer: Signer,
  over: { proof?: string; publicKey?: unknown; claims?: Claims } = {},
): Promise<Answer> {
  const claims = { aud: edge.issuer, tokenDigest: sha256(token), ...over.claims };
  const proof = over.proof ?? (await signer.state(statementTypes.enrolment, claims));
  const body = { token, publicKey: over.publicKey ?? signer.publicKey, proof };
  return edge.send({ method: "POST", path: "/v1/enrolments", body });
}

/** Redeems the token with a new key. */
export async function enrol(edge: TestEdge, token: string): Promise<Person> {
  const signer = await makeSigner();
  const { status, body, text } = await askToEnrol(edge, token, signer);
  if (status !== 201) throw new Error(`not enrolled: ${text}`);
  return new Person(edge, enrolledSchema.parse(body).principalId, signer);
}

export const enrolPlatform = (edge: TestEdge): Promise<Person> => enrol(edge, edge.firstToken);

/** A token as it is shown the first time: with its secret. */
export const shownToken = mintedTokenSchema.extend({ token: z.string() });
const invitation = z.object({ token: shownToken });
const founding = invitation.extend({ organisation: organisationSchema });

/** An organisation of this name, and its first admin. */
export async function foundOrganisation(
  platform: Person,
  name: string,
): Promise<{ readonly id: string; readonly admin: Person }> {
  const { organisation, token } = await platform.make("/v1/organisations", { name }, founding);
  return { id: organisation.id, admin: await enrol(platform.edge, token.token) };
}

export async function enrolOperator(
  admin: Person,
  name: string,
  role: string,
  agents: readonly string[] = [],
): Promise<Person> {
  const { token } = await admin.make("/v1/operators", { name, role, agents }, invitation);
  return enrol(admin.edge, token.token);
}

export async function makeAgent(admin: Person, name: string): Promise<string> {
  const { id } = await admin.make("/v1/agents", { name, owner: `${name}@example.com` }, agentSchema);
  return id;
}

export async function mintToken(admin: Person, agent: string, terms: object = {}): Promise<string> {
  const { token } = await admin.make(`/v1/agents/${agent}/enrolment-tokens`, terms, shownToken);
  return token;
}

/** An agent of this name, and one instance of it. */
export async function enrolAgent(
  admin: Person,
  name: string,
): Promise<{ readonly id: string; readonly instance: Person }> {
  const id = await makeAgent(admin, name);
  return { id, instance: await enrol(admin.edge, await mintToken(admin, id)) };
}
