import { encodeFrame, limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { session, speaking } from "./testing/calling.js";
import { settled } from "./testing/stage.js";

describe("a call that is none ends the connection, and is never decided [SOC-15]", () => {
  const said = { id: "1", call: "join", session };
  const { id: _, ...nameless } = said;
  test.each<[string, unknown]>([
    ["an unknown call", { ...said, call: "revoke" }],
    ["no id", nameless],
    ["an empty id", { ...said, id: "" }],
    ["an id longer than 64", { ...said, id: "i".repeat(65) }],
    ["an id that is a number", { ...said, id: 1 }],
    ["an unknown field", { ...said, admin: true }],
    ["a session that is no id", { ...said, session: "ses_none" }],
    [
      "a statement one longer than the limit",
      { ...said, call: "accept", statement: "s".repeat(limits.statementLengthMax + 1) },
    ],
    [
      "more capabilities than may be served",
      {
        id: "1",
        call: "serve",
        capabilities: Array.from(
          { length: limits.servedCapabilitiesPerConnection + 1 },
          (_none, at) => `c.n${at}`,
        ),
      },
    ],
    ["a limit of none", { id: "1", call: "search", limit: 0 }],
    ["a limit past the page", { id: "1", call: "search", limit: limits.pageMax + 1 }],
    ["an array", [said]],
    ["null", null],
  ])("%s", async (_title, body) => {
    const stage = await speaking();
    stage.hear("call", body);
    await settled();
    expect(stage.socket.ends).toEqual(["malformed"]);
    expect(stage.decided.kinds()).toEqual(["connection.open"]);
  });

  test("a key twice", async () => {
    const stage = await speaking();
    stage.conversation.message(
      encodeFrame("call", Buffer.from('{"id":"1","call":"serve","id":"2","capabilities":[]}')),
    );
    expect(stage.socket.ends).toEqual(["malformed"]);
  });

  test("deeper than what is asked can be", async () => {
    const stage = await speaking();
    const deep = `${"[".repeat(17)}${"]".repeat(17)}`;
    stage.conversation.message(
      encodeFrame("call", Buffer.from(`{"id":"1","call":"serve","capabilities":${deep}}`)),
    );
    expect(stage.socket.ends).toEqual(["malformed"]);
  });

  test("a byte longer than the body of a request, and not one that is as long", async () => {
    const stage = await speaking();
    const bytes = Buffer.from(JSON.stringify({ ...said, call: "withdraw" }));
    const padded = (length: number) =>
      encodeFrame("call", Buffer.concat([bytes, Buffer.alloc(length - bytes.length, " ")]));
    stage.conversation.message(padded(limits.requestBodyBytesMax));
    await settled();
    expect(stage.decided.kinds()).toEqual(["connection.open", "session.withdraw"]);
    stage.conversation.message(padded(limits.requestBodyBytesMax + 1));
    expect(stage.socket.ends).toEqual(["tooLarge"]);
  });

  test.each(["reply", "event"] as const)("a %s, which only the broker sends", async (kind) => {
    const stage = await speaking();
    stage.hear(kind, { id: "1", ok: true, result: {} });
    expect(stage.socket.ends).toEqual(["malformed"]);
  });
});
