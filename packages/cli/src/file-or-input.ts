/** What a person names as a file: its text, or, for `-`, what standard input holds. */
import { readFileSync } from "node:fs";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Terminal } from "./terminal.js";

export async function fileOrInput(terminal: Terminal, file: string): Promise<string> {
  if (file === "-") return terminal.readInput();
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
}
