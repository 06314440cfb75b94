/** A nats-server of our own, on a port of its choosing, with what it stores in a folder of ours. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const patienceMs = 10_000;

/** Debian keeps it where not everybody's path leads. */
const places = ["nats-server", "/usr/sbin/nats-server", "/usr/local/bin/nats-server"];

export function findNats() {
  for (const binary of places) {
    const { status, stdout } = spawnSync(binary, ["--version"], { encoding: "utf8" });
    if (status === 0) return { binary, version: stdout.trim() };
  }
  return undefined;
}

const portIn = (folder) => {
  const name = readdirSync(folder).find((one) => one.endsWith(".ports"));
  const said = name === undefined ? "" : readFileSync(join(folder, name), "utf8");
  const [url] = said === "" ? [] : JSON.parse(said).nats;
  return url && Number(new URL(url).port);
};

export async function startNats(binary, folder, { jetStream }) {
  const words = ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder, "-l", join(folder, "log")];
  const store = jetStream ? ["-js", "-sd", join(folder, "store")] : [];
  const child = spawn(binary, [...words, ...store], { stdio: "ignore" });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const until = performance.now() + patienceMs;
  for (;;) {
    const port = portIn(folder);
    if (port) {
      return {
        ...{ pid: child.pid, port },
        async stop() {
          child.kill("SIGTERM");
          await gone;
        },
      };
    }
    if (child.exitCode !== null || performance.now() > until) {
      child.kill("SIGKILL");
      throw new Error(`${binary} did not say where it listens`);
    }
    await pause(20);
  }
}
