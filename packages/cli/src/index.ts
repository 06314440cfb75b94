/** The command line, for whoever runs it inside another program. */
export { type ExitCode, exitCodes } from "./exit-codes.js";
export type { Outside, SignedIn, Speaker } from "./invocation.js";
export { makeProgram, runCommandLine } from "./program.js";
export { signIn } from "./sign-in.js";
export type { Terminal } from "./terminal.js";
