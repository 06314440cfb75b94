/** Who is offered what was left to a provider, by one that is gone, or by a consumer that has closed. */
import type { InstanceId, SessionEnding } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Ending, SessionRecord } from "../governance/engagement-entities.js";
import type { DrainRow } from "../governance/session/envelope-entities.js";
import { closedLife, endingOf } from "../governance/session/session-end.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { drained, heldBy, leaving, recordOf, scene } from "./testing/news-scene.js";
import { accepted, closed, proposed, sessionNumbered } from "./testing/scenes.js";
import { type KeptWire, settled } from "./testing/wires.js";

const { north, north1, scout, scout1, idOf } = cast;
const { north2 } = city;

describe("what a gentle end has left to a provider [SES-25]", () => {
  const ended = (number: number, over: Partial<Ending> = {}) => {
    const session = sessionNumbered(number, "open", { life: city.lives.accepted });
    const life = closedLife(
      session.life,
      endingOf(over.reason ?? "completed_by_consumer", "broker"),
      cast.now,
    );
    return { session, record: leaving({ ...session, life }, 3) };
  };
  const drainOf = ({ session }: SessionRecord, instance: InstanceId | null = null): DrainRow => ({
    ...{ session: session.id, agent: north, capability: session.capability, instance },
    ...{ openedAt: session.proposedAt, until: cast.now + 86_400_000 },
  });
  const available = (wire: KeptWire) => wire.news().filter((one) => "why" in one);

  test("that never came is offered at the end, in place of the acceptance", async () => {
    const { serving, tell } = scene();
    const { session } = ended(1);
    const wire = await serving(north1);
    await tell(proposed(session), accepted(session));
    await tell(closed(session, 3));
    expect(available(wire)).toMatchObject([{ why: "accepted" }, { why: "closed", session: session.id }]);
  });

  test.each<[string, number, number, SessionEnding]>([
    ["nothing was sent", 0, 0, "completed_by_consumer"],
    ["all was acknowledged", 3, 3, "completed_by_consumer"],
    ["it was cut", 3, 0, "operator_closed"],
    ["the provider has completed it itself", 3, 0, "completed_by_provider"],
  ])("is nothing where %s", async (_what, sent, handled, reason) => {
    const { serving, tell } = scene();
    const { session } = ended(1);
    const wire = await serving(north1);
    await tell(proposed(session), accepted(session));
    await tell(closed(session, sent, { handled, reason }));
    expect(available(wire)).toMatchObject([{ why: "accepted" }]);
  });

  test("is offered to who comes to serve it, until somebody has joined for it", async () => {
    const { serving, found, outbox, clock } = scene();
    const { session, record } = ended(1);
    found.drains = [drainOf(record)];
    found.due.set(session.id, record);
    const [first, second] = [await serving(north1), await serving(north2)];
    expect([available(first), available(second)]).toMatchObject([[{ why: "closed" }], [{ why: "closed" }]]);
    outbox.serveSide(first, drained(session.id));
    clock.set(cast.now + 9_000);
    outbox.round();
    const third = await serving(idOf("instance", 23));
    expect([first, second, third].map((wire) => available(wire).length)).toEqual([1, 1, 0]);
  });

  test("is offered to a sibling when the connection that drained it has gone, and not when it was acknowledged", async () => {
    const { serving, found, outbox, clock } = scene();
    const [lost, done] = [ended(1), ended(2)];
    for (const { session, record } of [lost, done]) found.due.set(session.id, record);
    const [first, second] = [await serving(north1), await serving(north2)];
    for (const { session } of [lost, done]) outbox.serveSide(first, drained(session.id));
    const sendUpTo = { n: 256, bytes: 4_194_304 };
    const side = "consumer";
    outbox.credit([{ session: lost.session.id, side, handled: { n: 2, bytes: 1 }, sendUpTo }]);
    outbox.credit([{ session: done.session.id, side, handled: { n: 3, bytes: 1 }, sendUpTo }]);
    found.due.set(done.session.id, leaving(done.record.session, 0));
    first.close("goodbye");
    await first.gone;
    await settled();
    clock.set(cast.now + 1_000);
    outbox.round();
    await settled();
    expect(available(second)).toMatchObject([{ why: "closed", session: lost.session.id }]);
  });

  test("is looked at where somebody has held it, and so is what is open and whose holder has gone [SOC-22]", async () => {
    const { serving, found, outbox, clock, open } = scene();
    const [held, open_] = [ended(1), sessionNumbered(2, "open", { life: city.lives.active })];
    found.drains = [drainOf(held.record, north2)];
    found.lost = [open_.id];
    const away = { connection: { state: "closed", changedAt: cast.now, goodbye: true } };
    found.due.set(held.session.id, heldBy(held.record, north2, away));
    found.due.set(open_.id, heldBy(recordOf(open_), north2, away));
    const wire = await serving(north1);
    expect(available(wire)).toEqual([]);
    clock.set(cast.now + 1_000);
    outbox.round();
    await settled();
    expect(available(wire)).toMatchObject([{ why: "closed" }, { why: "holder-lost", session: open_.id }]);
    open(north2, north);
  });

  test("is kept for who has held it, where that one is there", async () => {
    const { serving, found, outbox, clock } = scene();
    const { session, record } = ended(1);
    found.drains = [drainOf(record, north1)];
    const there = { connection: { instance: north1, state: "open", changedAt: cast.now, goodbye: false } };
    found.due.set(session.id, heldBy(record, north1, there));
    const [holder, sibling] = [await serving(north1), await serving(north2)];
    for (let at = 1; at < 9; at++) {
      clock.set(cast.now + at * 1_000);
      outbox.round();
      await settled();
    }
    expect(available(sibling)).toEqual([]);
    expect(available(holder)[0]).toMatchObject({ why: "closed", session: session.id });
  });
});

test("whose provider is away is offered to its siblings, though its consumer joins again [SES-23]", async () => {
  const { serving, found, outbox, clock, open } = scene();
  const session = sessionNumbered(1, "open", { life: city.lives.active });
  const gone = { connection: { state: "closed", changedAt: cast.now, goodbye: true } };
  found.due.set(session.id, heldBy(recordOf(session), north1, gone));
  const [holder, sibling, consumer] = [open(north1, north), await serving(north2), open(scout1, scout)];
  outbox.serveSide(holder, { ...drained(session.id), isClosed: false });
  holder.close("goodbye");
  await holder.gone;
  await settled();
  outbox.serveSide(consumer, { ...drained(session.id), side: "consumer", isClosed: false });
  clock.set(cast.now + 1_000);
  outbox.round();
  await settled();
  expect(sibling.sessions()).toEqual([session.id]);
});
