/** The broker as it is served, in a process of its own on loopback. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const main = new URL("../../packages/cli/dist/main.js", import.meta.url).pathname;

/** As the first line of the program says. */
const shipped = ["--max-semi-space-size=64"];

/** `how`: flags of Node and settings of the environment, for a broker that is not as it is shipped. */
export async function startBroker(data, listen = "127.0.0.1:0", how = {}) {
  const words = ["--data", data, "--listen", listen, "--management", "127.0.0.1:0"];
  const child = spawn(process.execPath, [...shipped, ...(how.flags ?? []), main, "serve", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...how.env },
  });
  const issuer = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text = (text + chunk).slice(-65_536);
      const line = text.split("\n").find((one) => one.includes('"ready"'));
      if (line) resolve(JSON.parse(line).issuer);
    });
    child.once("exit", (code) => reject(new Error(`the broker ended with ${code}: ${text}`)));
  });
  return {
    issuer,
    pid: child.pid,
    firstToken: () => readFileSync(join(data, "platform-enrolment-token"), "utf8").trim(),
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (child.exitCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}
