/** The terminal of this process. */
import { createInterface } from "node:readline/promises";
import { buffer, text } from "node:stream/consumers";
import type { Terminal } from "./terminal.js";

export function processTerminal({ stdin, stdout, stderr }: NodeJS.Process): Terminal {
  return {
    out: (line) => stdout.write(`${line}\n`),
    write: (bytes) => stdout.write(bytes),
    note: (line) => stderr.write(`${line}\n`),
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    readInput: () => text(stdin),
    readBytes: () => buffer(stdin),
    input: () => stdin,
    async confirm(question) {
      // Asked on standard error, so that standard output stays the answer's own.
      const lines = createInterface({ input: stdin, output: stderr });
      // Ctrl-C and the end of the input close it without an answer: that is a no.
      const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
      try {
        const answer = await Promise.race([lines.question(`${question} [y/N] `), closed]);
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        lines.close();
      }
    },
  };
}
