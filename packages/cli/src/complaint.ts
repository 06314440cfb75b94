/** What went wrong, told to a person: what happened, and what to do next. Scripts get an exit code, and JSON if they asked. */
import { ParleyFault, ParleyRefusal } from "@parley/agent-sdk";
import type { RefusalCode } from "@parley/protocol";
import { type ExitCode, exitCodes } from "./exit-codes.js";

/** Something the person who typed can do something about, found before or without the broker. */
export class Complaint extends Error {
  override readonly name = "Complaint";
  readonly exitCode: ExitCode;
  readonly next: string | undefined;

  constructor(message: string, exitCode: ExitCode, next?: string) {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
  }
}

const wait = "Try again later.";
const newToken = "Ask whoever gave you the token for a new one.";

/** What to do about a refusal, where there is more to say than the refusal itself does. */
const nextSteps: Partial<Record<RefusalCode, string>> = {
  "not-found": "It may be misspelt, or not yours to see: the list commands show what you may see.",
  "role.missing": "`parley whoami` shows your role; an admin of your organisation can do this or change it.",
  "access.invalid": "`parley doctor` looks for the reason.",
  "access.proof": "`parley doctor` looks for the reason.",
  "access.nonce": "`parley doctor` looks for the reason.",
  "assertion.invalid": "The broker does not know this key: `parley doctor` looks for the reason.",
  "identity.suspended": "An admin of the organisation can resume it.",
  "identity.revoked": "This is final. Ask an admin for a new enrolment token, and enrol under a new profile.",
  "identity.expired": "This is final. Ask an admin for a new enrolment token, and enrol under a new profile.",
  "key.replaced": "Another copy of this identity has replaced the key. If that was not you, suspend it now.",
  "key.too-often": wait,
  "enrolment.invalid": `Check that the whole token was copied. ${newToken}`,
  "enrolment.expired": newToken,
  "enrolment.used": newToken,
  "enrolment.not-yet":
    "It works once its waiting time is over; an admin of the organisation can void it before.",
  "precondition.failed": "Somebody changed it in the meantime: run the command again.",
  "organisation.name-taken": "Choose another name.",
  "agent.name-taken": "Choose another name.",
  "operator.last-admin": "Invite another admin first: `parley operator invite NAME --role admin`.",
  "standing.final": "Nothing brings it back: create or invite a new one.",
  "broker.busy": wait,
  "broker.storage-full": "Whoever operates the broker must give it more room.",
  "broker.going-away": wait,
};

function stepAfter(error: unknown): string | undefined {
  if (error instanceof Complaint) return error.next;
  if (error instanceof ParleyRefusal) return (nextSteps as Record<string, string | undefined>)[error.code];
  if (!(error instanceof ParleyFault)) return "This is a bug in parley: please report it.";
  return error.retry === "never" ? undefined : "`parley doctor` looks for the reason.";
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Complaint) return error.exitCode;
  return error instanceof ParleyRefusal ? exitCodes.refused : exitCodes.fault;
}

/** For people: one line for what happened, more where more is known. */
export function explain(error: unknown): string {
  const lines = [`parley: ${headline(error)}`];
  if (error instanceof ParleyRefusal) lines.push(...figures(error));
  const next = stepAfter(error);
  if (next !== undefined) lines.push(next);
  return lines.join("\n  ");
}

function headline(error: unknown): string {
  if (error instanceof ParleyRefusal) return `refused: ${error.message} (${error.code})`;
  if (error instanceof Complaint || error instanceof ParleyFault) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function figures({ rule, limit, used, retryAfterMs, issues }: ParleyRefusal): string[] {
  const known = Object.entries({ rule, limit, used, "retry after (ms)": retryAfterMs });
  const said = known.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return [
    ...(said.length === 0 ? [] : [said.join(", ")]),
    ...issues.map(({ path, expected }) => `${path || "the request"}: ${expected}`),
  ];
}

/** For scripts: the same, as one object. */
export function errorJson(error: unknown): Readonly<Record<string, unknown>> {
  const next = stepAfter(error);
  if (error instanceof ParleyRefusal) {
    const { code, status, title, detail, rule, limit, used, retryAfterMs, issues } = error;
    return { error: "refused", code, status, title, detail, rule, limit, used, retryAfterMs, issues, next };
  }
  const kind = error instanceof Complaint ? "complaint" : error instanceof ParleyFault ? "fault" : "bug";
  return { error: kind, detail: error instanceof Error ? error.message : String(error), next };
}
