import {
  type CloseReason,
  encodeJsonFrame,
  type FrameKind,
  limits,
  makeId,
  type RefusalCode,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { Connections } from "../../outbox/connections.js";
import { Stage, second, settled, tokenLifeMs } from "./testing/stage.js";

const tokenAndProof = { token: "token", proof: "proof" };

describe("an open connection", () => {
  test("answers a ping with a pong, and a pong with nothing", async () => {
    const stage = await new Stage().opened();
    stage.hear("ping");
    stage.hear("pong");
    expect(stage.socket.kinds()).toEqual(["challenge", "welcome", "pong"]);
  });

  test("takes several frames of one message in their order", async () => {
    const stage = await new Stage().opened();
    const message = Buffer.concat([
      encodeJsonFrame("ping", {}),
      encodeJsonFrame("pong", {}),
      encodeJsonFrame("ping", {}),
    ]);
    stage.conversation.message(message);
    expect(stage.socket.kinds().slice(2)).toEqual(["pong", "pong"]);
  });

  test.each<FrameKind>(["hello", "challenge", "welcome", "renewed", "goingAway", "outcome", "deliver"])(
    "is ended by a %s, which is not the client's to send [FRM-2]",
    async (kind) => {
      const stage = await new Stage().opened();
      stage.hear(kind, tokenAndProof);
      await settled();
      expect(stage.socket.ends).toEqual(["malformed"]);
      expect(stage.decided.kinds()).toEqual(["connection.open"]);
    },
  );

  test("reads nothing behind the frame that ended it", async () => {
    const stage = await new Stage().opened();
    stage.conversation.message(Buffer.concat([encodeJsonFrame("hello", {}), encodeJsonFrame("ping", {})]));
    stage.hear("ping");
    expect(stage.socket.kinds()).toEqual(["challenge", "welcome"]);
    expect(stage.socket.ends).toEqual(["malformed"]);
  });

  test.each([
    ["is read up to the limit", 0, "malformed"],
    ["is too large one past it", 1, "tooLarge"],
  ] as const)("whose message %s [FRM-4]", async (_title, over, reason) => {
    const stage = await new Stage().opened();
    stage.conversation.message(new Uint8Array(limits.messageBytesMax + over));
    expect(stage.socket.ends).toEqual([reason]);
  });

  test("is ended once, with the first reason", async () => {
    const stage = await new Stage().opened();
    stage.conversation.close("suspended");
    stage.conversation.close("revoked");
    stage.conversation.socketGone();
    stage.conversation.close("goingAway");
    expect(stage.socket.ends).toEqual(["suspended"]);
    expect(stage.socket.kinds()).toEqual(["challenge", "welcome"]);
  });

  test("is ended by a ping with something in it [FRM-3]", async () => {
    const stage = await new Stage().opened();
    stage.hear("ping", { hello: 1 });
    expect(stage.socket.ends).toEqual(["malformed"]);
  });

  test("ends when more waits to be read than may wait [SOC-8]", async () => {
    const stage = await new Stage().opened();
    stage.socket.bufferedAmount = limits.bufferedBytesPerConnectionMax;
    stage.hear("ping");
    expect(stage.socket.ends).toEqual([]);
    stage.socket.bufferedAmount += 1;
    stage.hear("ping");
    expect(stage.socket.ends).toEqual(["silent"]);
  });

  test("tells the line when it is gone, once, with its epoch", async () => {
    const stage = await new Stage().opened();
    stage.conversation.socketGone();
    stage.conversation.socketGone();
    await stage.departures.settled();
    const { connection } = stage.conversation;
    expect(stage.decided.asked.slice(1)).toMatchObject([
      { kind: "connection.close", instance: stage.instance, connection, epoch: 1 },
    ]);
    await stage.conversation.gone;
  });

  test("that was gone before its opening was answered is told as well", async () => {
    const stage = new Stage();
    stage.decided.hold = async ({ kind }) => {
      if (kind === "connection.open") stage.conversation.socketGone();
    };
    await stage.present();
    expect(stage.decided.kinds()).toEqual(["connection.open", "connection.close"]);
    expect(stage.connections.count).toBe(0);
    expect(stage.left).toBe(1);
  });

  test("that never opened has nothing to tell", async () => {
    const stage = new Stage();
    stage.conversation.socketGone();
    await settled();
    expect(stage.decided.asked).toEqual([]);
    expect(stage.left).toBe(1);
  });

  test("that comes while the broker goes away is not even challenged [SOC-12]", async () => {
    const connections = new Connections();
    await connections.closeAll("goingAway");
    const stage = new Stage({}, connections);
    expect(stage.socket.kinds()).toEqual(["goingAway"]);
    expect(stage.socket.ends).toEqual(["goingAway"]);
  });

  test("says that the broker goes away, and when to come back [SOC-12]", async () => {
    const stage = await new Stage().opened();
    void stage.connections.closeAll("goingAway");
    stage.hear("ping");
    expect(stage.socket.sent.at(-1)).toEqual({ kind: "goingAway", body: { retryAfterMs: 1_000 } });
    expect(stage.socket.ends).toEqual(["goingAway"]);
    stage.conversation.socketGone();
  });
});

describe("the authorisation [SOC-7]", () => {
  test("ends the connection when it ends", async () => {
    const stage = await new Stage().opened();
    for (let at = 0; at < limits.accessTokenSeconds - 1; at++) {
      stage.clock.step(second);
      stage.hear("pong");
      stage.conversation.look(stage.clock.now());
    }
    expect(stage.socket.ends).toEqual([]);
    stage.clock.step(second);
    stage.conversation.look(stage.clock.now());
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
  });

  test("ends on the millisecond for whoever speaks, though nobody has looked", async () => {
    const stage = await new Stage().opened();
    stage.clock.step(tokenLifeMs - 1);
    stage.hear("ping");
    expect(stage.socket.kinds().at(-1)).toBe("pong");
    stage.clock.step(1);
    stage.hear("renew", tokenAndProof);
    await settled();
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
    expect(stage.decided.kinds()).toEqual(["connection.open"]);
  });

  test("is renewed in band over the nonce of this connection", async () => {
    const stage = await new Stage().opened();
    stage.clock.step(200 * second);
    await stage.present("renew");
    const { connection } = stage.conversation;
    const expiresAt = stage.clock.now() + tokenLifeMs;
    expect(stage.decided.asked[1]).toMatchObject({ kind: "connection.renew", connection, epoch: 1 });
    expect(stage.nonces[1]).toBe(stage.nonces[0]);
    expect(stage.socket.sent.at(-1)).toEqual({
      kind: "renewed",
      body: { expiresAt: new Date(expiresAt).toISOString() },
    });
    stage.clock.step(tokenLifeMs - 1);
    stage.hear("ping");
    expect(stage.socket.kinds().at(-1)).toBe("pong");
    stage.clock.step(1);
    stage.hear("ping");
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
  });

  test("is not renewed for somebody else", async () => {
    const stage = await new Stage().opened();
    stage.presented.push({ ...stage.fresh(), principal: makeId("instance") });
    await stage.present("renew");
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
    expect(stage.decided.kinds()).toEqual(["connection.open"]);
  });

  test.each<[RefusalCode, CloseReason]>([
    ["access.invalid", "unauthenticated"],
    ["identity.suspended", "suspended"],
    ["identity.revoked", "revoked"],
    ["connection.replaced", "replaced"],
    ["broker.busy", "goingAway"],
  ])("whose renewal is refused with %s ends as %s", async (code, reason) => {
    const stage = await new Stage().opened();
    stage.decided.refuse("connection.renew", { code });
    await stage.present("renew");
    expect(stage.socket.ends).toEqual([reason]);
    expect(stage.socket.kinds()).not.toContain("renewed");
  });

  test("is not renewed twice at once", async () => {
    const stage = await new Stage().opened();
    stage.hear("renew", tokenAndProof);
    stage.hear("renew", tokenAndProof);
    await settled();
    expect(stage.socket.ends).toEqual(["malformed"]);
  });

  test("whose token has ended before its renewal was decided ends: it has missed something [SOC-7]", async () => {
    const stage = await new Stage().opened();
    stage.decided.hold = async () => stage.clock.step(tokenLifeMs);
    await stage.present("renew");
    expect(stage.socket.kinds()).not.toContain("renewed");
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
  });

  test("lets frames pass while it is renewed", async () => {
    const stage = await new Stage().opened();
    stage.hear("renew", tokenAndProof);
    stage.hear("ping");
    await settled();
    expect(stage.socket.kinds().slice(2)).toEqual(["pong", "renewed"]);
  });

  test("is not renewed for a connection that ended meanwhile", async () => {
    const stage = await new Stage().opened();
    stage.decided.hold = async () => stage.conversation.close("suspended");
    await stage.present("renew");
    expect(stage.socket.kinds()).not.toContain("renewed");
    expect(stage.socket.ends).toEqual(["suspended"]);
  });
});

describe("liveness [SOC-8]", () => {
  const passing = (stage: Stage, seconds: number) => {
    for (let at = 0; at < seconds; at++) {
      stage.clock.step(second);
      stage.conversation.look(stage.clock.now());
    }
  };

  test("pings after silence, again after as long, and then gives up", async () => {
    const stage = await new Stage().opened();
    const pings = () => stage.socket.kinds().filter((kind) => kind === "ping").length;
    passing(stage, 9);
    expect(pings()).toBe(0);
    passing(stage, 1);
    expect(pings()).toBe(1);
    passing(stage, 10);
    expect(pings()).toBe(2);
    passing(stage, 9);
    expect(stage.socket.ends).toEqual([]);
    passing(stage, 1);
    expect(stage.socket.ends).toEqual(["silent"]);
    expect(pings()).toBe(2);
  });

  test.each<[string, (stage: Stage) => void]>([
    ["a frame", (stage) => stage.hear("pong")],
    ["a ping of the WebSocket itself", (stage) => stage.conversation.heard()],
    ["a stall of the broker", (stage) => stage.conversation.excuse(stage.clock.now())],
  ])("counts silence from %s on", async (_title, happen) => {
    const stage = await new Stage().opened();
    passing(stage, 29);
    happen(stage);
    passing(stage, 29);
    expect(stage.socket.ends).toEqual([]);
    passing(stage, 1);
    expect(stage.socket.ends).toEqual(["silent"]);
  });
});
