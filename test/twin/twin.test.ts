/**
 * Two brokers that differ only in what the observer may not see, and one observer that does the same in both: it is told
 * the same, byte for byte. Ids, digests and cursors are replaced by their length and the order of their first
 * appearance, dates by their length; nothing else is left out.
 */
import { expect, test } from "vitest";
import { openBrokers } from "../fixtures/brokers.js";
import { Asking } from "./asking.js";
import { lookAround, lookClosely, search } from "./looking.js";
import { invite, takeNames, tryKeys } from "./making.js";
import { account, converse, engage, provide } from "./meeting.js";
import { Pace } from "./pace.js";
import { reach } from "./reaching.js";
import { recall } from "./recalling.js";
import { openScene } from "./scene.js";
import { Mask, Transcript } from "./transcript.js";
import { nothingUnseen, openStrangers, openUnseen } from "./unseen.js";

const brokers = openBrokers();

/** With what is hidden, or without. */
async function openWorld(hides: boolean, pace: Pace): Promise<Asking> {
  const broker = await brokers.start();
  let strangers: Awaited<ReturnType<typeof openStrangers>> | undefined;
  const scene = await openScene(broker, async (platform) => {
    if (hides) strangers = await openStrangers(platform);
  });
  const unseen = strangers === undefined ? nothingUnseen() : await openUnseen(scene, strangers);
  return new Asking(scene, unseen, new Transcript(new Mask(broker.url)), pace);
}

async function observe(asking: Asking): Promise<void> {
  await lookAround(asking);
  const terms = await takeNames(asking);
  await invite(asking);
  const engaged = await engage(asking);
  await account(asking, engaged[0] ?? "");
  const provided = await provide(asking, terms);
  const spoken = await converse(asking, terms);
  await search(asking);
  await lookClosely(asking);
  await tryKeys(asking);
  await recall(asking, [...engaged, provided, ...spoken]);
  await lookAround(asking);
  await reach(asking);
}

/** What was told until the end, or until something that must happen did not. */
interface Observed {
  readonly lines: readonly string[];
  readonly failed?: unknown;
}

/** Where they begin to differ: all of it is too much to read. What one has told before it failed counts. */
function difference(without: Observed, having: Observed) {
  const shorter = Math.min(without.lines.length, having.lines.length);
  const at = without.lines.slice(0, shorter).findIndex((line, index) => line !== having.lines[index]);
  return at < 0 ? undefined : { without: without.lines[at], having: having.lines[at] };
}

test("what is hidden makes no difference, whatever is asked [API-4]", { timeout: 300_000 }, async () => {
  const pace = new Pace(2);
  const observed = async (hides: boolean): Promise<Observed> => {
    let lines: readonly string[] = [];
    try {
      const asking = await openWorld(hides, pace);
      lines = asking.transcript.lines;
      await observe(asking);
      return { lines };
    } catch (failed) {
      return { lines, failed };
    } finally {
      pace.leave();
    }
  };
  const [without, having] = await Promise.all([observed(false), observed(true)]);
  expect(difference(without, having)).toBeUndefined();
  for (const { failed } of [without, having]) if (failed !== undefined) throw failed;
  expect(without.lines.length).toBeGreaterThan(500);
  expect(having.lines).toEqual(without.lines);
});
