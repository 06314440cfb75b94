import { EventEmitter } from "node:events";
import type { FastifyReply } from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  answerWithEvents,
  EventStreams,
  eventOf,
  type Listener,
  type Seat,
  stillHere,
} from "./event-stream.js";
import { silenceMs } from "./patience.js";

/** What is written to somebody who reads only when it is told to. */
class Reader extends EventEmitter {
  readonly written: string[] = [];
  readonly socket = { setTimeout: vi.fn() };
  reads = true;
  destroyed = false;
  ended = false;

  writeHead = vi.fn();
  write(text: string): boolean {
    this.written.push(text);
    return this.reads;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function streamOfThisTest(tell: (listener: Listener) => Promise<void>, reads = true) {
  const reader = new Reader();
  reader.reads = reads;
  const streams = new EventStreams();
  const seat = streams.take("opr_1") as Seat;
  const headers = () => ({ "cache-control": "no-store" });
  const reply = { raw: reader, hijack: () => undefined, getHeaders: headers } as unknown as FastifyReply;
  return { reader, streams, answered: answerWithEvents(reply, seat, tell) };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

describe("a stream of events", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("begins with how long to wait before coming again, and ends when all is told", async () => {
    const { reader, streams, answered } = streamOfThisTest(async ({ tell }) => tell(eventOf("a", { n: 1 })));
    await answered;
    expect(reader.written).toEqual(['retry: 1000\n\nid: a\ndata: {"n":1}\n\n']);
    expect([reader.ended, streams.open]).toEqual([true, 0]);
    expect(reader.writeHead.mock.calls[0]?.[1]).toMatchObject({ "cache-control": "no-store" });
  });

  test("waits with a slow reader, and holds nothing further for it", async () => {
    let asked = 0;
    const { reader, answered } = streamOfThisTest(async ({ tell }) => {
      for (; asked < 3; asked++) await tell(`${asked}`);
    }, false);
    await turn();
    expect(reader.written).toEqual(["retry: 1000\n\n0"]);
    reader.emit("drain");
    await turn();
    expect(reader.written.slice(1)).toEqual(["1"]);
    reader.reads = true;
    reader.emit("drain");
    await answered;
    expect([asked, reader.destroyed]).toEqual([3, false]);
  });

  test("leaves who does not read for as long as a connection may be silent", async () => {
    const { reader, streams, answered } = streamOfThisTest(async ({ tell, gone }) => {
      while (!gone.aborted) await tell("more");
    }, false);
    await vi.advanceTimersByTimeAsync(silenceMs - 1);
    expect([reader.destroyed, streams.open]).toEqual([false, 1]);
    await vi.advanceTimersByTimeAsync(1);
    await answered;
    expect([reader.destroyed, reader.written.length, streams.open]).toEqual([true, 1, 0]);
  });

  test("is over for who tells once nobody listens, or the broker stops", async () => {
    const waiting = ({ gone }: Listener) =>
      new Promise<void>((resolve) => gone.addEventListener("abort", () => resolve()));
    const left = streamOfThisTest(waiting);
    left.reader.emit("close");
    await left.answered;
    const stopped = streamOfThisTest(waiting);
    stopped.streams.end();
    await stopped.answered;
    expect([left.streams.open, stopped.streams.open]).toEqual([0, 0]);
  });

  test("breaks off where telling fails: it has begun, and nothing else can say so", async () => {
    const { reader, streams, answered } = streamOfThisTest(async () => {
      throw new Error("no disk");
    });
    await expect(answered).rejects.toThrow("no disk");
    expect([reader.destroyed, reader.ended, streams.open]).toEqual([true, false, 0]);
  });

  test("shows that it is still there as no event, with its place if it has one", () => {
    expect([stillHere(null), stillHere("x")]).toEqual([": still here\n\n", ": still here\nid: x\n\n"]);
  });
});
