import { describe, expect, test } from "vitest";
import { thingsIn } from "../governance/things.js";
import { mentionsIn } from "./mentions.js";
import { idOf } from "./testing/cast.js";

const [agent, instance, command] = [idOf("agent", 1), idOf("instance", 2), idOf("command", 3)];

describe("what a content names", () => {
  test("is found however deep it stands, each once", () => {
    const content = {
      actor: instance,
      cause: command,
      data: { of: [{ agent }, { agent }], subject: instance },
    };
    expect([...thingsIn(content)]).toEqual([instance, command, agent]);
  });

  test.each([
    ["a part of a text", `/v1/agents/${agent}`],
    ["what only begins alike", `${agent}0`],
    ["another spelling", agent.toUpperCase()],
    ["an organisation, of which every stream is somebody's", idOf("organisation", 1)],
    ["an envelope", idOf("envelope", 1)],
    ["a key", { [agent]: "x" }],
    ["nothing", null],
  ])("is not %s", (_what, content) => expect([...thingsIn({ content })]).toEqual([]));

  test("is listed for every stream but those of sessions", () => {
    const row = (stream: string) => ({
      do: "put",
      table: "mentions",
      row: { thing: agent, stream, position: 7 },
    });
    for (const stream of ["platform", "org:x", "workgroup:x"])
      expect(mentionsIn(stream, 7, { agent })).toEqual([row(stream)]);
    expect(mentionsIn("session:x", 7, { agent })).toEqual([]);
  });
});
