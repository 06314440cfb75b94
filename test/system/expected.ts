/**
 * Who is answered what, on every route: the rules of docs/protocol.md in a few lines, made without looking at the
 * broker's code. The order is the protocol's own: who are you, may you see it, may you do it.
 */
export const kinds = [
  "nobody",
  "platform",
  "admin",
  "auditor",
  "enroller",
  "instance",
  "suspended admin",
  "revoked instance",
  "admin of another organisation",
] as const;
export type Kind = (typeof kinds)[number];

/** Whose thing is named in the path, as seen from the first organisation. */
export const owners = ["own", "foreign", "made up", "ill-formed"] as const;
export type Owner = (typeof owners)[number];
type Role = "platform" | "admin" | "auditor" | "enroller" | "instance";

const everybody: readonly Role[] = ["platform", "admin", "auditor", "enroller", "instance"];
const looksBack: readonly Role[] = ["platform", "admin", "auditor"];

/** Who may, of those that see what is named. */
export const mayDo: Readonly<Record<string, readonly Role[]>> = {
  "POST /v1/key": everybody,
  "GET /v1/whoami": everybody,

  "POST /v1/organisations": ["platform"],
  "GET /v1/organisations": everybody,
  "GET /v1/organisations/{organisation}": everybody,
  "POST /v1/organisations/{organisation}/suspend": ["platform"],
  "POST /v1/organisations/{organisation}/resume": ["platform"],
  "POST /v1/organisations/{organisation}/revoke": ["platform"],
  "POST /v1/organisations/{organisation}/recovery-tokens": ["platform"],

  "POST /v1/operators": ["platform", "admin"],
  "GET /v1/operators": looksBack,
  "GET /v1/operators/{operator}": ["admin", "auditor"],
  "PATCH /v1/operators/{operator}": ["admin"],
  "POST /v1/operators/{operator}/suspend": ["admin"],
  "POST /v1/operators/{operator}/resume": ["admin"],
  "POST /v1/operators/{operator}/revoke": ["admin"],
  "GET /v1/operators/{operator}/enrolment-tokens": ["admin", "auditor"],

  "POST /v1/agents": ["admin"],
  "GET /v1/agents": ["admin", "auditor", "enroller", "instance"],
  "GET /v1/agents/{agent}": ["admin", "auditor", "enroller", "instance"],
  "PATCH /v1/agents/{agent}": ["admin"],
  "POST /v1/agents/{agent}/suspend": ["admin"],
  "POST /v1/agents/{agent}/resume": ["admin"],
  "POST /v1/agents/{agent}/revoke": ["admin"],
  "POST /v1/agents/{agent}/enrolment-tokens": ["admin", "enroller"],
  "GET /v1/agents/{agent}/enrolment-tokens": ["admin", "auditor", "enroller"],
  "GET /v1/agents/{agent}/instances": ["admin", "auditor"],

  "POST /v1/enrolment-tokens/{token}/void": ["admin"],

  "GET /v1/instances/{instance}": ["admin", "auditor"],
  "POST /v1/instances/{instance}/suspend": ["admin"],
  "POST /v1/instances/{instance}/resume": ["admin"],
  "POST /v1/instances/{instance}/revoke": ["admin"],

  "GET /v1/audit/facts": looksBack,
  "GET /v1/alerts": looksBack,
  "POST /v1/broker-keys/rotate": ["platform"],
};

/** Of the first organisation; the instance and the enroller are of the agent that is named. */
const seenBy: Readonly<Record<string, readonly Role[]>> = {
  organisation: everybody,
  operator: ["admin", "auditor"],
  agent: ["admin", "auditor", "enroller", "instance"],
  token: ["admin", "auditor", "enroller"],
  instance: ["admin", "auditor"],
};

const roleOf = (kind: Kind): Role => (kind === "admin of another organisation" ? "admin" : (kind as Role));

function sees(kind: Kind, thing: string, owner: Owner): boolean {
  if (kind === "platform" && thing === "organisation") return owner === "own" || owner === "foreign";
  if (kind === "platform") return false;
  const home: Owner = kind === "admin of another organisation" ? "foreign" : "own";
  return owner === home && (seenBy[thing] ?? []).includes(roleOf(kind));
}

export interface Asked {
  readonly key: string;
  /** What the path names, if it names anything. */
  readonly thing: string | undefined;
  /** Of a success. */
  readonly status: number;
}

export type Expected = readonly [status: number, code: string | undefined];

export function expectedFor({ key, thing, status }: Asked, kind: Kind, owner: Owner | undefined): Expected {
  if (kind === "nobody") return [401, "access.missing"];
  if (kind === "suspended admin") return [401, "identity.suspended"];
  if (kind === "revoked instance") return [401, "identity.revoked"];
  if (thing !== undefined && owner !== undefined && !sees(kind, thing, owner)) return [404, "not-found"];
  return mayDo[key]?.includes(roleOf(kind)) ? [status, undefined] : [403, "role.missing"];
}
