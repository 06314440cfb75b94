#!/usr/bin/env -S node --max-semi-space-size=64
/** The program `parley`. */
import { connectAs } from "./connect-as.js";
import { pause } from "./pause.js";
import { processTerminal } from "./process-terminal.js";
import { runCommandLine } from "./program.js";
import { signIn } from "./sign-in.js";

const stopping = new AbortController();

/** The first signal asks politely; the second does not wait. */
function onSignal(): void {
  if (stopping.signal.aborted) process.exit(1);
  stopping.abort();
}
process.on("SIGTERM", onSignal);
process.on("SIGINT", onSignal);

// Whoever reads our output may stop reading: `parley agent list | head -1`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = 0;
await runCommandLine(process.argv.slice(2), {
  terminal: processTerminal(process),
  env: process.env,
  signIn: (profile) => signIn(process.env, profile, stopping.signal),
  connect: (profile, troubled) => connectAs(process.env, profile, stopping.signal, troubled),
  pause,
  stop: stopping.signal,
  exit: (code) => {
    process.exitCode = code;
  },
});
process.off("SIGTERM", onSignal);
process.off("SIGINT", onSignal);
// A failed broker may leave open what could not be closed; whoever watches over the process must see it end.
if (process.exitCode !== 0) process.exit();
