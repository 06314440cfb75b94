/** The terminal of this process. */
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import type { Terminal } from "./terminal.js";

export function processTerminal({ stdin, stdout, stderr }: NodeJS.Process): Terminal {
  return {
    out: (line) => stdout.write(`${line}\n`),
    note: (line) => stderr.write(`${line}\n`),
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    readInput: () => text(stdin),
    async confirm(question) {
      // Asked on standard error, so that standard output stays the answer's own.
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        const answer = await lines.question(`${question} [y/N] `);
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        lines.close();
      }
    },
  };
}
