/**
 * The leaky control: preloaded into a broker of a measurement, and into no other. A request that names what is there but
 * hidden takes as much longer as one more lookup would, as if it were fetched first and judged afterwards. Which ids
 * those are stands in a file that is read on SIGUSR2.
 */
import { readFileSync } from "node:fs";
import { Server } from "node:http";

const microseconds = Number(process.env.PARLEY_LEAK_US);
let hidden = [];
process.on("SIGUSR2", () => {
  hidden = JSON.parse(readFileSync(process.env.PARLEY_LEAK_IDS, "utf8"));
});

const emit = Server.prototype.emit;
Server.prototype.emit = function leaking(event, ...told) {
  if (event === "request" && hidden.some((id) => told[0].url.includes(id))) {
    const until = process.hrtime.bigint() + BigInt(Math.round(microseconds * 1_000));
    while (process.hrtime.bigint() < until);
  }
  return emit.call(this, event, ...told);
};
