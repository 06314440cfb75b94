import { type Frame, limits, makeId, type OutcomeFrame } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { next, numbered, one, scene, send, speaking, two } from "./testing/held-line.js";
import { settled } from "./testing/stage.js";

describe("envelopes of one connection [ENV-9]", () => {
  test("are decided with who sent them, and what they are but for their payload", async () => {
    const { line, envelopes, by, connection } = scene();
    const id = makeId("envelope");
    const header = `{"session":"${one}", "id":"${id}","type":"a.b","x-a":"é"}`;
    expect(envelopes.take(send(header, "päyload"), by)).toBeUndefined();
    envelopes.begin();
    await settled();
    const [{ command, carried } = { command: {}, carried: [] }] = line.asked;
    expect(command).toMatchObject({
      ...{ kind: "envelopes.send", caller: by.caller, target: one, socket: { connection, epoch: 3 } },
      envelopes: [
        {
          ...{ session: one, id, type: "a.b", header, payloadBytes: 8, bytes: header.length + 1 + 8 },
          payload: "RJi6E_5RftjUbCyypiOQnld1NThkBzOFqk9f2xvUnhg",
        },
      ],
    });
    expect(carried.map((each) => Buffer.from(each).toString())).toEqual(["päyload"]);
  });

  test("that come while the last are on their way are decided together, in order", async () => {
    const { line, envelopes, take, answerNext, answers } = scene();
    take("first");
    envelopes.begin();
    await settled();
    for (const [type, session] of [
      ["a", one],
      ["b", two],
      ["c", one],
    ] as const) {
      take(type, session);
      envelopes.begin();
      await settled();
    }
    expect(line.said()).toEqual(["first"]);
    await answerNext();
    expect(line.said()).toEqual(["first", "a b c"]);
    await answerNext();
    expect(answers.map(({ sessions }) => sessions.map((each) => each.refused.length))).toEqual([[1], [2, 1]]);
    take("last");
    envelopes.begin();
    await settled();
    expect(line.said().at(-1)).toBe("last");
  });

  test("are so many at once, and the rest after: envelopesPerCommand", async () => {
    const { envelopesPerCommand: most } = limits;
    const { line, takeMany, answerNext } = scene();
    takeMany(most);
    await settled();
    expect(line.said()).toEqual([numbered(0, most)]);
    await answerNext();
    takeMany(2 * most + 1);
    await settled();
    await answerNext();
    await answerNext();
    expect(line.said().slice(1)).toEqual([numbered(0, most), numbered(most, most), numbered(2 * most, 1)]);
  });

  test.each<[string, Frame]>([
    ["no JSON", send("{")],
    ["a header without an id", send({ session: one, type: "a.b" })],
    [
      "a header one byte too long",
      send({ session: one, id: makeId("envelope"), type: "a.b", "x-a": "a".repeat(limits.headerBytesMax) }),
    ],
    ["something nested", send({ session: one, id: makeId("envelope"), type: "a.b", "x-a": {} })],
    ["an empty header", send("")],
  ])("with %s end the connection, and are never decided [ENV-1]", async (_title, frame) => {
    const { line, envelopes, by } = scene();
    expect(envelopes.take(frame, by)).toBe("malformed");
    envelopes.begin();
    await settled();
    expect(line.asked).toEqual([]);
  });

  test("may be empty", async () => {
    const { line, take, envelopes } = scene();
    expect(take("a")).toBeUndefined();
    envelopes.begin();
    await settled();
    expect(line.asked[0]?.carried.map(({ byteLength }) => byteLength)).toEqual([0]);
  });

  test("of a token that was renewed are decided by that one, with those that came before", async () => {
    const { line, envelopes, take, answerNext } = scene();
    take("first");
    envelopes.begin();
    await settled();
    take("before");
    take("after", one, "", speaking("0.0.1"));
    envelopes.begin();
    await answerNext();
    expect(line.asked.map(({ command }) => command.caller.generation)).toEqual(["0.0.0", "0.0.1"]);
  });
});

describe("a call between envelopes [SOC-17]", () => {
  test("keeps its place, whatever is on its way", async () => {
    const { line, envelopes, take, call, answerNext } = scene();
    take("a");
    take("b");
    call();
    take("c");
    call();
    call();
    take("d");
    envelopes.begin();
    await settled();
    for (const expected of [
      ["a b", "session.join"],
      ["a b", "session.join", "c", "session.join", "session.join"],
    ]) {
      expect(line.said()).toEqual(expected);
      // The calls of which it is the turn do not wait for the answer to what was sent.
      await answerNext();
    }
    for (let left = 2; left > 0; left--) await answerNext();
    expect(line.said()).toEqual(["a b", "session.join", "c", "session.join", "session.join", "d"]);
  });

  test("comes after all of them, however many commands they take", async () => {
    const { line, takeMany, call, answerNext } = scene();
    const { envelopesPerCommand: most } = limits;
    takeMany(most + 1);
    call();
    await settled();
    expect(line.said()).toEqual([numbered(0, most)]);
    await answerNext();
    expect(line.said().slice(1)).toEqual([numbered(most, 1), "session.join"]);
  });

  test("is not held up by those that an end has taken away", async () => {
    const { line, envelopes, takeMany, call, answerNext } = scene();
    takeMany(limits.envelopesPerCommand + 1);
    await settled();
    call();
    envelopes.end();
    await answerNext();
    expect(line.said().slice(1)).toEqual(["session.join"]);
  });
});

