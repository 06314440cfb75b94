/** A consumer's connection and a provider's, and the sessions that both are in; what comes goes to whoever talks just now. */

import { demand } from "../peers/lane.mjs";
import { Course, readStamp, Template } from "../peers/parley-frames.mjs";
import { acknowledging, outcomeOf } from "../peers/parley-load.mjs";
import { connectPair, engage, envelopesPerSession } from "../peers/parley-scene.mjs";
import { atOnce } from "../principals.mjs";

export class Line {
  #courses = new Map();
  /** `answered(course, count, facts)`, `delivered(course, n, parts)`, `granted()`, `fail(error)`. */
  talk;

  static async open(person) {
    return new Line(await connectPair(person));
  }

  constructor(wires) {
    this.wires = wires;
    this.acks = acknowledging(wires.provider);
    const guarded = (work) => (said) => {
      try {
        work(said);
      } catch (error) {
        if (!this.talk) throw error;
        this.talk.fail(error);
      }
    };
    const ended = (error) => this.talk?.fail(error);
    wires.consumer.onFrames({ outcome: guarded((parts) => this.#answered(outcomeOf(parts))), ended });
    wires.provider.onFrames({ deliver: guarded((parts) => this.#delivered(parts)), ended });
    wires.consumer.onEvent(guarded((said) => this.#told(said)));
  }

  /** Sessions for payloads of so many bytes, which both are in. */
  async engage(count, payloadBytes) {
    const made = [];
    await atOnce(16, Array(count).fill(this.wires), async (wires) => {
      const session = await engage(wires);
      const template = new Template(session, "bench.tick", payloadBytes);
      const course = new Course(session, template, envelopesPerSession);
      course.payloadBytes = payloadBytes;
      course.line = this;
      this.#courses.set(session, course);
      made.push(course);
    });
    return made;
  }

  async close({ session }) {
    this.acks.flush();
    await this.wires.consumer.call("close", { session });
    this.#courses.delete(session);
  }

  async renew() {
    await this.wires.consumer.principal.home.refresh();
    await Promise.all([this.wires.consumer.renew(), this.wires.provider.renew()]);
  }

  end() {
    this.wires.consumer.end();
    this.wires.provider.end();
  }

  #answered({ sessions }) {
    for (const one of sessions) {
      const course = this.#courses.get(one.session);
      const count = course.takeOutcome(one);
      this.talk.answered(course, count, one.accepted.length);
    }
  }

  #told({ event, session, sendUpTo }) {
    // Of a session that is closed its last credit may be told after all.
    if (event !== "credit" || !this.#courses.has(session)) return;
    this.#courses.get(session).grant(sendUpTo);
    this.talk?.granted();
  }

  #delivered(parts) {
    const { session, n } = readStamp(parts[0]);
    const course = this.#courses.get(session);
    demand(course, `an envelope of ${session} came, where nothing was sent`);
    demand(parts[2].length === course.payloadBytes, `a payload has ${parts[2].length} bytes`);
    // One in so many with its digest and header, as the other measurements do it.
    course.takeDelivery(n, parts, n % 64 === 1);
    this.acks.add(course);
    this.talk.delivered(course, n);
  }
}
