/**
 * One way, as fast as a window allows: warmed up, then counted between two moments at the receivers, then waited for until
 * all is through, then proven.
 */
import { setTimeout as pause } from "node:timers/promises";
import { demand, Payloads, Times } from "./lane.mjs";
import { serverTime } from "./server-time.mjs";

const patienceMs = 20_000;

/** Callbacks that fail the measurement, not the process. */
export function failing() {
  let fail;
  const failed = new Promise((_resolve, reject) => {
    fail = reject;
  });
  // Whoever races it hears; before and after, nobody has to.
  failed.catch(() => undefined);
  const guarded =
    (work) =>
    (...given) => {
      try {
        work(...given);
      } catch (error) {
        fail(error);
      }
    };
  return { failed, fail, guarded };
}

export const within = (failed, ms) => Promise.race([pause(ms), failed]);

export async function until(holds, failed, what) {
  const end = performance.now() + patienceMs;
  while (!holds()) {
    demand(performance.now() < end, `${what} after ${patienceMs / 1_000} s`);
    await within(failed, 5);
  }
}

/** What was done between two moments, and what it cost the server. */
export function span(from, to) {
  const seconds = (to.at - from.at) / 1_000;
  const count = to.done - from.done;
  demand(count > 0, "nothing came through");
  const cpuUs = from.cpu === null || to.cpu === null ? null : (to.cpu - from.cpu) / count;
  return { count, seconds, rate: count / seconds, cpuUs };
}

export async function measureThroughput(openPairs, server, task) {
  const deliveries = new Times();
  const answers = new Times();
  const { failed, fail, guarded } = failing();
  const { window, payloadBytes, everyOne } = task;
  const sayOf = Array.from({ length: task.pairs }, (_, pair) => ({
    ...{ window, deliveries, answers },
    payloads: new Payloads(payloadBytes, pair, { everyOne }),
  }));
  const opened = await openPairs(server, sayOf, { ...task, guarded, fail });
  const { lanes } = opened;
  const moment = () => ({
    at: performance.now(),
    done: lanes.reduce((sum, { delivered }) => sum + delivered, 0),
    cpu: serverTime(server.pid),
  });
  try {
    for (const lane of lanes) lane.fill();
    await within(failed, task.warmupMs);
    deliveries.clear();
    answers.clear();
    const from = moment();
    await within(failed, task.ms);
    const measured = span(from, moment());
    const delivered = deliveries.quantiles();
    const answered = answers.quantiles();
    for (const lane of lanes) lane.stop();
    await until(() => lanes.every(({ isThrough }) => isThrough), failed, "not all has come through");
    const proven = await opened.prove();
    return { ...measured, ...delivered, answeredP50: answered.p50, answeredP99: answered.p99, proven };
  } finally {
    await opened.close();
  }
}
