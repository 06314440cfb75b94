import { limits, makeId, statementTypes } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "../../governance/command.js";
import * as city from "../../governance/testing/city.js";
import { DecisionFailed } from "../../ledger/faults.js";
import { viewSession } from "../present/engagements.js";
import {
  call,
  proposalOf,
  refusal,
  replies,
  reply,
  resume,
  session,
  sign,
  speaking,
  standing,
  thumbprint,
} from "./testing/calling.js";
import { type Stage, settled, tokenLifeMs } from "./testing/stage.js";

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const lastCommand = (stage: Stage): Command | undefined => stage.decided.asked.at(-1);

describe("a call becomes the command that REST makes, and is answered with the same view [SOC-14]", () => {
  const acceptance = (stage: Stage) =>
    sign(statementTypes.acceptance, { iss: stage.instance, session, proposal: thumbprint });

  test.each<[string, (stage: Stage) => object | Promise<object>, object]>([
    ["propose", async (stage) => ({ statement: await proposalOf(stage) }), { kind: "session.propose" }],
    ["accept", async (stage) => ({ session, statement: await acceptance(stage) }), { session }],
    ["reject", () => ({ session, detail: "no time" }), { session, detail: "no time" }],
    ["withdraw", () => ({ session }), { session }],
    ["close", () => ({ session }), { session, detail: null }],
  ])("%s", async (name, said, expected) => {
    const stage = await speaking();
    const answer = await call(stage, { call: name, ...(await said(stage)) });
    const { connection } = stage.conversation;
    expect(lastCommand(stage)).toMatchObject({
      kind: `session.${name}`,
      caller: { principal: stage.instance, generation: "0.0.0" },
      // [SOC-4] What a connection that was replaced still asks is known by it.
      socket: { connection, epoch: 1 },
      ...expected,
    });
    expect(answer).toEqual(reply(asJson(viewSession(standing))));
  });

  test.each([
    ["without a cursor", {}, null],
    ["with one", { cursor: { after: 3, era: 1 } }, { after: 3, era: 1 }],
  ])("join %s, answered before anything is served [ENV-14]", async (_title, said, cursor) => {
    const stage = await speaking();
    const { connection } = stage.conversation;
    let servedBefore: unknown;
    stage.socket.onSend = ({ kind }) => {
      if (kind === "reply") servedBefore = [...stage.hearing.joined];
    };
    const answer = await call(stage, { call: "join", session, ...said });
    const socket = { connection, epoch: 1 };
    expect(lastCommand(stage)).toMatchObject({ kind: "session.join", session, cursor, socket });
    const { after, missing, sent, stands, side, upTo, handed } = resume;
    const { left, sendUpTo } = stands;
    const head = { position: 1, hash: "A".repeat(43) };
    expect(answer).toEqual(
      reply(asJson({ ...viewSession(standing), resume: { after, missing, head, left, sendUpTo, sent } })),
    );
    expect(servedBefore).toEqual([]);
    expect(stage.hearing.joined).toEqual([{ session, side, after, upTo, handed, sendUpTo, isClosed: false }]);
  });

  test("join of what has closed is served as far as there is something [ENV-14]", async () => {
    const stage = await speaking();
    const closed = { ...resume, stands: { ...resume.stands, state: "closed" as const } };
    stage.decided.answers = () => ({ ...standing, resume: closed });
    await call(stage, { call: "join", session });
    expect(stage.hearing.joined).toMatchObject([{ upTo: 5, isClosed: true }]);
  });

  test("advertise and retract, of its own agent and no other", async () => {
    const stage = await speaking();
    const { agent, name: _, ...body } = city.weatherContent;
    const statement = await sign(statementTypes.advertisement, {
      iss: stage.instance,
      agent,
      name: "weather",
      ...body.contract,
      contract: body.contract.id,
      termsDigest: thumbprint,
      digest: thumbprint,
      id: undefined,
    });
    const contract = { ...body.contract, termsDigest: thumbprint };
    const published = await call(stage, { call: "advertise", name: "weather", ...body, contract, statement });
    const mine = { agent: stage.decided.home.agent, name: "weather" };
    const socket = { connection: stage.conversation.connection, epoch: 1 };
    expect(lastCommand(stage)).toMatchObject({
      kind: "advertisement.publish",
      ...mine,
      content: mine,
      socket,
    });
    expect(published).toMatchObject(reply({ id: city.weather, state: "active" }));
    const retracted = await call(stage, { call: "retract", name: "weather" });
    expect(lastCommand(stage)).toMatchObject({ kind: "advertisement.retract", ...mine, socket });
    expect(retracted).toMatchObject(reply({ id: city.weather }));
  });

  test("what the line refuses is the problem of REST, and costs nothing else", async () => {
    const stage = await speaking();
    stage.decided.refuse("session.join", { code: "session.state", state: "closed" });
    expect(await call(stage, { call: "join", session })).toEqual(
      refusal({
        type: "urn:parley:refusal:session.state",
        title: "The session's state does not allow this",
        status: 409,
        code: "session.state",
        state: "closed",
      }),
    );
    expect(stage.socket.ends).toEqual([]);
  });

  test.each<[string, object]>([
    ["somebody else's name", { iss: makeId("instance") }],
    ["another broker's", { aud: "https://elsewhere.example" }],
  ])("a statement in %s is refused, recorded, and never decided", async (_title, over) => {
    const stage = await speaking();
    const statement = await proposalOf(stage, over);
    expect(await call(stage, { call: "propose", statement })).toMatchObject(
      refusal({ code: "statement.invalid" }),
    );
    expect(stage.decided.kinds()).toEqual(["connection.open", "refusal.record"]);
  });

  test("the key is that of the last renewal", async () => {
    const stage = await speaking();
    stage.thumbprint = "another-key";
    await stage.present("renew");
    expect(await call(stage, { call: "propose", statement: await proposalOf(stage) })).toMatchObject(
      refusal({ code: "statement.invalid" }),
    );
  });
});

