/** The load of Parley's benchmark: what it sends is what the protocol says, and what breaks a promise has no figure. */
import { createHash } from "node:crypto";
import { decodeFrames, makeId, readHeader } from "@parley/protocol";
import { describe, expect, test } from "vitest";

interface Template {
  readonly bytes: Buffer;
  readonly envelopeBytes: number;
  write(number: number, into: Buffer, at: number): number;
}
interface Course {
  sent: number;
  readonly answered: number;
  readonly received: number;
  readonly isSpent: boolean;
  room(): number;
  takeOutcome(said: object): number;
  takeDelivery(n: number, parts: readonly Buffer[], closely: boolean): void;
}
interface Frames {
  idOf(number: number): string;
  readonly Template: new (session: string, type: string, bytes: number, said?: object) => Template;
  readonly Course: new (session: string, template: Template, capacity: number) => Course;
  readStamp(part: Buffer): { session: string; n: number };
}

const load = new URL("../../bench/peers/parley-frames.mjs", import.meta.url).href;
const { idOf, Template, Course, readStamp } = (await import(load)) as Frames;

const session = makeId("session");
const template = new Template(session, "bench.tick", 16);
const digest = (payload: Buffer): string => createHash("sha256").update(payload).digest("base64url");

describe("what is sent", () => {
  test("is a frame with a header and a payload, and ids that rise [ENV-1, ENV-9]", () => {
    const message = Buffer.alloc(template.bytes.length * 3);
    for (const [index, number] of [1, 31, 5_900].entries()) {
      const at = template.write(number, message, index * template.bytes.length);
      message.fill(number, at, at + 16);
    }
    const decoded = decodeFrames(message);
    const frames = "frames" in decoded ? decoded.frames : [];
    expect(frames.map(({ kind }) => kind)).toEqual(["send", "send", "send"]);
    const headers = frames.map(({ parts: [header = new Uint8Array()] }) => readHeader(header));
    const ids = [1, 31, 5_900].map((number) => idOf(number));
    expect(headers).toMatchObject(ids.map((id) => ({ header: { session, id, type: "bench.tick" } })));
    expect(ids.toSorted()).toEqual(ids);
    expect(frames.map(({ parts }) => parts[1])).toEqual(
      [1, 31, 5_900].map((number) => Buffer.alloc(16, number)),
    );
  });

  test("names what it answers", () => {
    const answer = new Template(session, "bench.answer", 0, { correlated: true });
    const frame = Buffer.alloc(answer.bytes.length);
    answer.write(77, frame, 0);
    const decoded = decodeFrames(frame);
    const [header = new Uint8Array()] = "frames" in decoded ? (decoded.frames[0]?.parts ?? []) : [];
    expect(readHeader(header)).toMatchObject({ header: { id: idOf(77), correlationId: idOf(77) } });
  });
});

describe("the stamp [ENV-11]", () => {
  const segment = { n: 3, seq: 9, count: 4, sent: 100 };
  test.each([
    ["after the segment", { session, segment, n: 5, seq: 11 }],
    ["before the segment", { n: 5, seq: 11, segment, session }],
  ])("is read with its n %s", (_where, stamp) => {
    expect(readStamp(Buffer.from(JSON.stringify(stamp)))).toEqual({ session, n: 5 });
  });
});

describe("an outcome [ENV-10]", () => {
  const stands = { sendUpTo: { n: 300, bytes: 1_000_000 } };
  const envelopes = (...numbers: number[]) => numbers.map((number) => ({ id: idOf(number), digest: "" }));
  const segmentAt = (n: number, ...numbers: number[]) => ({
    ...{ n, envelopes: envelopes(...numbers) },
    sent: (n + numbers.length - 1) * template.envelopeBytes,
  });
  const outcome = { session, accepted: [], repeated: [], refused: [], stands };
  const sending = (sent: number): Course => Object.assign(new Course(session, template, 1_000), { sent });

  test("counts what was accepted, and says how far may be sent [ENV-12]", () => {
    const course = sending(4);
    expect(course.room()).toBe(252);
    expect(course.takeOutcome({ ...outcome, accepted: [segmentAt(1, 1, 2), segmentAt(3, 3)] })).toBe(3);
    expect([course.answered, course.room()]).toEqual([3, 296]);
  });

  const problem = { code: "session.mailbox-full", rule: "envelopes" };
  test.each([
    ["a refusal", { refused: [{ id: idOf(1), problem }] }, "session.mailbox-full"],
    ["a repeat", { repeated: [{ id: idOf(1) }] }, "taken for a repeat"],
    ["a gap", { accepted: [segmentAt(2, 2)] }, "2 was accepted in the place of 1"],
    ["another id", { accepted: [segmentAt(1, 1, 3)] }, "accepted as number 2"],
    ["more than was sent", { accepted: [segmentAt(1, 1, 2, 3)] }, "more was accepted"],
    ["another count of bytes", { accepted: [{ ...segmentAt(1, 1), sent: 7 }] }, "7 bytes were counted"],
  ])("fails on %s", (_what, said, message) => {
    expect(() => sending(2).takeOutcome({ ...outcome, ...said })).toThrow(message);
  });
});

describe("what is delivered [ENV-11]", () => {
  const payload = Buffer.from("exactly sixteen.");
  const parts = (n: number, said: object = {}, id = idOf(n)): Buffer[] => [
    Buffer.from(JSON.stringify({ session, n, payload: digest(payload), ...said })),
    Buffer.from(JSON.stringify({ session, id, type: "bench.tick" })),
    payload,
  ];

  test("is the next, once", () => {
    const course = new Course(session, template, 10);
    course.takeDelivery(1, parts(1), true);
    expect(course.received).toBe(1);
    expect(() => course.takeDelivery(1, parts(1), false)).toThrow("1 was delivered in the place of 2");
    expect(() => course.takeDelivery(3, parts(3), false)).toThrow("3 was delivered in the place of 2");
  });

  test.each([
    ["a digest of something else", parts(1, { payload: digest(Buffer.from("else")) }), "the digest of 1"],
    ["a stamp that was misread", parts(1, { n: 2 }), "the stamp of 1 was misread"],
    ["a repeat that is marked", parts(1, { redelivered: true }), "delivered before"],
    ["the header of another", parts(1, {}, idOf(2)), "the header of 1"],
  ])("fails on %s", (_what, given, message) => {
    expect(() => new Course(session, template, 10).takeDelivery(1, given, true)).toThrow(message);
  });
});
