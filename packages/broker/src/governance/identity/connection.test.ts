import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { acme, ada, day, hour, idOf, now, scout, scout1, scout1Connection, scout2 } from "../testing/cast.js";
import { active } from "../testing/city.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, sceneOf, speakAs } from "../testing/scene.js";
import { get, patch } from "../testing/world.js";

judged("connection.open", {
  checks: {
    callerStands,
    isInstance: {
      refusal: { code: "role.missing", rule: "instance" },
      spoil: (scene) => speakAs(scene, ada),
    },
  },
});

judged("connection.renew", {
  checks: {
    callerStands,
    connectionIsCurrent: {
      refusal: { code: "connection.replaced" },
      spoil: (scene) => amend(scene, { epoch: 2 }),
    },
  },
});

const older = {
  instance: scout1,
  agent: scout,
  organisation: acme,
  connection: scout1Connection,
  epoch: 3,
  state: "open",
  changedAt: now - 2 * hour,
  goodbye: false,
} as const;
const { connection: newer } = asked["connection.open"];
const open = {
  do: "put",
  table: "connections",
  row: { ...older, connection: newer, epoch: 4, changedAt: now },
};
const seen = { do: "put", table: "seen", row: { principal: scout1, seenAt: now, connectedAt: now } };

describe("an instance has one connection, and the newer takes over [SOC-3]", () => {
  test("the older one is cut, and that is a fact: two copies of one key show here first", () => {
    const verdict = verdictOf("connection.open");
    const data = { instance: scout1, older: scout1Connection, newer, epoch: 4 };
    expect(verdict).toMatchObject({ answer: { principal: { kind: "instance" }, epoch: 4, era: 1 } });
    expect(verdict).toMatchObject({
      verdict: "accepted",
      facts: [
        {
          stream: `org:${acme}`,
          kind: "connection.replaced",
          content: { actor: scout1, subject: scout1, cause, data },
        },
      ],
      work: [open, seen],
      cuts: [{ scope: "connection", id: scout1Connection, reason: "replaced" }],
      sweeps: [],
      payloads: [],
    });
  });

  test("after one that is closed it is no fact, and the epoch only rises", () => {
    const verdict = verdictOf("connection.open", ({ world }) =>
      patch(world, "connections", { instance: scout1 }, { state: "closed" }),
    );
    expect(verdict).toMatchObject({
      answer: { epoch: 4 },
      facts: [],
      work: [open, seen],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("the first has epoch 1", () => {
    const verdict = verdictOf("connection.open", (scene) => speakAs(scene, scout2));
    expect(verdict).toMatchObject({ answer: { epoch: 1 }, facts: [], cuts: [], sweeps: [] });
  });
});

describe("a frame of an earlier connection is refused [SOC-4]", () => {
  test("the current one is renewed, and seen", () => {
    const row = { principal: scout1, seenAt: now, connectedAt: null };
    expect(verdictOf("connection.renew")).toEqual({
      verdict: "accepted",
      answer: { epoch: 3 },
      facts: [],
      work: [{ do: "put", table: "seen", row }],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("after another has taken over, it is not the current one, whatever it says of its epoch", () => {
    const { world, command } = sceneOf("connection.open");
    settle(world, command, now);
    const renew = sceneOf("connection.renew").command;
    for (const epoch of [3, 4]) {
      expect(settle(world, { ...renew, epoch }, now)).toMatchObject({
        refusal: { code: "connection.replaced" },
      });
    }
    expect(settle(world, { ...renew, connection: newer, epoch: 4 }, now).verdict).toBe("accepted");
  });

  test.each([
    ["another one", { connection: idOf("connection", 404) }, "open"],
    ["one that is closed", {}, "closed"],
  ] as const)("so is %s", (_title, more, state) => {
    const verdict = verdictOf("connection.renew", (scene) => {
      patch(scene.world, "connections", { instance: scout1 }, { state });
      amend(scene, more);
    });
    expect(verdict).toMatchObject({ refusal: { code: "connection.replaced" } });
  });

  test("an operator has no connection to renew", () => {
    const verdict = verdictOf("connection.renew", (scene) => speakAs(scene, ada));
    expect(verdict).toMatchObject({ refusal: { code: "connection.replaced" } });
  });
});

describe("the end of a connection", () => {
  test("is remembered with when it was last connected, and is no fact", () => {
    expect(verdictOf("connection.close")).toEqual({
      verdict: "accepted",
      answer: { closed: true, left: [{ session: active, side: "consumer", freeAt: now + 30_000 }] },
      facts: [],
      work: [
        { do: "put", table: "connections", row: { ...older, state: "closed", changedAt: now } },
        seen,
        { do: "put", table: "deadlines", row: { kind: "session.expire", subject: active, dueAt: now + day } },
      ],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("by its own instance is remembered as such, and frees at once what it holds [SES-23]", () => {
    const verdict = verdictOf("connection.close", (scene) => amend(scene, { goodbye: true }));
    expect(verdict.work[0]).toMatchObject({ row: { state: "closed", goodbye: true } });
    expect(verdict).toMatchObject({ answer: { left: [{ session: active, freeAt: now }] } });
  });

  test("is forgotten when its instance comes back", () => {
    const { world } = sceneOf("connection.close");
    patch(world, "connections", { instance: scout1 }, { state: "closed", goodbye: true });
    settle(world, sceneOf("connection.open").command, now);
    expect(get(world, "connections", { instance: scout1 })).toMatchObject({ state: "open", goodbye: false });
  });

  test.each([
    ["that was replaced", { epoch: 2 }],
    ["that is another", { connection: idOf("connection", 404) }],
    ["of an instance that had none", { instance: scout2 }],
  ])("of one %s changes nothing", (_title, more) => {
    const verdict = verdictOf("connection.close", (scene) => amend(scene, more));
    expect(verdict).toEqual({
      verdict: "accepted",
      answer: { closed: false, left: [] },
      facts: [],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("twice is once", () => {
    const { world, command } = sceneOf("connection.close");
    settle(world, command, now);
    expect(settle(world, command, now + 1)).toMatchObject({ answer: { closed: false }, work: [] });
    expect(get(world, "connections", { instance: scout1 })).toMatchObject({
      state: "closed",
      changedAt: now,
    });
  });
});