describe("back-pressure [ENV-9]", () => {
  const { envelopesWaitingPerConnection: many, bytesWaitingPerConnection: bytes } = limits;

  test("pauses reading at so many: envelopesWaitingPerConnection, and goes on when half of them wait", async () => {
    const { takeMany, reads, answerNext } = scene();
    takeMany(many - 1);
    expect(reads).toEqual([]);
    takeMany(1);
    expect(reads).toEqual([false]);
    await settled();
    await answerNext();
    expect(reads).toEqual([false]);
    await answerNext();
    expect(reads).toEqual([false, true]);
    await answerNext();
    await answerNext();
    takeMany(many);
    expect(reads).toEqual([false, true, false]);
  });

  test("pauses reading at so many bytes: bytesWaitingPerConnection", async () => {
    const { envelopes, by, reads, answerNext } = scene();
    const header = { session: one, id: makeId("envelope"), type: "a" };
    const headerBytes = JSON.stringify(header).length;
    envelopes.take(send(header, new Uint8Array(bytes - 2 * headerBytes - 1)), by);
    envelopes.begin();
    await settled();
    envelopes.take(send(header, ""), by);
    envelopes.begin();
    expect(reads).toEqual([]);
    envelopes.take(send(header, ""), by);
    envelopes.begin();
    expect(reads).toEqual([false]);
    await answerNext();
    expect(reads).toEqual([false, true]);
  });

  test("is over when what waits has failed, too", async () => {
    const { line, takeMany, reads } = scene();
    takeMany(many);
    for (let left = many / limits.envelopesPerCommand; left > 0; left--) {
      await settled();
      next(line).fail(new Error("the disk is gone"));
    }
    await settled();
    expect(reads).toEqual([false, true]);
  });
});

describe("what is not decided [ENV-10]", () => {
  const told = (answers: readonly OutcomeFrame[]) =>
    answers.map(({ sessions }) => sessions.map(({ refused }) => refused.map(({ problem }) => problem.code)));

  test("is answered for each envelope with why", async () => {
    const { take, envelopes, answerNext, answers } = scene();
    for (const [type, session] of [
      ["a", one],
      ["b", two],
      ["c", one],
    ] as const)
      take(type, session);
    envelopes.begin();
    await settled();
    await answerNext({ code: "connection.replaced" });
    expect(told(answers)).toEqual([
      [["connection.replaced", "connection.replaced"], ["connection.replaced"]],
    ]);
  });

  test("because of a fault of ours is answered too, and what follows is taken", async () => {
    const { line, take, envelopes, answers, faults, answerNext } = scene();
    take("a");
    envelopes.begin();
    await settled();
    take("b");
    envelopes.begin();
    next(line).fail(new Error("a bug"));
    await settled();
    expect([told(answers), faults]).toEqual([[[["broker.fault"]]], [new Error("a bug")]]);
    await answerNext();
    expect(line.said()).toEqual(["a", "b"]);
    expect(answers).toHaveLength(2);
  });
});

describe("after the end", () => {
  test("reading does not begin again with the answer to what was on its way", async () => {
    const { envelopes, by, reads, answerNext } = scene();
    const header = { session: one, id: makeId("envelope"), type: "a" };
    envelopes.take(send(header, new Uint8Array(limits.bytesWaitingPerConnection - 1_000)), by);
    envelopes.take(send(header, new Uint8Array(1_000)), by);
    envelopes.begin();
    await settled();
    envelopes.end();
    await answerNext();
    expect(reads).toEqual([false]);
  });

  test("what was handled is said, nothing more goes down the line, and nothing more is read", async () => {
    const { line, envelopes, take, takeMany, ack, reads, answerNext } = scene();
    takeMany(limits.envelopesWaitingPerConnection);
    await settled();
    ack([{ session: one, n: 1 }]);
    envelopes.end();
    for (const _ of [1, 2]) {
      take("late");
      envelopes.begin();
      await settled();
    }
    await answerNext();
    expect(line.asked.map(({ command }) => command.kind)).toEqual(["envelopes.send", "envelopes.ack"]);
    expect(reads).toEqual([false]);
  });
});
