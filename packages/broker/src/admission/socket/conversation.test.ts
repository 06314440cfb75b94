import {
  type CloseReason,
  encodeFrame,
  type FrameKind,
  frameKinds,
  limits,
  makeId,
  type RefusalCode,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { Stage, second, settled, tokenLifeMs } from "./testing/stage.js";

const text = new TextEncoder();
const tokenAndProof = { token: "token", proof: "proof" };

describe("before the hello", () => {
  test("the broker speaks first, with 32 random bytes [SOC-3]", () => {
    const stages = [new Stage(), new Stage()];
    const nonces = stages.map((stage) => stage.nonce());
    expect(stages.map(({ socket }) => socket.kinds())).toEqual([["challenge"], ["challenge"]]);
    expect(nonces.map((nonce) => Buffer.from(nonce, "base64url").length)).toEqual([32, 32]);
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  test.each((Object.keys(frameKinds) as FrameKind[]).filter((kind) => kind !== "hello"))(
    "%s ends the connection unread [SOC-11]",
    async (kind) => {
      const stage = new Stage();
      stage.hear(kind, tokenAndProof);
      await settled();
      expect(stage.socket.ends).toEqual(["malformed"]);
      expect(stage.nonces).toEqual([]);
      expect(stage.decided.asked).toEqual([]);
    },
  );

  test("no hello in time ends it, to the millisecond [SOC-11]", () => {
    const stage = new Stage();
    stage.clock.step(limits.helloSecondsMax * second - 1);
    stage.conversation.look(stage.clock.now());
    expect(stage.socket.ends).toEqual([]);
    stage.clock.step(1);
    stage.conversation.look(stage.clock.now());
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
  });

  test("a stall of the broker gives the whole time again [SOC-8]", () => {
    const stage = new Stage();
    stage.clock.step(60 * second);
    stage.conversation.excuse(stage.clock.now());
    stage.clock.step(limits.helloSecondsMax * second - 1);
    stage.conversation.look(stage.clock.now());
    expect(stage.socket.ends).toEqual([]);
  });
});

describe("the hello", () => {
  test("opens the connection for the principal of the token, and for no other [SOC-3]", async () => {
    const stage = await new Stage().opened();
    const { connection } = stage.conversation;
    const caller = { principal: stage.instance, generation: "0.0.0" };
    expect(stage.decided.asked).toMatchObject([
      { kind: "connection.open", caller, connection, target: connection },
    ]);
    expect(stage.nonces).toEqual([stage.nonce()]);
    expect(stage.socket.sent[1]).toEqual({
      kind: "welcome",
      body: {
        principal: stage.instance,
        ...stage.decided.home,
        connection,
        epoch: 1,
        era: 1,
        checkpoint: null,
        expiresAt: new Date(stage.clock.now() + tokenLifeMs).toISOString(),
        limits: {
          pingSeconds: 10,
          silenceSecondsMax: 30,
          framesPerMessageMax: 256,
          messageBytesMax: 4_194_304,
        },
      },
    });
    expect(stage.left).toBe(1);
  });

  test.each<[RefusalCode, CloseReason]>([
    ["access.invalid", "unauthenticated"],
    ["access.proof", "unauthenticated"],
    ["key.replaced", "unauthenticated"],
    ["identity.suspended", "suspended"],
    ["identity.revoked", "revoked"],
    ["identity.expired", "revoked"],
    ["role.missing", "revoked"],
    ["broker.busy", "goingAway"],
    ["broker.storage-full", "goingAway"],
  ])(
    "that is refused with %s ends as %s, whether the edge or the line refuses [SOC-5]",
    async (code, reason) => {
      const byEdge = new Stage();
      byEdge.presented.push({ code });
      await byEdge.present();
      expect(byEdge.socket.ends).toEqual([reason]);
      expect(byEdge.decided.asked).toEqual([]);
      const byLine = new Stage();
      byLine.decided.refuse("connection.open", { code });
      await byLine.present();
      expect(byLine.socket.ends).toEqual([reason]);
      expect(byLine.socket.kinds()).not.toContain("welcome");
    },
  );

  test("that finds the broker busy is told when to come back", async () => {
    const stage = new Stage();
    stage.decided.refuse("connection.open", { code: "broker.busy", retryAfterMs: 2_500 });
    await stage.present();
    expect(stage.socket.sent.at(-1)).toEqual({ kind: "goingAway", body: { retryAfterMs: 2_500 } });
  });

  test("of an instance whose last connection has not been heard to end waits for that [SOC-4]", async () => {
    const stage = new Stage();
    const last = { instance: stage.instance, connection: makeId("connection"), epoch: 3, goodbye: false };
    const { agent } = stage.decided.home;
    stage.departures.tell({ ...last, agent, instance: makeId("instance") });
    stage.departures.tell({ ...last, agent });
    await stage.present();
    expect(stage.decided.kinds()).toEqual(["connection.close", "connection.close", "connection.open"]);
    expect(stage.decided.asked[1]).toMatchObject(last);
    const busy = new Stage();
    busy.decided.refuse("connection.close", { code: "broker.busy" });
    busy.decided.refuse("connection.close", { code: "broker.busy" });
    busy.departures.tell({ ...last, agent, instance: busy.instance });
    await busy.present();
    expect(busy.decided.kinds()).toEqual(["connection.close", "connection.close"]);
    expect(busy.socket.ends).toEqual(["goingAway"]);
  });

  test("whose token has ended before the answer came is not welcomed [SOC-7]", async () => {
    const stage = new Stage();
    stage.decided.hold = async () => stage.clock.step(tokenLifeMs);
    await stage.present();
    expect(stage.socket.kinds()).toEqual(["challenge"]);
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
  });

  test("that the line fails to answer costs the connection, and nothing else", async () => {
    const stage = new Stage();
    stage.decided.hold = () => Promise.reject(new Error("the disk is gone"));
    await stage.present();
    expect(stage.socket.ends).toEqual(["goingAway"]);
    expect(stage.faults).toHaveLength(1);
  });

  test("cannot be followed by anything before the welcome [SOC-11]", async () => {
    const stage = new Stage();
    stage.hear("hello", tokenAndProof);
    stage.hear("ping");
    await settled();
    expect(stage.socket.ends).toEqual(["malformed"]);
    expect(stage.decided.asked).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["no proof", { token: "token" }],
    ["an unknown field", { ...tokenAndProof, admin: true }],
    ["a token that is no text", { token: 1, proof: "proof" }],
    ["an empty token", { token: "", proof: "proof" }],
    ["a token one longer than the limit", { token: "t".repeat(limits.tokenLengthMax + 1), proof: "proof" }],
    ["an array", [tokenAndProof]],
    ["null", null],
  ])("with %s ends the connection [FRM-3]", async (_title, body) => {
    const stage = new Stage();
    stage.hear("hello", body);
    await settled();
    expect(stage.socket.ends).toEqual(["malformed"]);
    expect(stage.nonces).toEqual([]);
  });

  test("may have a token as long as the limit", async () => {
    const stage = new Stage();
    stage.hear("hello", { token: "t".repeat(limits.tokenLengthMax), proof: "proof" });
    await settled();
    expect(stage.socket.kinds()).toEqual(["challenge", "welcome"]);
  });

  test("with a key twice ends the connection [FRM-3]", async () => {
    const stage = new Stage();
    stage.conversation.message(encodeFrame("hello", text.encode('{"token":"a","proof":"b","token":"c"}')));
    await settled();
    expect(stage.socket.ends).toEqual(["malformed"]);
  });
});

describe("a cut before the welcome [SOC-6]", () => {
  test.each(["agent", "organisation", "principal", "connection"] as const)(
    "by %s, while the opening is decided, ends the connection without one",
    async (scope) => {
      const stage = new Stage();
      const { connection } = stage.conversation;
      const { agent, organisation } = stage.decided.home;
      const id = { agent, organisation, principal: stage.instance, connection }[scope];
      // Decided right after the opening, and heard before its answer.
      stage.decided.hold = async (command) => {
        if (command.kind !== "connection.open") return;
        void stage.connections.cut([{ scope, id, reason: "suspended" }]);
        await settled();
      };
      await stage.present();
      await settled();
      expect(stage.socket.kinds()).toEqual(["challenge"]);
      expect(stage.socket.ends).toEqual(["suspended"]);
      stage.conversation.socketGone();
      expect(stage.decided.kinds()).toEqual(["connection.open", "connection.close"]);
    },
  );

  test("of a neighbour does not end it", async () => {
    const stage = new Stage();
    stage.decided.hold = async () => {
      await stage.connections.cut([{ scope: "agent", id: makeId("agent"), reason: "suspended" }]);
    };
    await stage.present();
    expect(stage.socket.kinds()).toEqual(["challenge", "welcome"]);
  });
});
