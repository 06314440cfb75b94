/** The writing process as a test has it: what it said so far, how to stop, freeze and kill it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./store-writer.mjs", import.meta.url));

export interface Acknowledged {
  readonly ordinal: number;
  readonly running: string;
}

export interface WriterOptions {
  readonly folder: string;
  /** Where it says what it says: outside of whatever is about to fail. */
  readonly saysTo: string;
  readonly synchronous?: "FULL" | "NORMAL";
  /** A tool that is killed may leave what it ran behind: under one, the writer ends by itself. */
  readonly commits?: number;
  readonly commitsAfterFailure?: number;
  /** What it runs under, `strace` and its options. */
  readonly under?: readonly string[];
}

export class StoreWriter {
  readonly process: ChildProcess;
  readonly #saysTo: string;
  #complaints = "";

  constructor({ folder, saysTo, synchronous = "FULL", under = [], ...options }: WriterOptions) {
    const { commits = Number.POSITIVE_INFINITY, commitsAfterFailure = 0 } = options;
    this.#saysTo = saysTo;
    const numbers = [commits, commitsAfterFailure].map(String);
    const command = [...under, process.execPath, script, folder, synchronous, ...numbers];
    const [file, ...args] = command as [string, ...string[]];
    // A file, not a pipe: what was said before a kill is whole, and nobody has to read along.
    const says = openSync(saysTo, "w");
    this.process = spawn(file, args, { stdio: ["ignore", says, "pipe"] });
    closeSync(says);
    this.process.stderr?.on("data", (bytes: Buffer) => {
      this.#complaints += bytes.toString();
    });
  }

  /** Every line that it said to its end. */
  lines(): string[] {
    return readFileSync(this.#saysTo, "utf8").split("\n").slice(0, -1);
  }

  acknowledged(): Acknowledged[] {
    return acknowledgedIn(this.lines());
  }

  /** Resolves once it has said so many lines; rejects when it ends before. */
  async said(count: number): Promise<void> {
    while (this.lines().length < count) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`the writer has ended: ${this.lines().slice(-3).join("; ")} ${this.#complaints}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async ended(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended();
  }
}

export function acknowledgedIn(lines: readonly string[]): Acknowledged[] {
  return lines.flatMap((line) => {
    const [verb, ordinal, running] = line.split(" ");
    return verb === "acknowledged" && running ? [{ ordinal: Number(ordinal), running }] : [];
  });
}
