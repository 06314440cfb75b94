/** Runs a broker until it is asked to stop, or stops by itself: flags in, problems out, everything else is the broker's. */
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Outside } from "./invocation.js";

interface Issue {
  readonly from: string;
  readonly expected: string;
  readonly found: string;
}

interface Running {
  stop(): Promise<void>;
  /** Resolves when it has stopped, rejects when it had to. */
  readonly done: Promise<void>;
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal?: (text: string) => void;
}

/** The broker, as much of it as `serve` needs. */
export interface Broker<Config> {
  loadConfig(sources: {
    readonly flags: Readonly<Record<string, unknown>>;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly file?: string;
  }): { readonly config: Config } | { readonly issues: readonly Issue[] };
  startBroker(config: Config, surroundings: Surroundings): Promise<Running>;
}

interface Typed {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly file: string | undefined;
}

export async function serve<Config>(
  { loadConfig, startBroker }: Broker<Config>,
  { flags, file }: Typed,
  { env, stop, terminal }: Outside,
): Promise<void> {
  const loaded = loadConfig({ flags, env, ...(file === undefined ? {} : { file }) });
  if ("issues" in loaded)
    throw new Complaint(loaded.issues.map(describe).join("\nparley: "), exitCodes.usage);
  // Secrets are shown to a person; where there is none, the broker keeps them in a file.
  const surroundings = { env, ...(terminal.interactive && { terminal: terminal.note }) };
  const running = await startBroker(loaded.config, surroundings).catch((error: unknown) => {
    throw new Complaint(`the broker does not start: ${reasons(error)}`, exitCodes.fault, hintFor(error));
  });
  const stopIt = () => running.stop();
  stop.addEventListener("abort", stopIt, { once: true });
  if (stop.aborted) await stopIt();
  await running.done.catch(async (error: unknown) => {
    // It is closing already; a disk that does not answer is not waited for.
    await Promise.race([running.stop().catch(() => undefined), patience()]);
    throw new Complaint(`the broker had to stop: ${reasons(error)}`, exitCodes.fault);
  });
}

const patienceMs = 2_000;
const patience = () => new Promise<void>((resolve) => void setTimeout(resolve, patienceMs).unref());

const describe = ({ from, expected, found }: Issue): string =>
  `${from}: ${expected.startsWith("expected") ? expected : `expected ${expected}`}, found ${found}`;

/** What happened, and because of what. */
function reasons(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasons(error.cause)}`;
}

function hintFor(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return "Something listens there already: choose another --listen or --management.";
  if (code === "EACCES") return "This user may not do that: look at the folder of --data, and at the port.";
  return undefined;
}
