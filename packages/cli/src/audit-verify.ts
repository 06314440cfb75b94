/** `parley audit verify`: whether an exported record is what its broker has signed for. Asks nobody, and needs no profile. */
import { createReadStream, readFileSync } from "node:fs";
import { type BundleReport, linesOf, noteBytesMax, parseVerifierKey, verifyBundle } from "@parley/protocol";
import type { Command } from "commander";
import { json } from "./answer.js";
import { Complaint } from "./complaint.js";
import { evidenceCrypto } from "./evidence-crypto.js";
import { exitCodes } from "./exit-codes.js";
import { type Invocation, invocationOf, type Outside } from "./invocation.js";
import { plain } from "./table.js";

interface VerifyOptions {
  readonly key: readonly string[];
  readonly against?: string;
}

export function addAuditVerify(audit: Command, outside: Outside): void {
  audit
    .command("verify")
    .description("whether an exported record is what its broker has signed for; asks no broker")
    .argument("<bundle>", "the exported file, or - for standard input")
    .option(
      "--key <key>",
      "the broker's verifier key, key id or public point, however often; without any, the first in the bundle is trusted",
      (key: string, before: readonly string[]) => [...before, keyOf(key)],
      [] as readonly string[],
    )
    .option(
      "--against <file>",
      "an older signed checkpoint of the same log, which the record must go on from",
    )
    .action(async (bundle: string, options: VerifyOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const report = await verified(invocation, bundle, options);
      invocation.terminal.out(invocation.json ? json(report) : told(report).map(plain).join("\n"));
      if (!report.ok) invocation.exit(exitCodes.refused);
    });
}

function keyOf(text: string): string {
  if (/^[A-Za-z0-9_-]{43}$/.test(text) || parseVerifierKey(text, evidenceCrypto) !== undefined) return text;
  const expected = "expected a verifier key (name+id+key), a key id, or a public point in base64url";
  throw new Complaint(`${text} is no key of a broker: ${expected}`, exitCodes.usage);
}

async function verified(
  { terminal }: Invocation,
  bundle: string,
  { key, against }: VerifyOptions,
): Promise<BundleReport> {
  const older = against === undefined ? undefined : readNote(against);
  const bytes = bundle === "-" ? terminal.input() : createReadStream(bundle, { highWaterMark: 1024 * 1024 });
  try {
    return await verifyBundle(linesOf(bytes), {
      crypto: evidenceCrypto,
      keys: key,
      ...(older === undefined ? {} : { against: older }),
    });
  } catch (error) {
    throw unreadable(bundle, error);
  }
}

/** What is longer than any checkpoint is none, and need not be had whole to be told so. */
function readNote(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(0, noteBytesMax + 1);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** What has come from a system call is the world's; what has not is a bug, and is told as one. */
function unreadable(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  return new Complaint(`${file} cannot be read: ${error.message}`, exitCodes.fault);
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

function told(report: BundleReport): readonly string[] {
  if (!report.ok) return toldRefused(report);
  const { origin, size, root, checked, trust, against, notes } = report;
  const { facts, contents, heads, skipped, sessions, statements, receipts } = checked;
  const kinds = [
    `${counted(facts, "fact")}, ${contents} of them with content`,
    counted(heads, "head"),
    `${skipped} of ${counted(size, "leaf", "leaves")} skipped`,
    counted(sessions, "session"),
    counted(statements, "signed statement"),
    counted(receipts, "receipt"),
  ];
  return [
    "verified: this is the record that the broker has signed for",
    `log      ${origin}`,
    `size     ${size}`,
    `root     ${root}`,
    `checked  ${kinds.join("; ")}`,
    `trusted  ${trust.checkpoint.kid}${trust.checkpoint.by === "given" ? "" : " (nobody gave a key)"}`,
    ...(against === "consistent" ? ["against  goes on from the older checkpoint"] : []),
    ...notes.map((note) => `note     ${note}`),
  ];
}

function toldRefused({ what, expected, found, at }: Extract<BundleReport, { ok: false }>): readonly string[] {
  const { line, stream, position, leaf } = at;
  const where = [
    `line ${line}`,
    ...(stream === undefined ? [] : [stream]),
    ...(position === undefined ? [] : [`position ${position}`]),
    ...(leaf === undefined ? [] : [`leaf ${leaf}`]),
  ];
  return [
    `refused: this is not what the broker has signed for (${what})`,
    `at        ${where.join(", ")}`,
    `expected  ${expected}`,
    `found     ${found}`,
  ];
}