describe("calls of one connection", () => {
  test("go down the line in the order in which they came, though some take longer to be read [SOC-17]", async () => {
    const stage = await speaking();
    const statement = await proposalOf(stage);
    stage.hear("call", { id: "1", call: "propose", statement });
    stage.hear("call", { id: "2", call: "withdraw", session });
    stage.hear("call", { id: "3", call: "join", session });
    await call(stage, { id: "4", call: "close", session });
    while (replies(stage).length < 4) await settled();
    expect(stage.decided.kinds().slice(1)).toEqual([
      "session.propose",
      "session.withdraw",
      "session.join",
      "session.close",
    ]);
  });

  test("that only look hold up no command, and commands no look [SOC-17]", async () => {
    const stage = await speaking();
    let release: () => void = () => undefined;
    stage.kept.hold = () => new Promise((resolve) => (release = resolve));
    stage.hear("call", { id: "1", call: "search" });
    expect(await call(stage, { id: "2", call: "withdraw", session })).toMatchObject({ body: { id: "2" } });
    stage.decided.hold = () => new Promise(() => undefined);
    stage.hear("call", { id: "3", call: "withdraw", session });
    release();
    await settled();
    expect(replies(stage).at(-1)).toMatchObject({ body: { id: "1", ok: true } });
  });

  test("that are refused before the line hears of them hold up nothing either", async () => {
    const stage = await speaking();
    stage.decided.hold = ({ kind }) =>
      kind === "refusal.record" ? new Promise(() => undefined) : Promise.resolve();
    stage.hear("call", { id: "1", call: "propose", statement: "no statement at all" });
    expect(await call(stage, { id: "2", call: "withdraw", session })).toMatchObject({ body: { id: "2" } });
  });

  test("are answered as their answers come, each with its id", async () => {
    const stage = await speaking();
    let release: () => void = () => undefined;
    stage.decided.hold = ({ kind }) =>
      kind === "session.join" ? new Promise((resolve) => (release = resolve)) : Promise.resolve();
    stage.hear("call", { id: "slow", call: "join", session });
    await call(stage, { id: "quick", call: "withdraw", session });
    release();
    await settled();
    const ids = stage.socket.sent.flatMap(({ kind, body }) =>
      kind === "reply" ? [(body as { id: string }).id] : [],
    );
    expect(ids).toEqual(["quick", "slow"]);
  });

  test("that wait are so many at most: one more is refused, and the next is taken again [SOC-16]", async () => {
    const stage = await speaking();
    const { callsWaitingPerConnection: limit } = limits;
    const waiting: (() => void)[] = [];
    stage.decided.hold = () => new Promise((resolve) => waiting.push(resolve));
    for (let at = 1; at <= limit; at++) stage.hear("call", { id: String(at), call: "withdraw", session });
    await settled();
    expect([waiting.length, stage.socket.kinds()]).toEqual([limit, ["challenge", "welcome"]]);
    const more = await call(stage, { call: "withdraw", session });
    expect(more).toMatchObject(refusal({ code: "limit.reached", rule: "callsWaiting", limit, used: limit }));
    expect(waiting).toHaveLength(limit);
    waiting[0]?.();
    await settled();
    stage.hear("call", { id: "again", call: "withdraw", session });
    await settled();
    expect(waiting).toHaveLength(limit + 1);
  });

  test("that the line fails to answer are told so, and what follows is taken [SOC-14]", async () => {
    const stage = await speaking();
    const fault = new DecisionFailed({ cause: new Error("a bug") } as never, {} as never);
    stage.decided.hold = ({ kind }) => (kind === "session.join" ? Promise.reject(fault) : Promise.resolve());
    expect(await call(stage, { call: "join", session })).toMatchObject(refusal({ code: "broker.fault" }));
    expect(stage.faults).toHaveLength(1);
    expect(await call(stage, { call: "withdraw", session })).toMatchObject({ body: { ok: true } });
  });

  test("that are answered after the end are answered to nobody", async () => {
    const stage = await speaking();
    let release: () => void = () => undefined;
    stage.decided.hold = () => new Promise((resolve) => (release = resolve));
    stage.hear("call", { id: "1", call: "join", session });
    await settled();
    stage.conversation.close("revoked");
    release();
    await settled();
    expect(stage.socket.kinds()).toEqual(["challenge", "welcome"]);
  });

  test("have no effect from the millisecond on at which authority has ended [SOC-7]", async () => {
    const stage = await speaking();
    stage.clock.step(tokenLifeMs);
    await call(stage, { call: "join", session });
    expect(stage.socket.ends).toEqual(["unauthenticated"]);
    expect(stage.decided.kinds()).toEqual(["connection.open"]);
  });
});
