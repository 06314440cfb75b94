/** Senders and receivers of Parley: bare connections that send, hear the outcome, take what is delivered, acknowledge. */
import { atOnce } from "../principals.mjs";
import { Coalesced } from "./coalesced.mjs";
import { demand, Lane } from "./lane.mjs";
import { ackOf, Course, readStamp, Template } from "./parley-frames.mjs";
import { connectPair, engageFor, envelopesPerSession, Scene, sentIn } from "./parley-scene.mjs";

let scene;
export const sceneOf = async (server) => {
  scene ??= await Scene.open(server);
  return scene;
};

/** Acknowledges, for each session of one connection, everything up to what was taken last. */
export function acknowledging(wire) {
  const open = new Set();
  const said = new Coalesced(() => {
    const acks = [...open].map((course) => ({ session: course.session, n: course.received }));
    for (const course of open) course.acknowledged = course.received;
    open.clear();
    wire.send(ackOf(acks));
  });
  return {
    add(course) {
      open.add(course);
      said.add();
    },
    flush: () => said.flush(),
  };
}

export const outcomeOf = ([part]) => JSON.parse(part);

class Pair {
  #courses = new Map();
  #waiting;
  #now;

  constructor(wires, sessions, said, { guarded, fail }) {
    this.wires = wires;
    this.payloads = said.payloads;
    this.#waiting = sessions;
    this.acks = acknowledging(wires.provider);
    this.lane = new Lane({
      ...said,
      put: (first, count) => this.#put(first, count),
      room: () => this.#room(),
    });
    wires.consumer.onFrames({ outcome: guarded((parts) => this.#answered(outcomeOf(parts))), ended: fail });
    wires.provider.onFrames({ deliver: guarded((parts) => this.#delivered(parts)), ended: fail });
    wires.consumer.onEvent(guarded((said) => this.#told(said)));
  }

  get courses() {
    return [...this.#courses.values()];
  }

  #room() {
    if (!this.#now || this.#now.isSpent) this.#next();
    return this.#now.room();
  }

  #next() {
    const session = this.#waiting.pop();
    demand(session !== undefined, "no session is left: it was faster than was provided for");
    const template = new Template(session, "bench.tick", this.payloads.bytes);
    this.#now = new Course(session, template, envelopesPerSession, this.lane.sent);
    this.#courses.set(session, this.#now);
  }

  /** All that is free goes in one message. */
  #put(first, count) {
    const course = this.#now;
    const { length } = course.template.bytes;
    const message = Buffer.allocUnsafe(length * count);
    for (let index = 0; index < count; index++) {
      const counter = first + index;
      const at = course.template.write(counter - course.base, message, index * length);
      this.payloads.write(counter, message, at);
    }
    course.sent += count;
    this.wires.consumer.send(message);
  }

  #answered({ sessions }) {
    for (const one of sessions) {
      const count = this.#courses.get(one.session).takeOutcome(one);
      this.lane.answer(count);
    }
  }

  #told({ event, session, sendUpTo }) {
    if (event !== "credit") return;
    this.#courses.get(session).grant(sendUpTo);
    this.lane.fill();
  }

  #delivered(parts) {
    const { session, n } = readStamp(parts[0]);
    const course = this.#courses.get(session);
    demand(course, `an envelope of ${session} came, where nothing was sent`);
    const counter = course.base + n;
    course.takeDelivery(n, parts, this.payloads.isSampled(counter));
    this.lane.deliver(counter, parts[2]);
    this.acks.add(course);
  }
}

/** What the broker's record says is what was answered and what has come. */
export async function proveCourses(principal, courses) {
  await atOnce(8, courses, async (course) => {
    const { consumer } = await sentIn(principal, course.session);
    const { session, sent, received, template } = course;
    demand(received === sent, `${received} of ${sent} were delivered in ${session}`);
    demand(consumer.envelopes === sent, `the record has ${consumer.envelopes} of ${sent} in ${session}`);
    const bytes = sent * template.envelopeBytes;
    demand(consumer.bytes === bytes, `the record has ${consumer.bytes} of ${bytes} bytes in ${session}`);
  });
}

/** More than any pair will send: nothing is measured when sessions run out. */
const atMost = ({ pairs, window, ms, warmupMs }) =>
  Math.min(150_000 / pairs, window * 6_000) * ((ms + warmupMs) / 1_000 + 0.5);

export async function openPairs(server, sayOf, task) {
  const people = await (await sceneOf(server)).pairs(task.pairs);
  const pairs = [];
  await atOnce(8, [...people.entries()], async ([number, person]) => {
    const wires = await connectPair(person);
    const sessions = await engageFor(wires, atMost(task));
    pairs[number] = new Pair(wires, sessions, sayOf[number], task);
    pairs[number].sessions = [...sessions];
  });
  return {
    lanes: pairs.map(({ lane }) => lane),
    async prove() {
      await scene.opened.home.refresh();
      for (const { acks, wires, courses } of pairs) {
        acks.flush();
        await proveCourses(wires.consumer.principal, courses);
      }
      return ["each came once, in order, with its digest", "the record holds as many as were answered"];
    },
    async close() {
      await atOnce(8, pairs, async ({ sessions, wires }) => {
        // Of a connection that has ended nothing can be closed any more.
        await atOnce(16, sessions, (session) =>
          wires.consumer.call("close", { session }).catch(() => undefined),
        );
        wires.consumer.end();
        wires.provider.end();
      });
    },
  };
}
