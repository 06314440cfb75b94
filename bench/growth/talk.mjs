/**
 * So many envelopes, so many of them unanswered at a time, each to the next of the sessions that talk: how long until the
 * yes and until the receiver has it, how many a second, and what one costs the server.
 */
import { randomFillSync } from "node:crypto";
import { Times } from "../peers/lane.mjs";
import { serverTime } from "../peers/server-time.mjs";
import { failing, until } from "../peers/throughput.mjs";

const { limits } = await import(new URL("../../packages/protocol/dist/index.js", import.meta.url).href);

const payloads = new Map();
function payloadOf(bytes) {
  if (!payloads.has(bytes)) payloads.set(bytes, randomFillSync(Buffer.alloc(bytes)));
  return payloads.get(bytes);
}

class Talk {
  sent = 0;
  yes = 0;
  through = 0;
  facts = 0;
  answers = new Times();
  deliveries = new Times();
  #turn = 0;
  #filling = false;

  constructor(courses, { count, warmup, window, pid, fail }) {
    Object.assign(this, { courses, count, warmup, window, pid, fail });
    for (const course of courses) course.sentAt = [];
  }

  get total() {
    return this.warmup + this.count;
  }

  /** What of it is free goes now, all for one connection in one message. */
  fill() {
    if (this.#filling) return;
    this.#filling = true;
    const byLine = new Map();
    const now = performance.now();
    while (this.sent < this.total && this.sent - this.yes < this.window) {
      const course = this.#next();
      if (!course) break;
      course.sent += 1;
      course.sentAt[course.sent] = now;
      this.sent += 1;
      const frames = byLine.get(course.line) ?? [];
      byLine.set(course.line, frames);
      frames.push(frameOf(course));
    }
    for (const [line, frames] of byLine) sendAll(line, frames);
    this.#filling = false;
  }

  /** The next that has room; none when all wait for their receivers. */
  #next() {
    for (let tried = 0; tried < this.courses.length; tried++) {
      const course = this.courses[this.#turn++ % this.courses.length];
      if (course.room() > 0) return course;
    }
    return undefined;
  }

  answered(course, count, facts) {
    const now = performance.now();
    this.facts += facts;
    for (let n = course.answered - count + 1; n <= course.answered; n++) {
      this.yes += 1;
      if (this.yes > this.warmup) this.answers.add(now - course.sentAt[n]);
    }
    this.fill();
  }

  delivered(course, n) {
    this.through += 1;
    const now = performance.now();
    if (this.through > this.warmup) this.deliveries.add(now - course.sentAt[n]);
    if (this.through === this.warmup) this.from = this.#moment(now);
    if (this.through === this.total) this.to = this.#moment(now);
  }

  granted() {
    this.fill();
  }

  #moment(at) {
    return { at, cpu: serverTime(this.pid) };
  }
}

function frameOf(course) {
  const { template } = course;
  const frame = Buffer.allocUnsafe(template.bytes.length);
  payloadOf(course.payloadBytes).copy(frame, template.write(course.sent, frame, 0));
  return frame;
}

function sendAll(line, frames) {
  let message = [];
  let bytes = 0;
  const send = () => line.wires.consumer.send(Buffer.concat(message));
  for (const frame of frames) {
    if (message.length === limits.framesPerMessageMax || bytes + frame.length > limits.messageBytesMax) {
      send();
      message = [];
      bytes = 0;
    }
    message.push(frame);
    bytes += frame.length;
  }
  send();
}

/** Until all have come through; fails where nothing goes on any more, however long it takes otherwise. */
export async function talk(courses, { count, warmup = Math.ceil(count / 10), window, pid }) {
  const { failed, fail } = failing();
  const talking = new Talk(courses, { count, warmup, window, pid, fail });
  const lines = new Set(courses.map(({ line }) => line));
  for (const line of lines) line.talk = talking;
  // The first moment, where nothing is warmed up before.
  talking.from = { at: performance.now(), cpu: serverTime(pid) };
  talking.fill();
  const done = () => talking.through + talking.yes;
  while (done() < 2 * talking.total) {
    const before = done();
    await until(() => done() > before, failed, `no more than ${before / 2} of ${talking.total} are through`);
  }
  for (const line of lines) line.acks.flush();
  const { from, to, answers, deliveries, facts } = talking;
  const seconds = (to.at - from.at) / 1_000;
  const cpu = from.cpu === null ? null : to.cpu - from.cpu;
  const { p50: yes_p50_ms, p99: yes_p99_ms } = answers.quantiles();
  const { p50: p50_ms, p99: p99_ms } = deliveries.quantiles();
  return { count, seconds, rate: count / seconds, yes_p50_ms, yes_p99_ms, p50_ms, p99_ms, cpu, facts };
}
