/** What a process has used of the processors, all its threads together, where the system tells (Linux does). */
import { readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second, on every Linux that one meets. */
const microsecondsPerTick = 10_000;

export function serverTime(pid) {
  let said;
  try {
    said = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The second field is the program's name, in brackets, and may hold blanks.
  const fields = said.slice(said.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}
