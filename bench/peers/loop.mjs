/** So many at a time, each begun when one is done: how many a second, and how long each took. */
import { demand, Times } from "./lane.mjs";
import { serverTime } from "./server-time.mjs";
import { span, until, within } from "./throughput.mjs";

/** `one(number)` resolves once it is done, and checks that it was done right. */
export async function measureLoop({ server, task, failed, one }) {
  const times = new Times();
  let going = true;
  let begun = 0;
  let done = 0;
  let left = task.window;
  const worker = async () => {
    while (going) {
      const from = performance.now();
      begun += 1;
      await one(begun);
      times.add(performance.now() - from);
      done += 1;
    }
    left -= 1;
  };
  const workers = Promise.all(Array.from({ length: task.window }, worker));
  const broken = Promise.race([failed, workers.then(() => new Promise(() => undefined))]);
  broken.catch(() => undefined);
  const moment = () => ({ at: performance.now(), done, cpu: serverTime(server.pid) });
  try {
    await within(broken, task.warmupMs);
    times.clear();
    const from = moment();
    await within(broken, task.ms);
    const measured = { ...span(from, moment()), ...times.quantiles() };
    going = false;
    await until(() => left === 0, broken, "not all was answered");
    demand(done === begun, `${begun - done} of ${begun} were not answered`);
    return measured;
  } finally {
    going = false;
  }
}
