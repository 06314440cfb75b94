/** What a script can tell from how `parley` ended. `docs/cli.md` has the same table. */
export const exitCodes = {
  ok: 0,
  /** The broker said no, or `doctor` found something wrong. */
  refused: 1,
  /** The command line is not understood, or asks for what needs `--yes`. */
  usage: 2,
  /** The broker cannot be reached, or something else failed. */
  fault: 3,
  /** There is no such profile, or it was never enrolled. */
  notSignedIn: 4,
  /** It was done, but sockets that should be gone are still open. */
  survivors: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
