/** `parley audit export`, `parley audit checkpoint`, `parley session receipt`: the record, to keep and to show to others. */
import { closeSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import {
  checkpointShownSchema,
  exportLineSchema,
  pageOf,
  parseCheckpoint,
  receiptShownSchema,
} from "@parley/protocol";
import type { Command } from "commander";
import type { z } from "zod";
import { answer, type Read, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import { type Invocation, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { idOf } from "./naming.js";
import { receiptText } from "./receipt-text.js";

interface ExportOptions {
  readonly session?: string;
  readonly from?: string;
  readonly to?: string;
  readonly against?: string;
  readonly out?: string;
}

const linesPerPage = 200;
const lookEverySeconds = 0.5;
const triesMax = 20;
const utf8 = new TextEncoder();
const page = pageOf(exportLineSchema);

export function addExportCommands(audit: Command, outside: Outside): void {
  audit
    .command("export")
    .description("write the record as one file that anybody can verify without a broker")
    .option("--session <session>", "one session, from its proposal to its end")
    .option("--from <time>", "only what happened from then on, like 2026-11-22T08:00:00Z")
    .option("--to <time>", "only what happened before")
    .option("--against <file>", "an older checkpoint: prove that the log has only grown since")
    .option("--out <file>", "write there, and not to the terminal")
    .action(async (options: ExportOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, (speaker) => exportRecord(invocation, speaker, options));
    });

  audit
    .command("checkpoint")
    .description(
      "the last signed head of your organisation's log; keep it, and hold later exports against it",
    )
    .action(async (_options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const ask = { method: "GET", path: "/v1/audit/checkpoint" } as const;
        const look = () => read(speaker, checkpointShownSchema, ask);
        const shown = await untilThere(
          invocation,
          look,
          ({ checkpoint }) => checkpoint,
          "nothing is signed yet",
        );
        answer(invocation, shown, ({ checkpoint }) => checkpoint?.note.trimEnd() ?? "");
      });
    });
}

export function addReceiptCommand(session: Command, outside: Outside): void {
  session
    .command("receipt")
    .description("what the broker states of a session that is closed, signed, with its place in your log")
    .argument("<session>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const id = idOf("session", text);
      await speaking(invocation, async (speaker) => {
        const ask = { method: "GET", path: `/v1/sessions/${id}/receipt` } as const;
        const look = () => read(speaker, receiptShownSchema, ask);
        const shown = await untilThere(
          invocation,
          look,
          ({ receipt }) => receipt,
          `${id} has no receipt yet`,
        );
        answer(invocation, shown, ({ receipt }) => (receipt === null ? "" : receiptText(receipt)));
      });
    });
}

/** What comes a second or two later is waited for: a second has to end, and be signed for. */
async function untilThere<S extends z.ZodType>(
  { pause, stop }: Invocation,
  look: () => Promise<Read<S>>,
  what: (value: z.output<S>) => unknown,
  none: string,
): Promise<Read<S>> {
  for (let tries = 0; tries < triesMax && !stop.aborted; tries++) {
    const shown = await look();
    if (what(shown.value) !== null) return shown;
    await pause(lookEverySeconds, stop);
  }
  throw new Complaint(
    none,
    exitCodes.fault,
    "A receipt comes about two seconds after the close of a session.",
  );
}

async function exportRecord(
  { terminal, stop }: Invocation,
  speaker: Speaker,
  { against: older, out, ...asked }: ExportOptions,
): Promise<void> {
  const against = older === undefined ? undefined : sizeIn(older);
  const part = out === undefined ? undefined : `${out}.part`;
  const file = part === undefined ? undefined : openSync(part, "w", 0o600);
  let lines = 0;
  try {
    for (let cursor: string | undefined; ; ) {
      const query = { ...asked, against, limit: linesPerPage, cursor };
      const ask = { method: "GET", path: "/v1/audit/export", query, signal: stop } as const;
      const { value } = await read(speaker, page, ask);
      for (const line of value.items) {
        // To the byte: what a terminal might obey is part of what was hashed.
        if (file === undefined) terminal.write(utf8.encode(`${line}\n`));
        else writeSync(file, `${line}\n`);
      }
      lines += value.items.length;
      if (value.nextCursor === null) break;
      cursor = value.nextCursor;
    }
  } finally {
    if (file !== undefined) closeSync(file);
  }
  if (out === undefined || part === undefined) return;
  // Only what is whole has the name that was asked for.
  renameSync(part, out);
  terminal.note(`${lines} lines in ${out}. Check it with: parley audit verify ${out}`);
}

function sizeIn(path: string): number {
  const parsed = parseCheckpoint(readFileSync(path, "utf8"));
  if (parsed !== undefined) return parsed.checkpoint.size;
  throw new Complaint(
    `${path} holds no checkpoint`,
    exitCodes.usage,
    "Keep one with `parley audit checkpoint > FILE`.",
  );
}
