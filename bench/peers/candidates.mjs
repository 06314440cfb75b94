/**
 * Who is measured: how each one's server is started as a process of its own, with a process of load beside it, and how
 * both are ended. What this machine does not have is said, with what would bring it.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../sessions/broker-process.mjs";
import { findNats, startNats } from "./nats-process.mjs";

const here = (name) => new URL(`./${name}`, import.meta.url).pathname;

/** A load that has been left may have ended its server already: the channel closes before the exit is told. */
function leave(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  if (child.connected) child.disconnect();
  return gone;
}

/** One that is asked something by message and answers by one, or ends. */
function answer(child) {
  return new Promise((resolve, reject) => {
    const hear = (said) => {
      child.off("exit", end);
      resolve(said);
    };
    const end = (code, signal) => {
      child.off("message", hear);
      reject(new Error(`process ${child.pid} ended with ${code ?? signal}`));
    };
    child.once("message", hear);
    child.once("exit", end);
  });
}

async function startForked(file, words = []) {
  const child = fork(here(file), words);
  const { ready } = await answer(child);
  return { pid: child.pid, url: ready, stop: () => leave(child) };
}

const nats = (jetStream) => ({
  lacks: () => (findNats() ? undefined : "nats-server is not installed (apt-get install nats-server)"),
  start: (folder) => startNats(findNats().binary, folder, { jetStream }),
});

const profiled = (options) =>
  options.profile ? { flags: ["--cpu-prof", "--cpu-prof-dir", options.profile] } : {};

const candidates = {
  parley: {
    lacks: () => undefined,
    async start(folder, options) {
      const broker = await startBroker(folder, "127.0.0.1:0", profiled(options));
      return { pid: broker.pid, issuer: broker.issuer, token: broker.firstToken(), stop: broker.stop };
    },
  },
  "ws-relay": {
    lacks: () => undefined,
    start: (_folder, { isLean }) => startForked("relay-server.mjs", isLean ? ["lean"] : []),
  },
  "nats-core": nats(false),
  "nats-jetstream": nats(true),
  "a2a-js": { lacks: () => undefined, start: () => startForked("a2a-server.mjs") },
};

export const candidateNames = Object.keys(candidates);
export const natsVersion = () => findNats()?.version;
export const lacksOf = (name) => candidates[name].lacks();

/** A candidate that runs: its server, its load, and its folder. */
export class Running {
  static async start(name, options) {
    const running = new Running();
    running.name = name;
    running.folder = mkdtempSync(join(tmpdir(), `parley-bench-${name}-`));
    try {
      running.server = await candidates[name].start(running.folder, options);
      running.load = fork(here("load.mjs"));
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** What the load has measured; throws what was not kept. */
  async measure(task) {
    const { stop: _stop, ...server } = this.server;
    const said = answer(this.load);
    this.load.send({ candidate: this.name, server, task });
    const { measured, failed } = await said;
    if (failed !== undefined) throw new Error(failed);
    return measured;
  }

  async stop() {
    if (this.load) await leave(this.load);
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
