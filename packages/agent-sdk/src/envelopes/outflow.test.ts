/** What goes out together: the sessions' turns, the room that the broker leaves, and acknowledgements that share a frame. */
import { ackFrame, decodeFrames, limits, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { jsonOf } from "../testing/read-frame.js";
import { SteppedClock } from "../testing/stepped-clock.js";
import { EnvelopeIds } from "./envelope-ids.js";
import { Outflow, type Source } from "./outflow.js";
import { makeOutgoing, type Outgoing } from "./outgoing.js";

const ids = new EnvelopeIds(() => 1);
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

class Saying implements Source {
  readonly session = makeId("session");
  isReady = true;
  handled: number | undefined;
  readonly left: Outgoing[];

  constructor(count: number, bytes = 1) {
    this.left = Array.from({ length: count }, () =>
      makeOutgoing(this.session, ids.next(), "a", new Uint8Array(bytes), {}),
    );
  }

  take(bytesMax: number): Outgoing | "full" | undefined {
    const [next] = this.left;
    if (next !== undefined && next.bytes > bytesMax) return "full";
    return this.left.shift();
  }

  takeAcknowledged(): number | undefined {
    const { handled } = this;
    this.handled = undefined;
    return handled;
  }
}

function outflow() {
  const messages: Uint8Array[] = [];
  const clock = new SteppedClock();
  const carriage = { isConnected: true, carry: (message: Uint8Array) => void messages.push(message) };
  const flow = new Outflow(carriage, clock);
  const frames = () =>
    messages.flatMap((message) => {
      const decoded = decodeFrames(message);
      if ("fault" in decoded) throw new Error(decoded.fault);
      return decoded.frames;
    });
  const said = () =>
    frames().flatMap(({ kind, parts: [header] }) =>
      kind === "send" ? [(JSON.parse(new TextDecoder().decode(header)) as { session: string }).session] : [],
    );
  return { flow, clock, carriage, messages, frames, said };
}

test("sessions take turns", async () => {
  const { flow, said } = outflow();
  const [one, other] = [new Saying(40), new Saying(20)];
  flow.wake(one);
  flow.wake(other);
  await turn();
  const turns = said().map((session) => (session === one.session ? "1" : "2"));
  expect(turns.join("")).toBe(
    ["1", "2", "1", "2", "1"].map((who, at) => who.repeat([16, 16, 16, 4, 8][at] ?? 0)).join(""),
  );
});

test("no more is on its way than the broker lets wait, by count [ENV-9]", async () => {
  const { flow, said } = outflow();
  const [one, other] = [new Saying(1_100), new Saying(1)];
  const sent = [...one.left];
  flow.wake(one);
  flow.wake(other);
  await turn();
  expect(said()).toHaveLength(limits.envelopesWaitingPerConnection);
  for (const out of sent.slice(0, 10)) flow.answered(out);
  await turn();
  expect(said()).toHaveLength(limits.envelopesWaitingPerConnection + 10);
  flow.begin();
  flow.wake(one);
  await turn();
  expect(said()).toHaveLength(1_101);
});

test("… and by bytes; what is larger than the room goes when there is enough, before anybody else [ENV-9]", async () => {
  const { flow, said } = outflow();
  const [large, small] = [new Saying(3, 3_000_000), new Saying(1)];
  const [first] = large.left;
  flow.wake(large);
  flow.wake(small);
  await turn();
  expect(said()).toEqual([large.session]);
  const [second] = large.left;
  // Nobody frees room twice.
  for (const out of [first, first]) if (out !== undefined) flow.answered(out);
  await turn();
  expect(said()).toEqual([large.session, large.session]);
  if (second !== undefined) flow.answered(second);
  await turn();
  expect(said()).toEqual([large.session, large.session, large.session, small.session]);
});

test("a message has 4 MiB at most, what a frame has around its envelope included [FRM-1]", async () => {
  const { flow, messages } = outflow();
  const saying = new Saying(0);
  const header = makeOutgoing(saying.session, ids.next(), "a", "", { contentType: "a/a" }).bytes;
  const body = new Uint8Array(limits.bytesWaitingPerConnection / 4 - header);
  for (let count = 0; count < 4; count++)
    saying.left.push(makeOutgoing(saying.session, ids.next(), "a", body, { contentType: "a/a" }));
  flow.wake(saying);
  await turn();
  expect(messages.map(({ byteLength }) => byteLength <= limits.messageBytesMax)).toEqual([true, true]);
});

test("acknowledgements of a turn share one frame, ahead of what is sent; those that can wait do [ENV-13]", async () => {
  const { flow, clock, frames, messages } = outflow();
  const all = Array.from({ length: limits.joinedSessionsPerConnection + 4 }, () => new Saying(0));
  all.forEach((each, index) => {
    each.handled = index + 1;
    flow.acknowledge(each, false);
  });
  await turn();
  expect(messages).toEqual([]);
  const talking = new Saying(1);
  flow.wake(talking);
  await turn();
  expect(frames().map(({ kind }) => kind)).toEqual(["ack", "send", "ack"]);
  const acks = frames().flatMap((frame) =>
    frame.kind === "ack" ? [ackFrame.parse(jsonOf(frame)).acks] : [],
  );
  expect(acks.map(({ length }) => length)).toEqual([limits.joinedSessionsPerConnection, 4]);
  const [late] = all;
  if (late !== undefined) late.handled = 7;
  flow.acknowledge(late ?? talking, false);
  clock.step(20);
  expect(frames()).toHaveLength(4);
  flow.end();
  expect(clock.timers).toBe(0);
});

test("a session that is not joined says nothing, and without a connection nobody does", async () => {
  const { flow, carriage, clock, messages } = outflow();
  const silent = new Saying(1);
  silent.isReady = false;
  silent.handled = 1;
  flow.wake(silent);
  flow.acknowledge(silent, true);
  await turn();
  carriage.isConnected = false;
  silent.isReady = true;
  flow.acknowledge(silent, false);
  clock.step(20);
  flow.wake(silent);
  await turn();
  expect(messages).toEqual([]);
  expect(silent.left).toHaveLength(1);
  carriage.isConnected = true;
  flow.acknowledge(silent, false);
  clock.step(20);
  expect(messages).toHaveLength(1);
});
