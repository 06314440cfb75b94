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

/** What organisations share: operators for their organisation, instances for their agent. */
const reads: readonly Role[] = ["admin", "auditor", "instance"];

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

  "POST /v1/workgroups": ["admin"],
  "GET /v1/workgroups": reads,
  "GET /v1/workgroups/{workgroup}": reads,
  "POST /v1/workgroups/{workgroup}/leave": ["admin"],
  "POST /v1/workgroups/{workgroup}/hand-over": ["admin"],
  "POST /v1/workgroups/{workgroup}/dissolve": ["admin"],
  "POST /v1/workgroups/{workgroup}/invitations": ["admin"],
  "GET /v1/workgroups/{workgroup}/invitations": ["admin", "auditor"],
  "GET /v1/workgroups/{workgroup}/invitations/{invitation}": ["admin", "auditor"],
  "POST /v1/workgroups/{workgroup}/invitations/{invitation}/consent": ["admin"],
  "POST /v1/workgroups/{workgroup}/invitations/{invitation}/decline": ["admin"],
  "POST /v1/workgroups/{workgroup}/invitations/{invitation}/withdraw": ["admin"],
  "GET /v1/workgroups/{workgroup}/members": reads,
  "POST /v1/workgroups/{workgroup}/members": ["admin"],
  "POST /v1/workgroups/{workgroup}/members/{agent}/remove": ["admin"],
  "DELETE /v1/workgroups/{workgroup}/members/{agent}": ["admin"],
  "GET /v1/workgroups/{workgroup}/selectors": ["admin", "auditor"],
  "POST /v1/workgroups/{workgroup}/selectors": ["admin"],
  "DELETE /v1/workgroups/{workgroup}/selectors/{selector}": ["admin"],
  "GET /v1/invitations": ["admin", "auditor"],
  "GET /v1/invitations/{invitation}": ["admin", "auditor"],

  "POST /v1/contracts": ["admin", "instance"],
  "GET /v1/contracts": reads,
  "GET /v1/contracts/{contract}": reads,
  "DELETE /v1/contracts/{contract}": ["admin", "instance"],
  "POST /v1/contracts/{contract}/versions": ["admin", "instance"],
  "GET /v1/contracts/{contract}/versions": reads,
  "GET /v1/contracts/{contract}/report": reads,

  "GET /v1/agents/{agent}/advertisements": reads,
  "GET /v1/agents/{agent}/advertisements/{name}": reads,
  "PUT /v1/agents/{agent}/advertisements/{name}": ["admin", "instance"],
  "DELETE /v1/agents/{agent}/advertisements/{name}": ["admin", "instance"],
  "GET /v1/advertisements/{advertisement}": reads,
  "GET /v1/catalog": reads,
  "GET /v1/agents/{agent}/explain": reads,
  "GET /v1/agents/{agent}/blast-radius": ["admin", "auditor"],
  "GET /v1/agents/{agent}/who-can-reach": ["admin", "auditor"],

  "POST /v1/sessions": ["instance"],
  "GET /v1/sessions": reads,
  "GET /v1/sessions/{session}": reads,
  "GET /v1/sessions/{session}/transcript": reads,
  "POST /v1/sessions/{session}/accept": ["instance"],
  "POST /v1/sessions/{session}/reject": ["admin", "instance"],
  "POST /v1/sessions/{session}/withdraw": ["admin", "instance"],
  "POST /v1/sessions/{session}/close": ["admin", "instance"],

  "GET /v1/sessions/{session}/chain": reads,
  "GET /v1/sessions/{session}/receipt": reads,

  "GET /v1/audit/facts": looksBack,
  "GET /v1/audit/checkpoint": [...looksBack, "instance"],
  "GET /v1/audit/proof": looksBack,
  "GET /v1/audit/export": looksBack,
  "GET /v1/audit/stream": looksBack,
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
  workgroup: reads,
  invitation: ["admin", "auditor"],
  selector: ["admin", "auditor"],
  contract: [...reads, "enroller"],
  // Whoever sees the agent.
  name: [...reads, "enroller"],
  advertisement: reads,
  session: reads,
};

/** A session is closed over REST by admins: an instance closes what it holds, and holds it by its connection. */
const otherwise: Readonly<Record<string, Partial<Record<Role, Expected>>>> = {
  "POST /v1/sessions/{session}/close": { instance: [409, "session.not-held"] },
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
  /** What the path names. */
  readonly things: readonly string[];
  /** Of a success. */
  readonly status: number;
}

export type Expected = readonly [status: number, code: string | undefined];

export function expectedFor({ key, things, status }: Asked, kind: Kind, owner: Owner | undefined): Expected {
  if (kind === "nobody") return [401, "access.missing"];
  if (kind === "suspended admin") return [401, "identity.suspended"];
  if (kind === "revoked instance") return [401, "identity.revoked"];
  if (owner !== undefined && !things.every((thing) => sees(kind, thing, owner))) return [404, "not-found"];
  const other = otherwise[key]?.[roleOf(kind)];
  if (other !== undefined) return other;
  return mayDo[key]?.includes(roleOf(kind)) ? [status, undefined] : [403, "role.missing"];
}
