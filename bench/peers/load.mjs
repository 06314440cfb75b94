/**
 * The load of one candidate, in a process of its own that lives as long as the run: it is told what to measure, and
 * says what it measured or what was not kept. Ends when its parent does.
 */
import { measureMessageSend } from "./a2a-load.mjs";
import { measureThroughput } from "./throughput.mjs";

const throughputOver = (name) => async (server, task) => {
  const { openPairs } = await import(`./${name}-load.mjs`);
  return measureThroughput(openPairs, server, task);
};
const exchanges = (name) => async (server, task) =>
  (await import("./parley-exchange.mjs"))[name](server, task);

const loads = {
  parley: {
    throughput: throughputOver("parley"),
    "request-response": exchanges("measureRequests"),
    session: exchanges("measureSessions"),
  },
  "ws-relay": { throughput: throughputOver("relay") },
  "nats-core": { throughput: throughputOver("nats") },
  "nats-jetstream": { throughput: throughputOver("jetstream") },
  "a2a-js": { "request-response": measureMessageSend, session: measureMessageSend },
};

let served;

process.on("message", async ({ candidate, server, task }) => {
  served = server;
  try {
    process.send({ measured: await loads[candidate][task.name](server, task) });
  } catch (error) {
    process.send({ failed: error.name === "Broken" ? error.message : String(error.stack) });
  }
});
process.once("disconnect", () => {
  // If the parent was killed, nobody else ends the server; otherwise it is being ended as it is.
  if (served) end(served.pid);
  // Connections of a candidate that has failed may still be open, and nobody waits for them any more.
  end(process.pid);
});

function end(pid) {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
