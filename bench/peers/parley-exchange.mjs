/**
 * Requests that are answered through Parley, each way durable before it is delivered; and whole sessions for one
 * request each. Proposals are signed before the clock runs.
 */
import { atOnce } from "../principals.mjs";
import * as market from "../sessions/market.mjs";
import { demand, Payloads } from "./lane.mjs";
import { measureLoop } from "./loop.mjs";
import { Course, readStamp, Template } from "./parley-frames.mjs";
import { acknowledging, outcomeOf, proveCourses, sceneOf } from "./parley-load.mjs";
import { connectPair, engageFor, envelopesPerSession, sentIn } from "./parley-scene.mjs";
import { failing, until } from "./throughput.mjs";

/** What is sent while one thing is handled leaves in one message. */
class Outbox {
  #frames = [];

  constructor(wire) {
    this.wire = wire;
  }

  push(frame) {
    this.#frames.push(frame);
    if (this.#frames.length > 1) return;
    process.nextTick(() => {
      this.wire.send(this.#frames.length === 1 ? this.#frames[0] : Buffer.concat(this.#frames));
      this.#frames = [];
    });
  }
}

/** One side of one connection: what it sends in its sessions, and what it takes of the other side. */
class End {
  courses = new Map();

  constructor(wire, payloads, { guarded, fail }, take) {
    Object.assign(this, { wire, payloads, outbox: new Outbox(wire), acks: acknowledging(wire) });
    const outcome = guarded((parts) => {
      for (const one of outcomeOf(parts).sessions) this.courses.get(one.session).takeOutcome(one);
    });
    const deliver = guarded((parts) => {
      const { session, n } = readStamp(parts[0]);
      const course = this.courses.get(session);
      demand(course, `an envelope of ${session} came, where nobody waits for one`);
      course.takeDelivery(n, parts, this.payloads.isSampled(n));
      take(course, n, parts[2]);
      this.acks.add(course);
    });
    wire.onFrames({ outcome, deliver, ended: fail });
  }

  add(session, type, said) {
    const course = new Course(
      session,
      new Template(session, type, this.payloads.bytes, said),
      envelopesPerSession,
    );
    this.courses.set(session, course);
    return course;
  }

  send(course) {
    demand(course.room() > 0, "the window is wider than what the broker takes");
    course.sent += 1;
    const frame = Buffer.allocUnsafe(course.template.bytes.length);
    this.payloads.write(course.sent, frame, course.template.write(course.sent, frame, 0));
    this.outbox.push(frame);
  }

  get isAnswered() {
    return [...this.courses.values()].every(({ sent, answered }) => sent === answered);
  }
}

/** Consumer and provider of one pair; every request is answered by who gets it. */
function ends(wires, task, guard, answered) {
  const payloads = new Payloads(task.payloadBytes, 0, { everyOne: task.everyOne });
  const provider = new End(wires.provider, payloads, guard, (course, n, payload) => {
    payloads.check(n, payload);
    provider.send(course);
  });
  const consumer = new End(wires.consumer, payloads, guard, (course, n, payload) => {
    payloads.check(n, payload);
    answered(course, n);
  });
  return { consumer, provider };
}

const types = { consumer: "bench.question", provider: "bench.answer" };

function begin({ consumer, provider }, session) {
  provider.add(session, types.provider, { correlated: true });
  return consumer.add(session, types.consumer);
}

const atMost = ({ window, ms, warmupMs }) =>
  Math.min(75_000, window * 6_000) * ((ms + warmupMs) / 1_000 + 0.5);

/** Who has asked hears when the answer to its number has come. */
async function openRequests(wires, task, guard) {
  const sessions = await engageFor(wires, atMost(task));
  const left = [...sessions];
  const asking = new Map();
  const both = ends(wires, task, guard, (course, n) => {
    const resolve = asking.get(course).get(n);
    asking.get(course).delete(n);
    resolve();
  });
  let now;
  const one = () => {
    if (!now || now.isSpent) {
      demand(left.length > 0, "no session is left: it was faster than was provided for");
      now = begin(both, left.pop());
      asking.set(now, new Map());
    }
    both.consumer.send(now);
    return new Promise((resolve) => asking.get(now).set(now.sent, resolve));
  };
  return { sessions, both, one };
}

const closeAll = (wire, sessions) =>
  atOnce(16, sessions, (session) => wire.call("close", { session }).catch(() => undefined));

async function proveBoth(scene, { consumer, provider }, failed) {
  await until(() => consumer.isAnswered && provider.isAnswered, failed, "not every yes was heard");
  for (const { acks } of [consumer, provider]) acks.flush();
  await scene.opened.home.refresh();
  // Each end of a course has sent as many as it has received: one answer for each request.
  await proveCourses(consumer.wire.principal, [...consumer.courses.values()]);
}

export async function measureRequests(server, task) {
  const scene = await sceneOf(server);
  const [people] = await scene.pairs(1);
  const guard = failing();
  const wires = await connectPair(people);
  let sessions = [];
  try {
    const opened = await openRequests(wires, task, guard);
    sessions = opened.sessions;
    const measured = await measureLoop({ server, task, failed: guard.failed, one: opened.one });
    await proveBoth(scene, opened.both, guard.failed);
    const proven = ["each request and each answer was durable first, and came once, in order"];
    return { ...measured, proven: [...proven, "the record holds as many as were answered"] };
  } finally {
    await closeAll(wires.consumer, sessions);
    wires.consumer.end();
    wires.provider.end();
  }
}

/** The provider joins what it hears of; the consumer proposes, asks, and closes when it has its answer. */
function openSessions(wires, statements, task, guard) {
  const asking = new Map();
  const both = ends(wires, task, guard, ({ session }) => asking.get(session)());
  const join = ({ event, session }) => {
    // It is offered again to who serves, as long as nobody has joined.
    if (event !== "session.available" || both.provider.courses.has(session)) return;
    both.provider.add(session, types.provider, { correlated: true });
    wires.provider.call("join", { session }).catch(guard.fail);
  };
  wires.provider.onEvent(join);
  const whole = async () => {
    const statement = statements.pop();
    demand(statement !== undefined, "no proposal is left: it was faster than was provided for");
    const { id, state } = await wires.consumer.call("propose", { statement });
    demand(state === "accepted", `an open contract left the session ${state}`);
    const course = both.consumer.add(id, types.consumer);
    await new Promise((resolve) => {
      asking.set(id, resolve);
      both.consumer.send(course);
    });
    both.consumer.acks.flush();
    const closed = await wires.consumer.call("close", { session: id });
    demand(closed.state === "closed", `a session that was closed is ${closed.state}`);
    asking.delete(id);
    return id;
  };
  return { both, whole };
}

const sessionsAtMost = ({ window, ms, warmupMs }) =>
  Math.ceil(Math.min(8_000, window * 500) * ((ms + warmupMs) / 1_000 + 0.5));

export async function measureSessions(server, task) {
  const scene = await sceneOf(server);
  const [people] = await scene.pairs(1);
  const guard = failing();
  const wires = await connectPair(people);
  try {
    await wires.provider.call("serve", { capabilities: [market.capability] });
    const statements = Array.from({ length: sessionsAtMost(task) }, () =>
      market.proposal(people.consumer, people.offer),
    );
    const { both, whole } = openSessions(wires, statements, task, guard);
    const ids = [];
    const one = async () => void ids.push(await whole());
    const measured = await measureLoop({ server, task, failed: guard.failed, one });
    await until(
      () => both.consumer.isAnswered && both.provider.isAnswered,
      guard.failed,
      "not every yes was heard",
    );
    await scene.opened.home.refresh();
    await atOnce(8, ids, async (id) => {
      const sent = await sentIn(people.consumer, id);
      demand(sent.consumer.envelopes === 1 && sent.provider.envelopes === 1, `the record of ${id} lacks one`);
    });
    return { ...measured, proven: ["each session has its question, its answer and its close in the record"] };
  } finally {
    wires.consumer.end();
    wires.provider.end();
  }
}
