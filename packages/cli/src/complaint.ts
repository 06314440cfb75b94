/** What went wrong, told to a person: what happened, and what to do next. Scripts get an exit code, and JSON if they asked. */
import { NotAsShown, ParleyFault, ParleyRefusal, SessionEnded } from "@parley/agent-sdk";
import type { LeftToSend } from "@parley/protocol";
import { type ExitCode, exitCodes } from "./exit-codes.js";
import { stepAfterRefusal } from "./next-steps.js";
import { plain } from "./table.js";

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

function stepAfter(error: unknown): string | undefined {
  if (error instanceof Complaint) return error.next;
  if (error instanceof ParleyRefusal) return stepAfterRefusal(error);
  if (error instanceof SessionEnded)
    return `\`parley session transcript ${error.session}\` says how it came to that.`;
  if (error instanceof NotAsShown)
    return "Nothing was signed. Ask who runs the broker why it shows something else.";
  if (!(error instanceof ParleyFault)) return "This is a bug in parley: please report it.";
  return error.retry === "never" ? undefined : "`parley doctor` looks for the reason.";
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Complaint) return error.exitCode;
  return error instanceof ParleyRefusal || error instanceof SessionEnded
    ? exitCodes.refused
    : exitCodes.fault;
}

/** For people: one line for what happened, more where more is known. */
export function explain(error: unknown): string {
  const [first, ...trace] = headline(error);
  const lines = [`parley: ${first}`, ...trace];
  if (error instanceof ParleyRefusal) lines.push(...figures(error));
  if (error instanceof NotAsShown) lines.push(`rule: ${error.rule}`);
  const next = stepAfter(error);
  if (next !== undefined) lines.push(next);
  return lines.map(plain).join("\n  ");
}

/** Only where the bug is takes more than a line. */
function headline(error: unknown): readonly string[] {
  if (error instanceof ParleyRefusal) return [`refused: ${error.message} (${error.code})`];
  if (error instanceof Complaint || error instanceof ParleyFault || error instanceof SessionEnded)
    return [error.message];
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).split(/\n\s*/);
}

function figures({ rule, limit, used, state, retryAfterMs, left, issues }: ParleyRefusal): string[] {
  const known = Object.entries({ rule, limit, used, state, "retry after (ms)": retryAfterMs });
  const said = known.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return [
    ...(said.length === 0 ? [] : [said.join(", ")]),
    ...(left === undefined ? [] : [`left: ${leftText(left)}`]),
    ...issues.map(({ path, expected }) => `${path || "the request"}: ${expected}`),
  ];
}

/** What the terms leave to a side, as far as they set a bound. */
export function leftText({ envelopes, bytes, milliseconds }: LeftToSend): string {
  const bounds = [
    envelopes === null ? undefined : `${envelopes} envelopes`,
    bytes === null ? undefined : `${bytes} bytes`,
    milliseconds === null ? undefined : `${Math.ceil(milliseconds / 1_000)} s`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? "no bound" : bounds.join(", ");
}

/** For scripts: the same, as one object. */
export function errorJson(error: unknown): Readonly<Record<string, unknown>> {
  const next = stepAfter(error);
  if (error instanceof ParleyRefusal) {
    const { code, status, title, detail, rule, limit, used, state, digest, retryAfterMs, left, issues } =
      error;
    const said = {
      code,
      status,
      title,
      detail,
      rule,
      limit,
      used,
      state,
      digest,
      retryAfterMs,
      left,
      issues,
    };
    return { error: "refused", ...said, next };
  }
  if (error instanceof SessionEnded) {
    const { session, reason, detail } = error;
    return { error: "ended", session, reason, detail, next };
  }
  if (error instanceof NotAsShown)
    return { error: "not-as-shown", detail: error.message, rule: error.rule, next };
  const kind = error instanceof Complaint ? "complaint" : error instanceof ParleyFault ? "fault" : "bug";
  return { error: kind, detail: error instanceof Error ? error.message : String(error), next };
}
